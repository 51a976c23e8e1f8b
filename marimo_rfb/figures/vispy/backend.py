"""The back end `rfb` of vispy: what vispy looks up in the module of a back end."""

import warnings
from typing import Any

from vispy.app.base import BaseApplicationBackend

from marimo_rfb.figures.vispy._vispy import NAME
from marimo_rfb.figures.vispy.canvas import LiveCanvas
from marimo_rfb.figures.vispy.show import show_canvas
from marimo_rfb.figures.vispy.timer import TimerBackend, Watch
from marimo_rfb.notebook.hosts.output import append_output, in_notebook

__all__ = [
    "ApplicationBackend",
    "CanvasBackend",
    "TimerBackend",
    "available",
    "capability",
    "testable",
    "which",
    "why_not",
]

# Whether it draws is known when a canvas is created, whose error says what is missing.
available, testable, why_not, which = True, False, None, NAME

# What is true is accepted; what is about windows alone has no effect.
capability = {
    "title": True,
    "size": True,
    "position": True,
    "show": True,
    "vsync": True,
    "resizable": True,
    "decorate": True,
    "fullscreen": False,
    "context": True,
    "multi_window": True,
    "scroll": True,
    "parent": False,
    "always_on_top": True,
}


class ApplicationBackend(BaseApplicationBackend):  # type: ignore[misc]
    """The application: the loop is the kernel's, which runs anyway and never ends."""

    def _vispy_get_backend_name(self) -> str:
        return NAME

    def _vispy_process_events(self) -> None:
        for canvas in Watch.current().canvases:
            canvas.flush_events()

    def _vispy_run(self) -> Any:
        pass

    def _vispy_quit(self) -> None:
        pass


class CanvasBackend(LiveCanvas):
    """A canvas that shows itself in a cell: as its last expression, and below it when it is told to show."""

    def __init__(self, vispy_canvas: Any, **kwargs: Any) -> None:
        # vispy passes on Jupyter's hooks alone. In spite of its own, by which scenes forbid other attributes.
        object.__setattr__(vispy_canvas, "_display_", self._display_)
        super().__init__(vispy_canvas, **kwargs)

    def _vispy_set_visible(self, visible: bool) -> None:
        if not visible:
            return
        if in_notebook():
            append_output(lambda: show_canvas(self))
        else:
            text = "canvases of the back end rfb are shown in marimo and Jupyter, and no notebook runs"
            warnings.warn(text, stacklevel=3)  # at the line with `canvas.show()`

    def _display_(self) -> Any:
        return show_canvas(self)

    def _ipython_display_(self) -> None:
        if not in_notebook():
            raise NotImplementedError  # IPython then prints the canvas
        show_canvas(self)._ipython_display_()
