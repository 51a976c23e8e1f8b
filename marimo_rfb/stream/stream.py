"""A named picture that changes; the object users hold."""

import math
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, Unpack, cast, overload

from marimo_rfb.errors import OptionError
from marimo_rfb.events import InputEvent
from marimo_rfb.frame import MAX_SIDE, Frame
from marimo_rfb.stream.audience import Audience
from marimo_rfb.stream.cursor import as_cursor
from marimo_rfb.stream.display import display
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import Feed
from marimo_rfb.stream.options import StreamOptions, StreamOptionsDict, as_integer
from marimo_rfb.stream.owner import StreamOwner
from marimo_rfb.stream.server import StreamServer
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, Clipboard

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View
    from marimo_rfb.notebook.view_options import StreamViewOptions, ViewOptions
    from marimo_rfb.notebook.widget import RfbCanvas, RfbViewer

__all__ = ["Stream"]

MAX_COPIED = 32 * 1024

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}")


class Stream:
    """The latest picture under a name, for any number of viewers.

    Made by `stream`, `serve` or `Hub.add_stream`. Every method works from any thread.

    Attributes:
        name: the path of its address.
        stats: what was published and encoded so far.
        audience: who watches.
        token: opens it to viewers.
    """

    def __init__(
        self,
        name: str,
        width: int,
        height: int,
        *,
        options: StreamOptions,
        owner: StreamOwner,
        token: str,
    ) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise OptionError(
                f"a stream's name is 1 to 100 of A-Z a-z 0-9 . _ ~ - and starts with one of the first 62, got {name!r}"
            )
        size = as_integer(width), as_integer(height)
        if not all(side is not None and 1 <= side <= MAX_SIDE for side in size):
            raise OptionError(f"width and height are integers from 1 to {MAX_SIDE}, got {width!r} x {height!r}")
        self.name = name
        self.audience = Audience()
        self.token = token
        self._made_size = cast("tuple[int, int]", size)
        self._cursor = ""
        self._owner = owner
        self._feed = Feed(self, self._made_size, options=options, owner=owner)
        self.stats = self._feed.stats

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{self.client_count} viewers"
        return f"<Stream {self.name!r} {self.width}x{self.height}, {state}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the stream itself: what viewers are connected to cannot be had twice."""
        return self

    def __copy__(self) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"stream {self.name!r} stays in its process, where its viewers are connected; send arrays to it instead"
        )

    @property
    def width(self) -> int:
        """Width of the newest frame in pixels; before the first, what was asked for."""
        return self._feed.size[0]

    @property
    def height(self) -> int:
        """Height of the newest frame in pixels; before the first, what was asked for."""
        return self._feed.size[1]

    @property
    def options(self) -> StreamOptions:
        """How it is encoded, and who may watch; `configure` changes it."""
        return self._feed.options

    @property
    def target_size(self) -> tuple[int, int]:
        """Width and height that pictures should have, as `StreamOptions.resize_policy` says.

        With `"fixed"` what the stream was made with. With `"match_client"` the size of the largest view on screen in
        device pixels, when it has rested for 0.15 s, so that a picture of it is shown pixel by pixel: even, at least 16
        a side and at most 3840 x 2160 in all; before the first view what the stream was made with.
        """
        target = self.audience.target if self.options.resize_policy == "match_client" else None
        return target or self._made_size

    @property
    def cursor(self) -> str:
        """The CSS cursor over the picture, such as `"crosshair"`; empty for the usual one. Can be set.

        Viewers that come later get it too. Of pictures those of `data:` addresses are taken, with a keyword behind them
        for browsers that cannot show them: `"url(data:image/png;base64,...) 8 8, crosshair"`. Of a closed stream it
        shows to nobody.

        Raises:
            OptionError: what is set is no such cursor.
        """
        return self._cursor

    @cursor.setter
    def cursor(self, css: str) -> None:
        css = as_cursor(css)
        if css == self._cursor:  # may be set with each picture
            return
        self._cursor = css
        if not self.closed:
            self._owner.show_cursor(self)

    @property
    def newest(self) -> Frame | None:
        """The frame that was published last."""
        return self._feed.newest

    @property
    def closed(self) -> bool:
        """Whether it was closed, or is another process': a forked child has none of its parent's streams."""
        return self._feed.closed

    @property
    def port(self) -> int:
        """The TCP port viewers connect to."""
        return self._owner.port

    @property
    def ws_url(self) -> str:
        """Where viewers connect to: `ws://host:port/name`."""
        return self._owner.ws_url(self.name)

    @property
    def server(self) -> StreamServer:
        """The hub this stream belongs to."""
        return self._owner.server

    @property
    def client_count(self) -> int:
        """How many viewers are connected."""
        # A closed stream's name may be another's by now.
        return 0 if self.closed else self._owner.client_count(self.name)

    def publish(self, pixels: Any, *, copy: bool = True, pixel_ratio: float = 1.0) -> None:
        """Show `pixels` to every viewer.

        Returns in the time of one copy of the array; a slow viewer skips frames. Callable from any thread. The frame is
        `newest` then, and has a number there.

        Args:
            pixels: an array of `(height, width)` grey, `(height, width, 3)` RGB or `(height, width, 4)` RGBA, rows top
                to bottom, or the same with the channels first; each also with a 1 before it, as a
                batch of one. uint8 from 0 to 255, bool as black and white, floats from 0.0 to 1.0. Whatever NumPy reads
                as such an array is taken too: lists, tensors on the CPU, what has `__array_interface__` or
                `__dlpack__`, PIL images of any mode. What a masked array masks is transparent. The size may differ from
                frame to frame.
            copy: `False` hands the array over; it must not be written to afterwards.
            pixel_ratio: device pixels per logical pixel, 2.0 for a picture rendered for a HiDPI screen; any number
                from 0.1 to 16, of NumPy too.

        Raises:
            FrameError: the picture cannot be shown; the message says what would do.
            OptionError: `pixel_ratio` is no such number.
            StreamClosed: the stream was closed.
        """
        feed = self._feed
        feed.check_open()
        ratio = _as_pixel_ratio(pixel_ratio)
        feed.publish(feed.pixels_of(pixels, copy=copy), pixel_ratio=ratio)

    def poll_events(self) -> list[InputEvent]:
        """Return what people did since the last call, oldest first; never waits."""
        self._feed.check_own()
        return self._feed.event_queue.take()

    def events(self) -> AsyncIterator[InputEvent]:
        """Iterate over what people do from now on, until the stream is closed; each iterator gets every event."""
        return self._feed.events(EventQueue())

    def configure(self, **options: "Unpack[StreamOptionsDict]") -> None:
        """Change some of the options, for the viewers there are too; `formats` and `max_viewers` count for new ones.

        Raises:
            OptionError: an option makes no sense.
        """
        self._feed.options = self.options.replaced(options)

    def notify(self, text: str) -> None:
        """Show `text` over the picture of every viewer until the next call; an empty text takes it away."""
        if not self.closed:
            self._feed.notices.put("publisher", text)

    @property
    def notice(self) -> str:
        """The text over the picture; empty when there is none. See `notify`."""
        return self._feed.notices.shown

    def copy_text(self, text: str) -> None:
        """Bring `text` to the clipboards of those who look on now, in views that allow it (`clipboard=True`).

        Args:
            text: at most 32,768 characters, and at most some 65,000 when quotes, line breaks and what lies beyond
                U+FFFF count twice and control characters six times, as they do on the way.

        Raises:
            OptionError: `text` is no text, or is too long.
            StreamClosed: the stream was closed.
        """
        self._feed.check_open()
        if not isinstance(text, str):
            raise OptionError(f"copy_text takes a str, got {type(text).__name__}")
        if len(text) > MAX_COPIED:
            raise OptionError(f"copy_text takes at most {MAX_COPIED} characters, got {len(text)}")
        # As a page counts, which takes no longer message.
        if len(encode_message(Clipboard(text=text)).encode("utf-16-le")) // 2 > MAX_CONTROL_BYTES:
            raise OptionError(
                f"copy_text: {len(text)} characters are too many where so many are quotes, line breaks or control "
                "characters, which count more than once; copy less"
            )
        self._owner.copy_text(self, text)

    @overload
    def widget(self, *, batteries: Literal[True] = True, **traits: "Unpack[ViewOptions]") -> "RfbViewer": ...

    @overload
    def widget(self, *, batteries: bool, **traits: "Unpack[ViewOptions]") -> "RfbCanvas": ...

    def widget(self, *, batteries: bool = True, **traits: "Unpack[ViewOptions]") -> "RfbCanvas":
        """Return a widget that shows this stream.

        Args:
            batteries: `False` for the bare canvas with nothing over it.
            traits: any trait of `RfbViewer`, such as `height=720`.

        Raises:
            OptionError: a trait makes no sense.
            StreamClosed: the stream was closed.
        """
        self._feed.check_open()
        return cast("RfbCanvas", display().widget_for(self, batteries=batteries, **traits))

    def view(self, *, name: str | None = None, **view_options: "Unpack[StreamViewOptions]") -> "View":
        """Return the view of this stream in the running marimo cell, the same one each time the cell runs.

        Args:
            name: tells apart several views of the stream in one cell.
            view_options: traits of `RfbViewer`, such as `height=720`.

        Raises:
            NameTaken: the cell has a view of that name.
            OptionError: an option makes no sense.
            StreamClosed: the stream was closed.
        """
        self._feed.check_open()
        return cast("View", display().view_of(self, name=name, **view_options))

    def _display_(self) -> Any:
        """Show a view when the stream is what a marimo cell ends with."""
        return self.view()

    def _ipython_display_(self) -> None:
        """Show a view when the stream is what a Jupyter cell ends with."""
        self.view()._ipython_display_()

    def close(self) -> None:
        """Disconnect all viewers and free the name; of a stream made by `serve`, stop the server too. Twice is fine."""
        self._owner.close_stream(self)

    async def aclose(self) -> None:
        """Do what `close` does without blocking the running loop."""
        await self._owner.aclose_stream(self)


def _as_pixel_ratio(value: Any) -> float:
    """Return `value` as a plain float: it goes to viewers as JSON, which knows no scalars of NumPy and no fractions."""
    came = type(value).__name__
    try:
        ratio = math.nan if isinstance(value, (str, bytes, bytearray, bool)) else float(value)
    except Exception as exc:
        raise OptionError(f"pixel_ratio is a number from 0.1 to 16, got {came}") from exc
    if not 0.1 <= ratio <= 16:
        raise OptionError(f"pixel_ratio is a number from 0.1 to 16, got {came if math.isnan(ratio) else f'{ratio:g}'}")
    return ratio
