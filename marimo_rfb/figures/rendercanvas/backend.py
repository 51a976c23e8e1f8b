"""The backend of rendercanvas: a canvas that is shown in views. `use_rendercanvas` makes it `rendercanvas.rfb`."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from rendercanvas import BaseRenderCanvas
from rendercanvas.contexts import WgpuContext

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.rendercanvas.errors import logged_errors
from marimo_rfb.figures.rendercanvas.events import canvas_event
from marimo_rfb.figures.rendercanvas.loop import CanvasGroup, RfbLoop, SessionLoop
from marimo_rfb.figures.rendercanvas.show import show_canvas
from marimo_rfb.figures.screens.pixels import own_pixels, stretched, without_alpha
from marimo_rfb.figures.screens.screens import Screen, Screens
from marimo_rfb.notebook.hosts.cell_context import CellContext
from marimo_rfb.notebook.hosts.output import append_output
from marimo_rfb.notebook.rendering.render_error import describe_render_error

__all__ = ["RenderCanvas", "RfbRenderCanvas", "loop"]

# Whatever draws with wgpu shares one device, and pygfx its caches, between the sessions of an app, on a thread each.
_DRAWING = threading.RLock()


def _show(canvases: Sequence["RfbRenderCanvas"]) -> None:
    cell = CellContext().cell
    for canvas in canvases:
        if canvas.waits_for_run(cell):
            append_output(partial(show_canvas, canvas))


loop = RfbLoop(_show)


class RfbRenderCanvas(BaseRenderCanvas):  # type: ignore[misc]  # it has no types
    """A canvas that is shown in views of a notebook, by `marimo_rfb.figure`, or as the last expression of a cell.

    It has the size of the view and the pixel ratio of its screen, draws on the kernel's thread, and only while somebody
    looks, no faster than its pictures are encoded.

    Args:
        args: see `rendercanvas.BaseRenderCanvas`.
        kwargs: see there too. The title, which is the view's description for screen readers, is empty by default.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._screens = Screens()
        self._draw_due = False
        self._has_events = False
        self._pixel_ratio = 1.0
        self._draw_error = ""
        self._event_error = ""
        self._closed = False
        self._was_shown = False
        self._made_in = CellContext().cell
        self._run_by: object = None
        self.title = ""
        if isinstance(self._rc_canvas_group.get_loop(), RfbLoop):  # else another one was selected
            session_loop = SessionLoop.current()
            if session_loop is not None:
                self._rc_canvas_group = session_loop.group
        super().__init__(*args, **{"title": "", **kwargs})
        self._final_canvas_init()

    _rc_canvas_group = CanvasGroup(loop)

    def _display_(self) -> Any:
        """Show the canvas as the output of a marimo cell."""
        return show_canvas(self)

    def _ipython_display_(self) -> None:
        """Show the canvas as an output of a Jupyter cell."""
        self._display_()._ipython_display_()

    # Screens.

    @property
    def shown(self) -> bool:
        """Whether a view shows the canvas."""
        return bool(self._screens)

    def waits_for_run(self, cell: object) -> bool:
        """Return whether the loop, which `cell` runs, shows the canvas: if nobody did yet, and when the cell re-runs.

        But not a canvas of an earlier run of the cell, which may linger until its memory is freed.
        """
        if self._was_shown and (cell is None or cell != self._run_by or cell == self._made_in):
            return False
        self._run_by = cell
        return True

    def attach(self, screen: Screen) -> None:
        """Show the canvas on `screen` too."""
        self._was_shown = True
        self._screens.add(screen)
        if self._error:
            screen.notify(self._error)
        self.request_draw()
        screen.call_soon(self.draw_if_due)

    def detach(self, screen: Screen) -> None:
        """Stop showing the canvas on `screen`. Idempotent."""
        self._screens.remove(screen)
        if self._error:
            screen.notify("")

    def resize(self, width: int, height: int, pixel_ratio: float) -> None:
        """Draw in that size from now on, in device pixels."""
        if (width, height) != self.get_physical_size() or pixel_ratio != self._pixel_ratio:
            self._pixel_ratio = pixel_ratio
            self._size_info.set_physical_size(width, height, pixel_ratio)

    def handle(self, event: InputEvent) -> None:
        """Submit an event of a view, which is handled before the next draw."""
        translated = canvas_event(event, self.get_pixel_ratio())
        if translated is not None:
            self.submit_event(translated)

    def draw_if_due(self) -> None:
        """Draw what was requested, if somebody looks and has got the last picture."""
        if not self._draw_due or not self._screens.awake:
            return
        if not self._screens.ready:
            self._screens.call_when_ready(self.draw_if_due)
            return
        self._draw_due = False
        self._time_to_draw()

    def submit_event(self, event: dict[str, Any]) -> None:
        """Handle `event` before the next draw."""
        self._has_events = True
        super().submit_event(event)

    def request_draw(self, draw_function: Callable[[], None] | None = None) -> None:
        """Draw soon, by `draw_function` from now on, or by the last one."""
        super().request_draw(draw_function)
        if self._screens.awake and not self._screens.watched:  # an export, which may end before the next tick
            self._draw_and_present(force_sync=True)

    def is_closed(self) -> bool:
        """Return `get_closed()`; by its old name, which pygfx calls."""
        return bool(self.get_closed())

    def _process_events(self) -> None:
        # At each tick of the scheduler, and before each draw.
        if not self._screens.awake:
            self.request_draw()  # which is withheld until somebody looks, and so are the ticks
        if not (self._has_events or self._size_info["changed"]):
            super()._process_events()
            return
        self._has_events = False
        self._screens.call_now(self._handle_events)

    def _handle_events(self) -> None:
        with _DRAWING, logged_errors(self._event_error) as errors:
            try:
                super()._process_events()
            except BaseException as exc:  # would end the scheduler
                errors.append(describe_render_error(exc, None))
        self._report(event_error=errors[0] if errors else "")

    def _draw_and_present(self, *, force_sync: bool) -> None:
        finished = False
        with _DRAWING, logged_errors(self._draw_error) as errors:
            try:
                super()._draw_and_present(force_sync=force_sync)
                finished = not errors
            finally:
                if not finished:
                    self._finish_present({"method": "skip"})  # else the scheduler might wait for it for ever
        self._report(draw_error=errors[0] if errors else "")

    def _report(self, *, draw_error: str | None = None, event_error: str | None = None) -> None:
        """Show what failed over the picture, until it succeeds."""
        before = self._error
        self._draw_error = self._draw_error if draw_error is None else draw_error
        self._event_error = self._event_error if event_error is None else event_error
        if self._error != before:
            self._screens.notify(self._error)

    @property
    def _error(self) -> str:
        return self._draw_error or self._event_error

    # The interface of rendercanvas.

    def _rc_gui_poll(self) -> None:
        """Do nothing: events come by themselves."""

    def _rc_get_present_info(self, present_methods: Sequence[str]) -> dict[str, Any] | None:
        return {"method": "bitmap", "formats": ["rgba-u8", "i-u8"]} if "bitmap" in present_methods else None

    def _rc_request_draw(self) -> None:
        self._draw_due = True
        self._screens.call_soon(self.draw_if_due)

    def _rc_request_paint(self) -> None:
        """Do nothing: a picture is shown when it is published."""

    def _rc_force_paint(self) -> None:
        """Do nothing, likewise."""

    def _rc_present_bitmap(self, *, data: Any, format: str, **_: Any) -> None:
        pixels = np.asarray(data)
        if isinstance(self._canvas_context, WgpuContext):
            pixels = without_alpha(pixels)  # by its alpha mode, the picture is opaque
        else:
            # So that the places of events are right too.
            pixels = stretched(pixels, *self.get_physical_size())
            pixels = own_pixels(pixels) if format == "rgba-u8" else pixels.copy()
        self._screens.publish(pixels, self.get_pixel_ratio())

    def _rc_set_logical_size(self, width: float, height: float) -> None:
        ratio = self._pixel_ratio
        self._size_info.set_physical_size(round(width * ratio), round(height * ratio), ratio)
        self._screens.set_css_size(round(width), round(height))

    def _rc_close(self) -> None:
        self._closed = True
        self._report(draw_error="", event_error="")
        self._screens = Screens()
        if self._draw_due:  # the scheduler waits for it; as the canvas is closed, it is cancelled
            self._draw_due = False
            super()._draw_and_present(force_sync=True)

    if hasattr(BaseRenderCanvas, "_rc_get_closed"):  # in rendercanvas 2

        def _rc_get_closed(self) -> bool:
            return self._closed

    def _rc_set_title(self, title: str) -> None:
        self.title = title
        if title:
            self._screens.describe(title)

    def _rc_set_cursor(self, cursor: str) -> None:
        self._screens.set_cursor("" if cursor == "default" else cursor)


RenderCanvas = RfbRenderCanvas
