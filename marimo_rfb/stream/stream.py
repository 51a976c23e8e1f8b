"""The public class `Stream`: a named picture that changes."""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, Unpack, cast, overload

from marimo_rfb.encode.dirty_tiles import as_rects
from marimo_rfb.errors import OptionError
from marimo_rfb.events import InputEvent
from marimo_rfb.frame import MAX_SIDE, Frame, as_data
from marimo_rfb.picture import is_rgb
from marimo_rfb.stream.audience import Audience
from marimo_rfb.stream.cursor import as_cursor
from marimo_rfb.stream.display import display
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import Feed
from marimo_rfb.stream.options import StreamOptions, StreamOptionsDict, as_integer, as_pixel_ratio
from marimo_rfb.stream.owner import StreamOwner
from marimo_rfb.stream.server import StreamServer
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, Clipboard, Cursor

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View
    from marimo_rfb.notebook.view_options import StreamViewOptions, ViewOptions
    from marimo_rfb.notebook.widget import RfbCanvas, RfbViewer

__all__ = ["Stream"]

MAX_COPIED = 32 * 1024

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}")


class Stream:
    """The latest picture under a name, for any number of viewers.

    Created by `stream`, `serve` or `Hub.add_stream`. Every method is thread-safe.

    Attributes:
        name: the name, which is also the path of the stream's address.
        stats: counters and timings of published, rendered and encoded frames.
        audience: number of viewers, and the size of the largest view.
        token: the secret that viewers need to connect.
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
                f"a stream's name is 1 to 100 of A-Z a-z 0-9 . _ ~ - and starts with a letter or a digit, got {name!r}"
            )
        size = as_integer(width), as_integer(height)
        if not all(side is not None and 1 <= side <= MAX_SIDE for side in size):
            raise OptionError(f"width and height are integers from 1 to {MAX_SIDE}, got {width!r} x {height!r}")
        self.name = name
        self.audience = Audience()
        self.token = token
        self._made_size = cast("tuple[int, int]", size)
        self._owner = owner
        self._feed = Feed(self, self._made_size, options=options, owner=owner)
        self.stats = self._feed.stats

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{self.client_count} viewers"
        return f"<Stream {self.name!r} {self.width}x{self.height}, {state}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the stream itself: a copy would have no viewers."""
        return self

    def __copy__(self) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"stream {self.name!r} stays in its process, where its viewers are connected; send arrays to it instead"
        )

    @property
    def width(self) -> int:
        """Width of the newest frame in pixels; before the first frame, the width that the stream was created with."""
        return self._feed.size[0]

    @property
    def height(self) -> int:
        """Height of the newest frame in pixels; before the first frame, the height that the stream was created with."""
        return self._feed.size[1]

    @property
    def options(self) -> StreamOptions:
        """The current options; `configure` changes them."""
        return self._feed.options

    @property
    def target_size(self) -> tuple[int, int]:
        """Width and height to render pictures in, according to `StreamOptions.resize_policy`.

        With `"fixed"`, the size that the stream was created with. With `"match_client"`, the size of the largest view
        on screen in device pixels, so that pictures are shown without scaling. It is debounced by 0.15 s, even, at
        least 16 per side, and at most 3840 x 2160 pixels in total; before the first view, it is the size that the
        stream was created with.
        """
        target = self.audience.target if self.options.resize_policy == "match_client" else None
        return target or self._made_size

    @property
    def cursor(self) -> str:
        """The CSS cursor over the picture, such as `"crosshair"`; empty for the default cursor. Writable.

        Viewers that connect later get it too. An image must have a `data:` URL, followed by a keyword as fallback:
        `"url(data:image/png;base64,...) 8 8, crosshair"`. Setting it on a closed stream has no visible effect.

        Raises:
            OptionError: the new value is not a valid cursor.
        """
        return self._feed.last_posted(Cursor).css

    @cursor.setter
    def cursor(self, css: str) -> None:
        self._feed.post(Cursor(css=as_cursor(css)))

    @property
    def newest(self) -> Frame | None:
        """The most recently published frame; `None` before the first."""
        return self._feed.newest

    @property
    def closed(self) -> bool:
        """Whether the stream was closed, or belongs to the parent process: a forked child cannot use its streams."""
        return self._feed.closed

    @property
    def port(self) -> int:
        """The TCP port that viewers connect to."""
        return self._owner.port

    @property
    def ws_url(self) -> str:
        """The address that viewers connect to: `ws://host:port/name`."""
        return self._owner.ws_url(self.name)

    @property
    def server(self) -> StreamServer:
        """The hub that serves this stream."""
        return self._owner.server

    @property
    def client_count(self) -> int:
        """Number of connected viewers."""
        # Another stream may have the name of a closed one by now.
        return 0 if self.closed else self._owner.client_count(self.name)

    def publish(
        self,
        pixels: Any,
        *,
        copy: bool = True,
        pixel_ratio: float = 1.0,
        dirty: Iterable[Sequence[int]] | None = None,
    ) -> None:
        """Show `pixels` to every viewer.

        Copies the array and returns without waiting for viewers; a slow viewer skips frames. Numbers become colors
        only when somebody looks, on another thread. Thread-safe. Afterwards, `newest` is the published frame.

        Args:
            pixels: whatever has pixels. An array of numbers `(height, width)`, or of colors `(height, width, 3)` RGB
                or `(height, width, 4)` RGBA, rows from top to bottom, or the same with the channels first; leading
                dimensions of 1 are dropped. Of bool, integers and floats of any size, strides and byte order; masked
                pixels of a masked array are transparent. Also nested lists; tensors on any device (PyTorch, JAX,
                CuPy, Numba, TensorFlow, tinygrad, or by NumPy's array interface, DLPack or the CUDA array interface);
                images of Pillow in every mode; figures, axes and canvases of matplotlib, and objects that have a
                method savefig or screenshot, which are drawn. `StreamOptions` say how numbers become colors: vmin,
                vmax, gamma, cmap and, of arrays, order. The size and the type may change from frame to frame.
            copy: `False` skips the copy; the caller must not write to the array or tensor afterwards.
            pixel_ratio: device pixels per logical pixel, from 0.1 to 16; 2.0 for a picture rendered for a HiDPI screen.
                May be a NumPy scalar.
            dirty: where `pixels` differs from the frame before, as rectangles `(x, y, width, height)` in pixels from
                the left upper corner; what lies outside of the picture does not count. Empty if nothing changed. It
                saves the search and most of the copy; a change that is not in it may not be seen, and may not be in
                `newest`. Default: `None`, to search.

        Raises:
            FrameError: the picture cannot be shown; the message suggests a fix. Or `dirty` has no rectangles.
            OptionError: `pixel_ratio` is not a number from 0.1 to 16.
            StreamClosed: the stream was closed.
        """
        feed = self._feed
        feed.check_open()
        ratio = as_pixel_ratio(pixel_ratio)
        rects = None if dirty is None else as_rects(dirty)
        feed.publish(as_data(pixels), copy=copy, pixel_ratio=ratio, is_rgb=is_rgb(pixels), dirty=rects)

    def poll_events(self) -> list[InputEvent]:
        """Return the input events since the last call, oldest first; never blocks."""
        self._feed.check_own()
        return self._feed.event_queue.take()

    def events(self) -> AsyncIterator[InputEvent]:
        """Iterate over future input events until the stream is closed; each iterator gets every event."""
        return self._feed.events(EventQueue())

    def configure(self, **options: "Unpack[StreamOptionsDict]") -> None:
        """Change some of the options.

        Applies to connected viewers too, except `formats` and `max_viewers`, which apply to new viewers only.

        Args:
            options: the fields of `StreamOptions` to change.

        Raises:
            OptionError: an option is unknown or has an invalid value.
        """
        self._feed.change_options(lambda current: current.replaced(options))

    def notify(self, text: str) -> None:
        """Show `text` over the picture of every viewer until the next call; an empty text removes it."""
        if not self.closed:
            self._feed.notices.put("publisher", text)

    @property
    def notice(self) -> str:
        """The text over the picture, or empty; see `notify`."""
        return self._feed.notices.shown

    def copy_text(self, text: str) -> None:
        """Copy `text` to the clipboard of each current viewer whose view allows it (`clipboard=True`).

        Args:
            text: at most 32,768 characters, and about 65,000 when encoded, where quotes, line breaks and characters
                beyond U+FFFF count as two characters, and other control characters as six.

        Raises:
            OptionError: `text` is not a string, or is too long.
            StreamClosed: the stream was closed.
        """
        self._feed.check_open()
        if not isinstance(text, str):
            raise OptionError(f"copy_text takes a str, got {type(text).__name__}")
        if len(text) > MAX_COPIED:
            raise OptionError(f"copy_text takes at most {MAX_COPIED} characters, got {len(text)}")
        # In UTF-16 code units, as the page measures messages, which rejects longer ones.
        message = Clipboard(text=text)
        if len(encode_message(message).encode("utf-16-le")) // 2 > MAX_CONTROL_BYTES:
            raise OptionError(
                f"copy_text: {len(text)} characters are too many with so many quotes, line breaks or control "
                "characters, which count more than once; copy less text"
            )
        self._owner.post(self, message)

    @overload
    def widget(self, *, batteries: Literal[True] = True, **traits: "Unpack[ViewOptions]") -> "RfbViewer": ...

    @overload
    def widget(self, *, batteries: bool, **traits: "Unpack[ViewOptions]") -> "RfbCanvas": ...

    def widget(self, *, batteries: bool = True, **traits: "Unpack[ViewOptions]") -> "RfbCanvas":
        """Return a new widget that shows this stream.

        Args:
            batteries: `True` for an `RfbViewer`, `False` for an `RfbCanvas`, the bare picture without toolbar.
            traits: traits of `RfbViewer`, such as `height=720`.

        Raises:
            OptionError: a trait is unknown or has an invalid value.
            StreamClosed: the stream was closed.
        """
        self._feed.check_open()
        return cast("RfbCanvas", display().widget_for(self, batteries=batteries, **traits))

    def view(self, *, name: str | None = None, **view_options: "Unpack[StreamViewOptions]") -> "View":
        """Return the view of this stream in the running marimo cell; a re-run of the cell returns the same view.

        Args:
            name: distinguishes several views of the stream in one cell.
            view_options: traits of `RfbViewer`, such as `height=720`, and fields of `StreamOptions`, such as
                `quality=90`.

        Raises:
            NameTaken: the cell already has a view with that name.
            OptionError: an option is unknown or has an invalid value.
            StreamClosed: the stream was closed.
        """
        self._feed.check_open()
        return cast("View", display().view_of(self, name=name, **view_options))

    def _display_(self) -> Any:
        """Show a view when the stream is the last expression of a marimo cell."""
        return self.view()

    def _ipython_display_(self) -> None:
        """Show a view when the stream is the last expression of a Jupyter cell."""
        self.view()._ipython_display_()

    def close(self) -> None:
        """Disconnect all viewers and free the name; closes the hub too if `serve` created the stream. Idempotent."""
        self._owner.close_stream(self)

    async def aclose(self) -> None:
        """Close the stream without blocking the running event loop; see `close`."""
        await self._owner.aclose_stream(self)
