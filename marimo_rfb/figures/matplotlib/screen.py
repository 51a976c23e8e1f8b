"""A view that shows a figure."""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import numpy as np
import numpy.typing as npt

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.matplotlib.canvas import LiveCanvas
from marimo_rfb.figures.matplotlib.events import EventTranslator
from marimo_rfb.figures.matplotlib.limits import ChosenLimits
from marimo_rfb.figures.matplotlib.screens import FigureMessage
from marimo_rfb.frame import as_data
from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.rendering.render_error import describe_render_error
from marimo_rfb.notebook.view import View
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import feed_of

__all__ = ["FigureScreen"]

log = logging.getLogger(__name__)

MAX_ENCODE_S = 0.01


class FigureScreen:
    """Shows a figure in a view, and passes the view's events on to the figure.

    The callbacks of the figure run on the kernel's thread, between cell runs; their exceptions are shown over the
    picture.

    Args:
        view: the view.
        canvas: the canvas of the figure.
        replaced: what the view showed before; its toolbar's mode stays.
        keep_limits: whether the limits that users chose in `replaced` stay too.
    """

    def __init__(
        self, view: View, canvas: LiveCanvas, *, replaced: "FigureScreen | None" = None, keep_limits: bool = False
    ) -> None:
        self.canvas = canvas
        self.closed = False
        self._view = view
        self._stream = view.stream
        self._session = Session.current()
        self._notebook = _marimo.current_notebook()
        self._translator = EventTranslator(canvas)
        self._limits = ChosenLimits(canvas.figure) if keep_limits else None
        self._failed = ""
        self._scheduled = False
        self._was_watched = self.watched
        # Of the figure as it was given, before it follows the view.
        self._own_size = canvas.css_size
        self._queue = EventQueue(wake=self._on_queued)
        feed_of(self._stream).add_event_queue(self._queue)
        try:
            with canvas.handling():
                canvas.attach(self)
                if replaced is not None:
                    self._follow(replaced)
                canvas.restart()
                canvas.draw()  # though nobody looks yet
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
        if not self.canvas.shown:
            self._guard(self.canvas.close, "close")

    def _leave(self) -> None:
        self.closed = True
        feed_of(self._stream).remove_event_queue(self._queue)
        self.canvas.detach(self)

    def _follow(self, replaced: "FigureScreen") -> None:
        """Take over from `replaced` what users chose: the size of the view, the tool, and the limits."""
        old_canvas = replaced.canvas
        if old_canvas is not self.canvas:
            toolbar, old_toolbar = self.canvas.navigation, old_canvas.navigation
            if toolbar is not None and old_toolbar is not None:
                toolbar.adopt_mode(old_toolbar)
            target = self._stream.audience.target
            if target is not None and self._own_size == replaced._own_size:
                self.canvas.resize(*target, self._stream.audience.pixel_ratio)
        if self._limits is not None and replaced._limits is not None:
            self._limits.adopt(replaced._limits)

    # The interface `Screen` of the canvas.

    @property
    def watched(self) -> bool:
        return not self.closed and self._stream.audience.watching > 0

    @property
    def awake(self) -> bool:
        return self.watched or not (self.closed or self._session.has_page)

    def call_soon(self, function: Callable[[], None]) -> None:
        self._session.call_soon(lambda: self._call(function))

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None:
        self._session.call_later(delay_s, lambda: self._call(function))

    def publish(self, pixels: npt.NDArray[np.uint8], pixel_ratio: float) -> None:
        if not self._stream.closed:
            data = as_data(pixels, copy=False)
            feed_of(self._stream).publish(data, pixel_ratio=pixel_ratio, is_rgb=True)
            self._let_encode()

    def post(self, message: FigureMessage) -> None:
        feed_of(self._stream).post(message)

    def set_cursor(self, css: str) -> None:
        self._stream.cursor = css

    def send_file(self, viewer: str, name: str, mime: str, content: bytes) -> None:
        feed_of(self._stream).send_file(viewer, name, mime, content)

    def set_css_size(self, width: int, height: int) -> None:
        with self._view.widget.hold_sync():
            self._view.width, self._view.height = max(1, width), max(1, height)

    def flush_events(self) -> None:
        for event in self._queue.take():
            self.canvas.viewer = event.viewer
            self._guard(partial(self._process, event), event.type)
        self.canvas.viewer = ""

    # On the kernel's thread.

    def _let_encode(self) -> None:
        """Wait until the picture is encoded: the next draw may hold the GIL all the time, and delay it by as much."""
        end_s = time.monotonic() + MAX_ENCODE_S
        while feed_of(self._stream).is_encoding and time.monotonic() < end_s:
            time.sleep(0.0005)

    def _call(self, function: Callable[[], None]) -> None:
        # Although this may be closed by now: the canvas waits for what it asked for, and others may show it.
        if self._notebook is None:
            self._guard(function, "draw")
        else:  # so that states which callbacks set re-run cells
            self._notebook.call(lambda: self._guard(function, "draw"))

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
        with self.canvas.handling():
            self.flush_events()

    def _process(self, event: InputEvent) -> None:
        with nullcontext() if self._limits is None else self._limits.watching():
            if event.type == "tool":
                if self.canvas.navigation is not None:
                    self.canvas.navigation.press(event.event["name"])
            else:
                self._translator.process(event)

    def _on_audience(self) -> None:
        if self.closed:
            return
        audience = self._stream.audience
        if audience.target is not None:
            self.canvas.resize(*audience.target, audience.pixel_ratio)
        if self.watched and not self._was_watched:
            self.canvas.wake()
        self._was_watched = self.watched
