"""A render window, and the plotter whose window it is."""

import sys
from typing import Any

import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  # registers what renders
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderWindow
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor

from marimo_rfb.errors import OptionError
from marimo_rfb.figures.vtk import _pyvista
from marimo_rfb.figures.vtk.cameras import renderers_of

__all__ = ["CLOSED", "Scene"]


class Scene:
    """A render window with its interactor, and the plotter of PyVista that made it, if one did.

    Args:
        thing: the render window or the plotter.

    Raises:
        OptionError: it cannot be rendered; the message says what can.
    """

    def __init__(self, thing: Any) -> None:
        self.plotter = None if isinstance(thing, vtkRenderWindow) else thing
        self.window = thing if self.plotter is None else thing.render_window
        if self.window is None:
            raise OptionError(CLOSED)
        _go_off_screen(self.window, self.plotter)
        self._own_interactor: Any = None
        if self.window.GetInteractor() is None:
            self._own_interactor = vtkGenericRenderWindowInteractor()
            self._own_interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
            self._own_interactor.SetRenderWindow(self.window)
        self.interactor = self.window.GetInteractor()
        if self.plotter is not None:
            _pyvista.prepare(self.plotter)
            _pyvista.warn_of_idle_timer(self.plotter)

    @property
    def closed(self) -> bool:
        """Whether the plotter was closed; its window must not be used then."""
        return self.plotter is not None and self.plotter.render_window is not self.window

    def render(self) -> None:
        """Render, with what the plotter does besides."""
        (self.window.Render if self.plotter is None else self.plotter.render)()

    @property
    def modified_time(self) -> int:
        """VTK's time of the last change of what is rendered; much faster than to render."""
        times = [0]
        for renderer in renderers_of(self.window):
            props, lights = renderer.GetViewProps(), renderer.GetLights()
            times += renderer.GetMTime(), props.GetMTime(), lights.GetMTime()
            times += (props.GetItemAsObject(index).GetRedrawMTime() for index in range(props.GetNumberOfItems()))
            times += (lights.GetItemAsObject(index).GetMTime() for index in range(lights.GetNumberOfItems()))
        return max(times)

    @property
    def is_whole_picture(self) -> bool:
        """Whether what was rendered is for people: not a pass of a picker, nor a tile of a large screenshot."""
        return self.window.GetTileScale() == (1, 1) and all(
            renderer.GetSelector() is None for renderer in renderers_of(self.window)
        )

    def release(self) -> None:
        """Let the window go, which nobody shows any more."""
        if self._own_interactor is not None:
            self._own_interactor.SetRenderWindow(None)
            self.window.SetInteractor(None)
        if self.plotter is not None:
            _pyvista.forget(self.plotter)
        if not self.closed:
            # Whatever thread frees it can then make it its own.
            self.window.ReleaseCurrent()


CLOSED = (
    "the plotter was closed, which ends its scene; make a new one, and do without plotter.close() and plotter.show()"
)


def _go_off_screen(window: Any, plotter: Any) -> None:
    """Render without a screen.

    Raises:
        OptionError: the window has been on a screen, or must begin there.
    """
    if not window.GetOffScreenRendering():
        # On macOS, a plotter prepares its window for the thread of the kernel when it is made.
        if not window.GetNeverRendered() or (plotter is not None and sys.platform == "darwin"):
            advice = "window.SetOffScreenRendering(True) before its first Render()"
            if plotter is not None:
                advice = "pyvista.Plotter(off_screen=True)"
            raise OptionError(f"the render window is for a screen, and a live view has none; use {advice}")
        window.SetOffScreenRendering(True)
    if plotter is not None:
        plotter.off_screen = True
