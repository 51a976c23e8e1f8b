"""Scenes of VTK and PyVista."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marimo_rfb.figures.kinds.kind import Kind

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = ["VTK"]


def _find(thing: Any) -> Any:
    for module, name in (("vtkmodules.vtkRenderingCore", "vtkRenderWindow"), ("pyvista", "BasePlotter")):
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and isinstance(thing, kind):
            return thing
    return None


def _show(found: Any, *, name: str | None, view_options: Mapping[str, Any], keep_camera: bool = False) -> "View":
    from marimo_rfb.figures.vtk.canvas import canvas_of
    from marimo_rfb.figures.vtk.show import show_scene

    return show_scene(canvas_of(found), name=name, keep_camera=keep_camera, view_options=view_options)


def _hint(thing: Any) -> str:
    for module, name, hint in (
        ("vtkmodules.vtkRenderingCore", "vtkRenderWindowInteractor", "interactor.GetRenderWindow() is its window"),
        ("vtkmodules.vtkRenderingCore", "vtkRenderer", "renderer.GetRenderWindow() is its window"),
        (
            "pyvista",
            "DataObject",
            "plotter = pyvista.Plotter(off_screen=True); plotter.add_mesh(...) makes a scene of it",
        ),
    ):
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and isinstance(thing, kind):
            return hint
    return ""


VTK = Kind(
    takes="a plotter of PyVista or a render window of VTK",
    extra="pyvista",
    find=_find,
    show=_show,
    keeps=frozenset({"keep_camera"}),
    hint=_hint,
)
