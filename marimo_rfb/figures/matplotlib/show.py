"""Showing a matplotlib figure in a view."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marimo_rfb.figures.matplotlib.canvas import LiveCanvas
from marimo_rfb.figures.matplotlib.screen import FigureScreen
from marimo_rfb.figures.matplotlib.toolbar import TOOLS
from marimo_rfb.figures.screens.screen_view import claim_screen_view, screen_of
from marimo_rfb.notebook.view import View

__all__ = ["show_figure"]


def show_figure(
    canvas: LiveCanvas,
    *,
    name: str | None = None,
    keep_limits: bool = False,
    view_options: Mapping[str, Any] = MappingProxyType({}),
) -> View:
    """Show the figure of `canvas` in a view of the running cell; see `marimo_rfb.figure`."""
    view = claim_screen_view(
        name,
        "figure",
        canvas.css_size,
        view_options,
        tools=TOOLS,
        subsampling="4:4:4",
        quality=90,
        alt=_description(canvas.figure),
    )
    replaced = screen_of(view, FigureScreen)
    view._show_content(FigureScreen(view, canvas, replaced=replaced, keep_limits=keep_limits))
    return view


def _description(figure: Any) -> str:
    """Return a description of the figure for screen readers: its titles."""
    titles = [figure.get_suptitle(), *(axes.get_title() for axes in figure.axes)]
    return ": ".join(["Figure", ", ".join(title for title in titles if title)]).removesuffix(": ")
