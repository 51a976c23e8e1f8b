"""A view that shows a figure, and passes its events on."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.screens.screens import FigureMessage, Screen
from marimo_rfb.frame import as_data
from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.rendering.render_error import describe_render_error
from marimo_rfb.notebook.view import View
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import feed_of

__all__ = ["Canvas", "ViewScreen"]

log = logging.getLogger(__name__)

MAX_ENCODE_S = 0.01


class Canvas(Protocol):
    """What draws a figure for the screens that show it. Kernel's thread only.

    Attributes:
        viewer: the viewer whose event is being handled; `""` if none is.
    """

    viewer: str

    @property
    def shown(self) -> bool:
        """Whether a screen shows the figure."""
        ...

    def attach(self, screen: Screen) -> None:
        """Show the figure on `screen` too."""
        ...

    def detach(self, screen: Screen) -> None:
        """Stop showing the figure on `screen`. Idempotent."""
        ...

    def handling(self) -> AbstractContextManager[None]:
        """Handle events; the changes are shown at the end."""
        ...

    def resize(self, width: int, height: int, pixel_ratio: float) -> None:
        """Draw in that size from now on, in device pixels."""
        ...

    def wake(self) -> None:
        """Draw what has changed, now that somebody looks."""
        ...

    def close(self) -> None:
        """End what goes on in the figure, whose last view was closed."""
        ...


class ViewScreen:
    """Shows a figure in a view, and passes the view's events on to the figure.

    The callbacks of the figure run on the kernel's thread, between cell runs; their exceptions are shown over the
    picture.

    Args:
        view: the view.
        canvas: the canvas of the figure.
        process: passes an event on to the figure.
        describes: whether the figure may change the view's `alt`.
    """

    def __init__(
        self, view: View, canvas: Canvas, process: Callable[[InputEvent], None], *, describes: bool = False
    ) -> None:
        self.closed = False
        self._describes = describes
        self._view = view
        self._stream = view.stream
        self._canvas = canvas
        self._process = process
        self._session = Session.current()
        self._notebook = _marimo.current_notebook()
        self._failed = ""
        self._scheduled = False
        self._was_watched = self.watched
        self._queue = EventQueue(wake=self._on_queued)
        self._stop_listening: Callable[[], None] = lambda: None

    def begin(self, start: Callable[[], None]) -> None:
        """Show the figure from now on, unless `start`, which prepares and draws it, raises."""
        feed_of(self._stream).add_event_queue(self._queue)
        try:
            with self._canvas.handling():
                self._canvas.attach(self)
                start()
        except BaseException:  # the view goes on with what it shows
            self._leave()
            raise
        self._stop_listening = self._stream.audience.listen(lambda: self.call_soon(self._on_audience))

    def close(self) -> None:
        """Stop showing the figure. Idempotent."""
        if self.closed:
            return
        self._stop_listening()
        self._leave()
        if self._failed:
            self._stream.notify("")
        if not self._canvas.shown:
            self._guard(self._canvas.close, "close")

    def _leave(self) -> None:
        self.closed = True
        feed_of(self._stream).remove_event_queue(self._queue)
        self._canvas.detach(self)

    def fit(self) -> None:
        """Draw in the size of the view, as far as it is known."""
        audience = self._stream.audience
        if audience.target is not None:
            self._canvas.resize(*audience.target, audience.pixel_ratio)

    # The interface `Screen` of the canvas.

    @property
    def watched(self) -> bool:
        return not self.closed and self._stream.audience.watching > 0

    @property
    def awake(self) -> bool:
        return self.watched or not (self.closed or self._session.has_page)

    @property
    def ready(self) -> bool:
        return self.awake and not feed_of(self._stream).is_ahead

    def call_when_ready(self, function: Callable[[], None]) -> None:
        feed_of(self._stream).latest.call_when_taken(lambda: self.call_soon(function))
        if self.ready:  # because it was taken meanwhile
            self.call_soon(function)

    def call_soon(self, function: Callable[[], None]) -> None:
        self._session.call_soon(lambda: self.call_now(function))

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None:
        self._session.call_later(delay_s, lambda: self.call_now(function))

    def call_now(self, function: Callable[[], None]) -> None:
        # Although this may be closed by now: the canvas waits for what it asked for, and others may show it.
        if self._notebook is None:
            self._guard(function, "draw")
        else:  # so that states which callbacks set re-run cells
            self._notebook.call(lambda: self._guard(function, "draw"))

    def publish(self, pixels: npt.NDArray[np.uint8], pixel_ratio: float) -> None:
        if not self._stream.closed:
            feed_of(self._stream).publish(as_data(pixels), copy=False, pixel_ratio=pixel_ratio, is_rgb=True)
            self._let_encode()

    def post(self, message: FigureMessage) -> None:
        feed_of(self._stream).post(message)

    def set_cursor(self, css: str) -> None:
        self._stream.cursor = css

    def notify(self, text: str) -> None:
        self._stream.notify(text)

    def describe(self, text: str) -> None:
        if self._describes:
            self._view.alt = text

    def send_file(self, viewer: str, name: str, mime: str, content: bytes) -> None:
        feed_of(self._stream).send_file(viewer, name, mime, content)

    def set_css_size(self, width: int, height: int) -> None:
        with self._view.widget.hold_sync():
            self._view.width, self._view.height = max(1, width), max(1, height)

    def flush_events(self) -> None:
        for event in self._queue.take():
            self._canvas.viewer = event.viewer
            self._guard(partial(self._process, event), event.type)
        self._canvas.viewer = ""

    # On the kernel's thread.

    def _let_encode(self) -> None:
        """Wait until the picture is encoded: the next draw may hold the GIL all the time, and delay it by as much."""
        end_s = time.monotonic() + MAX_ENCODE_S
        while feed_of(self._stream).is_encoding and time.monotonic() < end_s:
            time.sleep(0.0005)

    def _guard(self, function: Callable[[], None], occasion: str) -> None:
        """Call `function`; show its exception until the next call for the same occasion succeeds."""
        try:
            function()
        except BaseException as exc:  # whatever it is, later events must still be processed
            log.exception("a figure raised on %s", occasion)
            self._failed = occasion
            self._stream.notify(describe_render_error(exc, None))
        else:
            if self._failed == occasion:
                self._failed = ""
                self._stream.notify("")

    def _on_queued(self) -> None:
        # Coalesced, so that a slow figure gets all moves since its last draw as one.
        if not self._scheduled:
            self._scheduled = True
            self.call_soon(self._on_events)

    def _on_events(self) -> None:
        self._scheduled = False
        if self.closed:
            return
        with self._canvas.handling():
            self.flush_events()

    def _on_audience(self) -> None:
        if self.closed:
            return
        if self.watched:  # else another view, which somebody looks at, has its size
            self.fit()
            if not self._was_watched:
                self._canvas.wake()
        self._was_watched = self.watched
