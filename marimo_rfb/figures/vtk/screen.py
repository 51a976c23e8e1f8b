"""A view that shows a scene."""

from contextlib import nullcontext

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.screens.view_screen import ViewScreen
from marimo_rfb.figures.vtk.callbacks import raised_by_callbacks
from marimo_rfb.figures.vtk.cameras import ChosenCameras
from marimo_rfb.figures.vtk.canvas import SceneCanvas
from marimo_rfb.figures.vtk.events import EventTranslator
from marimo_rfb.figures.vtk.scene import CLOSED
from marimo_rfb.notebook.tool import Tool
from marimo_rfb.notebook.view import View

__all__ = ["SceneScreen"]

# How soon a change shows that another cell has made without rendering it.
LOOK_S = 0.1


class SceneScreen(ViewScreen):
    """Shows a scene in a view.

    Args:
        view: the view.
        canvas: the canvas of the scene.
        replaced: what the view showed before.
        keep_camera: whether the cameras stay as users moved them in `replaced`.
    """

    def __init__(
        self, view: View, canvas: SceneCanvas, *, replaced: "SceneScreen | None" = None, keep_camera: bool = False
    ) -> None:
        super().__init__(view, canvas, self._translate)
        self.canvas = canvas
        self._translator = EventTranslator(canvas)
        self._cameras: ChosenCameras | None = None
        self._keep_camera = keep_camera
        self._looking = False
        self._advised = False
        # Of the scene as it was given, before it follows the view.
        self._own_size = canvas.css_size

        def start() -> None:
            if replaced is not None and self._own_size == replaced._own_size:
                self.fit()
            canvas.draw()  # though nobody looks yet; a window without cameras gets them
            self._cameras = ChosenCameras(canvas.scene.window)
            if replaced is not None:
                self._follow(replaced, self._cameras)
            self._look_later()

        self.begin(start)

    def _follow(self, replaced: "SceneScreen", cameras: ChosenCameras) -> None:
        """Take over the cameras that users moved in `replaced`."""
        if replaced.canvas is self.canvas:
            self._cameras = replaced._cameras
        elif self._keep_camera and replaced._keep_camera and replaced._cameras is not None:
            cameras.adopt(replaced._cameras)
            self.canvas.draw_idle()

    def close(self) -> None:
        """Stop showing the scene. Idempotent."""
        if not self.closed and self._advised:
            self._stream.notify("")
        super().close()

    def _translate(self, event: InputEvent) -> None:
        cameras = self._cameras
        if not self.canvas.ready:
            self._advise()
            return
        if event.type == "tool":
            if event.event["name"] == Tool.HOME and cameras is not None:
                cameras.restore()
                self.canvas.draw_idle()
            return
        with raised_by_callbacks(), nullcontext() if cameras is None else cameras.watching():
            self._translator.process(event)

    def _advise(self) -> None:
        if not self._advised:
            self._advised = True
            self._stream.notify(CLOSED)

    def _look_later(self) -> None:
        # Not by `call_later`, whose calls cost marimo a request each in an embedded notebook.
        if self.watched and not self._looking:
            self._looking = True
            self._session.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._looking = False
        if self.closed:
            return
        if not self.canvas.ready:
            self._advise()
            return
        self._guard(self.canvas.look, "look")
        self._look_later()

    def _on_audience(self) -> None:
        super()._on_audience()
        self._look_later()
