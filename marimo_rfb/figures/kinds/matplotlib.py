"""Figures of matplotlib."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marimo_rfb.figures.kinds.kind import Kind

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = ["MATPLOTLIB"]


def _find(thing: Any) -> Any:
    module = sys.modules.get("matplotlib.figure")
    if module is None:
        return None
    try:
        owner = getattr(thing, "figure", None)
    except Exception:  # it is no figure's; who shows it as a picture tells what it raised
        owner = None
    for each in (thing, owner):
        if isinstance(each, module.FigureBase):
            return each.get_figure(root=True)
    return None


def _show(found: Any, *, name: str | None, view_options: Mapping[str, Any], keep_limits: bool = False) -> "View":
    from marimo_rfb.figures.matplotlib.backend import canvas_of
    from marimo_rfb.figures.matplotlib.show import show_figure

    return show_figure(canvas_of(found), name=name, keep_limits=keep_limits, view_options=view_options)


def _hint(thing: Any) -> str:
    return "plt.gcf() is its current figure" if getattr(thing, "__name__", "") == "matplotlib.pyplot" else ""


MATPLOTLIB = Kind(
    takes="a matplotlib figure or axes",
    extra="matplotlib",
    find=_find,
    show=_show,
    keeps=frozenset({"keep_limits"}),
    hint=_hint,
)
