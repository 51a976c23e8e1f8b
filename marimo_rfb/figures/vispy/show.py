"""Showing a canvas of vispy in a view."""

from collections.abc import Mapping
from contextlib import nullcontext
from types import MappingProxyType
from typing import Any

from marimo_rfb.errors import OptionError
from marimo_rfb.events import InputEvent
from marimo_rfb.figures.screens.screen_view import claim_screen_view, screen_of
from marimo_rfb.figures.screens.view_screen import ViewScreen
from marimo_rfb.figures.vispy.cameras import ChosenCameras
from marimo_rfb.figures.vispy.canvas import LiveCanvas
from marimo_rfb.figures.vispy.events import EventTranslator
from marimo_rfb.notebook.tool import Tool
from marimo_rfb.notebook.view import View

__all__ = ["show_canvas"]

TOOLS = (Tool.SCREENSHOT, Tool.RECORD, Tool.FULLSCREEN, Tool.HUD)


class CanvasScreen(ViewScreen):
    """Shows a canvas in a view.

    Args:
        view: the view.
        canvas: the canvas.
        replaced: what the view showed before.
        keep_camera: whether the cameras stay as users moved them in `replaced`.
        describes: whether the canvas' title describes the view.
    """

    def __init__(
        self, view: View, canvas: LiveCanvas, *, replaced: "CanvasScreen | None", keep_camera: bool, describes: bool
    ) -> None:
        super().__init__(view, canvas, self._translate, describes=describes)
        self.canvas = canvas
        self._translator = EventTranslator(canvas)
        self._cameras = ChosenCameras(canvas.canvas) if keep_camera else None
        # Of the canvas as it was given, before it follows the view.
        self._own_size = canvas.css_size

        def start() -> None:
            if replaced is not None and replaced.canvas is not canvas and replaced._own_size == self._own_size:
                self.fit()
            canvas.restart()
            if replaced is not None and replaced._cameras is not None and self._cameras is not None:
                self._cameras.adopt(replaced._cameras)
            if canvas.is_built:
                canvas.draw()  # though nobody looks yet
            else:
                self.call_soon(canvas.build)

        self.begin(start)

    def _translate(self, event: InputEvent) -> None:
        with nullcontext() if self._cameras is None else self._cameras.watching():
            self._translator.process(event)


def show_canvas(
    canvas: LiveCanvas,
    *,
    name: str | None = None,
    keep_camera: bool = False,
    view_options: Mapping[str, Any] = MappingProxyType({}),
) -> View:
    """Show a canvas in a view of the running cell; see `marimo_rfb.figure`.

    Raises:
        OptionError: the canvas was closed, or an option is invalid.
    """
    if canvas.closed:
        raise OptionError("this canvas was closed; create another one")
    view = claim_screen_view(name, "figure", canvas.css_size, view_options, tools=TOOLS, alt=canvas.description)
    replaced = screen_of(view, CanvasScreen)
    describes = "alt" not in view_options
    screen = CanvasScreen(view, canvas, replaced=replaced, keep_camera=keep_camera, describes=describes)
    view._show_content(screen)
    return view
