"""The canvas of a live figure."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import CloseEvent, ResizeEvent
from matplotlib.backend_tools import Cursors
from matplotlib.backends.backend_agg import FigureCanvasAgg

from marimo_rfb.figures.matplotlib._matplotlib import process_event, set_dpi
from marimo_rfb.figures.matplotlib.timer import Timer
from marimo_rfb.figures.matplotlib.toolbar import NavigationToolbar
from marimo_rfb.figures.screens.idle_draws import IdleDraws
from marimo_rfb.figures.screens.pixels import own_pixels
from marimo_rfb.figures.screens.screens import FigureMessage, Screen, Screens
from marimo_rfb.figures.screens.watched_calls import WatchedCalls

__all__ = ["LiveCanvas"]

CURSORS = {
    Cursors.HAND: "pointer",
    Cursors.POINTER: "",
    Cursors.SELECT_REGION: "crosshair",
    Cursors.MOVE: "move",
    Cursors.WAIT: "wait",
    Cursors.RESIZE_HORIZONTAL: "ew-resize",
    Cursors.RESIZE_VERTICAL: "ns-resize",
}


class LiveCanvas(FigureCanvasAgg):
    """Draws a figure with Agg for the screens that show it. Kernel's thread only.

    Draws run when the kernel is idle, one at a time, and only while somebody looks. While it draws or handles
    events, `figure.dpi` is multiplied by the pixel ratio of the view; otherwise it is the figure's own.
    """

    def __init__(self, figure: Any = None) -> None:
        self._screens = Screens()
        self._pixel_ratio = 1.0
        self._in_device_pixels = False
        self._drawing = False
        # The thread whose changes need no draw.
        self._unnoticed_thread: int | None = None
        self._handling = False
        self._idle = IdleDraws(self._screens, self._on_idle)
        self._is_dirty = True
        self._is_unpublished = False
        self._calls = WatchedCalls(self._screens, self._handle)
        # The viewer whose event is being handled.
        self.viewer = ""
        super().__init__(figure)
        self.bind()

    def bind(self) -> None:
        """Make this the figure's canvas: closing a figure in pyplot, as marimo does after each cell, resets it."""
        if self.figure.canvas is not self:
            self.figure.set_canvas(self)
        self.figure.stale_callback = self._on_stale

    @property
    def navigation(self) -> NavigationToolbar | None:
        """The toolbar; `None` if `rcParams["toolbar"]` says so."""
        return self.toolbar if isinstance(self.toolbar, NavigationToolbar) else None

    # Screens.

    @property
    def shown(self) -> bool:
        """Whether a screen shows the figure."""
        return bool(self._screens)

    def attach(self, screen: Screen) -> None:
        """Show the figure on `screen` too."""
        self._screens.add(screen)
        if screen.watched:
            screen.call_soon(self.wake)

    def detach(self, screen: Screen) -> None:
        """Stop showing the figure on `screen`. Idempotent."""
        self._screens.remove(screen)

    def wake(self) -> None:
        """Draw what has changed, and run the timers that are due, now that somebody looks."""
        self._calls.wake()
        if self._is_dirty:
            self._idle.schedule()

    def call_when_watched(self, delay_s: float, function: Callable[[], None]) -> None:
        """Call `function` after a delay, within `handling`, and not before somebody looks."""
        self._calls.add(delay_s, function)

    def _handle(self, function: Callable[[], None]) -> None:
        with self.handling():
            function()

    # Drawing.

    @property
    def pixel_ratio(self) -> float:
        """Device pixels per CSS pixel of the view."""
        return self._pixel_ratio

    @property
    def css_size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        width, height = self._device_size()
        return round(width / self._pixel_ratio), round(height / self._pixel_ratio)

    def resize(self, width: int, height: int, pixel_ratio: float) -> None:
        """Draw in that size from now on, in device pixels."""
        old_size = self._device_size()
        # The sizes of views are even, and a figure need not change for that.
        if pixel_ratio == self._pixel_ratio and math.dist(old_size, (width, height)) < 2:
            return
        self._pixel_ratio = pixel_ratio
        scale = self.figure.dpi * (1.0 if self._in_device_pixels else pixel_ratio)
        self.figure.set_size_inches(width / scale, height / scale, forward=False)
        with self.handling():
            self.restart()

    def close(self) -> None:
        """End what goes on in the figure, whose last view was closed, as when a window is closed."""
        process_event(CloseEvent("close_event", self))
        if self.manager in Gcf.figs.values():
            Gcf.destroy(self.manager)  # type: ignore[arg-type]  # it takes managers too

    def restart(self) -> None:
        """Draw anew all that was drawn on another renderer; within `handling`."""
        process_event(ResizeEvent("resize_event", self))  # blitting animations draw their backgrounds
        self.draw_idle()

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Handle events: the figure is in device pixels, and changes are shown at the end."""
        if self._handling:
            yield
            return
        self.bind()
        self._handling = True
        with self._device_pixels():
            try:
                yield
            finally:
                self._handling = False
                self._show_changes()

    def draw(self) -> None:
        """Draw and show the figure now."""
        with self._device_pixels():
            self._drawing = True
            try:
                self._is_dirty = False
                with self._unnoticed():
                    super().draw()  # type: ignore[no-untyped-call]
            finally:
                self._drawing = False
        self._publish_soon()

    def print_figure(self, *args: Any, **kwargs: Any) -> Any:
        """Save the figure."""
        with self._unnoticed():
            return super().print_figure(*args, **kwargs)

    def draw_idle(self, *args: Any, **kwargs: Any) -> None:
        """Draw the figure when the kernel is idle; several requests are one draw. Any thread."""
        if self._unnoticed_thread == threading.get_ident():
            return
        self._is_dirty = True
        if not self._handling:
            self._idle.schedule()

    def blit(self, bbox: Any = None) -> None:
        """Show what was drawn on the renderer."""
        self._publish_soon()

    def flush_events(self) -> None:
        """Process the events that have arrived and show the changes."""
        with self.handling():
            self._screens.flush_events()
            self._show_changes()

    def _on_stale(self, _figure: Any, stale: bool) -> None:
        if stale:
            self.draw_idle()

    def _on_idle(self) -> None:
        if self._screens:  # else another canvas may be the figure's by now
            with self.handling():
                pass

    def _show_changes(self) -> None:
        if self._is_dirty and self._screens.awake:
            self.draw()
        if self._is_unpublished:
            self._publish()

    def _publish_soon(self) -> None:
        # Several blits of one event are one picture.
        self._is_unpublished = True
        if not (self._handling or self._drawing):
            self._publish()

    def _publish(self) -> None:
        self._is_unpublished = False
        pixels = own_pixels(np.asarray(self.buffer_rgba()))  # type: ignore[no-untyped-call]
        self._screens.publish(pixels, self._pixel_ratio)

    def _device_size(self) -> tuple[float, float]:
        scale = 1.0 if self._in_device_pixels else self._pixel_ratio
        width, height = self.figure.bbox.size
        return width * scale, height * scale

    @contextmanager
    def _device_pixels(self) -> Iterator[None]:
        """Scale the figure to device pixels, and back at the end, so that users see the dpi that they have set."""
        if self._in_device_pixels or self._pixel_ratio == 1.0:
            yield
            return
        own_dpi = self.figure.dpi
        scaled_dpi = own_dpi * self._pixel_ratio
        self._in_device_pixels = True
        self._set_dpi(scaled_dpi)
        self._device_pixel_ratio = self._pixel_ratio
        try:
            yield
        finally:
            self._in_device_pixels = False
            self._device_pixel_ratio = 1
            # Unless a callback has set another one.
            self._set_dpi(own_dpi if self.figure.dpi == scaled_dpi else self.figure.dpi)

    def _set_dpi(self, dpi: float) -> None:
        with self._unnoticed():
            set_dpi(self.figure, dpi)

    @contextmanager
    def _unnoticed(self) -> Iterator[None]:
        """Draw nothing because of what this thread changes, as drawing and saving do; other threads may change more."""
        before, self._unnoticed_thread = self._unnoticed_thread, threading.get_ident()
        try:
            yield
        finally:
            self._unnoticed_thread = before

    # What the page shows beside the picture.

    def post(self, message: FigureMessage) -> None:
        """Show the state of the toolbar on all screens."""
        self._screens.post(message)

    def set_cursor(self, cursor: Cursors) -> None:
        """Show one of matplotlib's cursors."""
        self._screens.set_cursor(CURSORS.get(cursor, ""))

    def send_file(self, name: str, mime: str, content: bytes) -> None:
        """Let the user whose event is being handled save a file; without an event, nobody."""
        self._screens.send_file(self.viewer, name, mime, content)

    def resize_views(self, width: float, height: float) -> None:
        """Resize the views to a size in pixels of the figure."""
        scale = self._pixel_ratio if self._in_device_pixels else 1.0
        self._screens.set_css_size(round(width / scale), round(height / scale))

    def new_timer(self, interval: int | None = None, callbacks: Any = None) -> Timer:
        """Return a timer that calls on the kernel's thread while somebody looks."""
        return Timer(self, interval=interval, callbacks=callbacks)
