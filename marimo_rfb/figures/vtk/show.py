"""Showing a scene in a view."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marimo_rfb.figures.screens.screen_view import claim_screen_view, screen_of
from marimo_rfb.figures.vtk.canvas import SceneCanvas
from marimo_rfb.figures.vtk.screen import SceneScreen
from marimo_rfb.notebook.tool import Tool
from marimo_rfb.notebook.view import View

__all__ = ["TOOLS", "show_scene"]

TOOLS = (Tool.HOME, Tool.SCREENSHOT, Tool.RECORD, Tool.FULLSCREEN)


def show_scene(
    canvas: SceneCanvas,
    *,
    name: str | None = None,
    keep_camera: bool = False,
    view_options: Mapping[str, Any] = MappingProxyType({}),
) -> View:
    """Show the scene of `canvas` in a view of the running cell; see `marimo_rfb.figure`."""
    try:
        return _show(canvas, name, keep_camera, view_options)
    except BaseException:
        if not canvas.shown:
            canvas.close()
        raise


def _show(canvas: SceneCanvas, name: str | None, keep_camera: bool, view_options: Mapping[str, Any]) -> View:
    view = claim_screen_view(
        name, "scene", canvas.css_size, view_options, tools=TOOLS, subsampling="4:4:4", alt="Scene"
    )
    replaced = screen_of(view, SceneScreen)
    view._show_content(SceneScreen(view, canvas, replaced=replaced, keep_camera=keep_camera))
    return view
