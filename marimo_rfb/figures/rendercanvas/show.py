"""Showing a canvas in a view."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marimo_rfb.errors import OptionError
from marimo_rfb.figures.rendercanvas.screen import CanvasScreen, SceneCanvas
from marimo_rfb.figures.screens.screen_view import claim_screen_view, screen_of
from marimo_rfb.notebook.view import View

__all__ = ["show_canvas"]


def show_canvas(
    canvas: SceneCanvas,
    *,
    name: str | None = None,
    view_options: Mapping[str, Any] = MappingProxyType({}),
) -> View:
    """Show `canvas` in a view of the running cell; see `marimo_rfb.figure`.

    Raises:
        OptionError: it was closed.
    """
    if canvas.get_closed():
        raise OptionError("this canvas was closed; make another one, and show that")
    view = claim_screen_view(name, "canvas", canvas.get_logical_size(), view_options, alt=canvas.title or "Scene")
    replaced = screen_of(view, CanvasScreen)
    view._show_content(CanvasScreen(view, canvas, replaced=replaced, describes="alt" not in view_options))
    return view
