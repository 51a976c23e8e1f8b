"""Canvases of rendercanvas, and what draws on them: pygfx, fastplotlib."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marimo_rfb.errors import OptionError
from marimo_rfb.figures.kinds.kind import Kind

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = ["RENDERCANVAS"]

# Of whatever draws: `canvas` of fastplotlib's figures and pygfx's displays, `target` of pygfx's renderers.
_CANVAS_NAMES = ("canvas", "target")


def _find(thing: Any) -> tuple[Any, Any] | None:
    """Return `thing` and the canvas that it is or draws on."""
    module = sys.modules.get("rendercanvas.base")
    if module is None:
        return None
    if isinstance(thing, module.BaseRenderCanvas):
        return thing, thing
    for name in _CANVAS_NAMES:
        try:
            canvas = getattr(thing, name, None)
        except Exception:  # who shows it as a picture tells what it raised
            continue
        if isinstance(canvas, module.BaseRenderCanvas):
            return thing, canvas
    return None


def _show(found: tuple[Any, Any], *, name: str | None, view_options: Mapping[str, Any]) -> "View":
    from marimo_rfb.figures.rendercanvas.backend import RfbRenderCanvas
    from marimo_rfb.figures.rendercanvas.show import show_canvas

    thing, canvas = found
    if not isinstance(canvas, RfbRenderCanvas):
        raise OptionError(
            f"the canvas is {type(canvas).__name__} of {type(canvas).__module__}, which no notebook shows live; call "
            "marimo_rfb.use_rendercanvas() in the first cell, and make the scene after that"
        )
    if type(thing).__module__.partition(".")[0] == "fastplotlib":
        figure = thing.get_figure() if hasattr(thing, "get_figure") else thing  # of a subplot
        figure.show()  # which starts it; the second time, it does nothing
    return show_canvas(canvas, name=name, view_options=view_options)


def _hint(thing: Any) -> str:
    is_of_pygfx = type(thing).__module__.partition(".")[0] == "pygfx"
    return "pass the renderer that draws it, or call pygfx.show for a scene or an object" if is_of_pygfx else ""


RENDERCANVAS = Kind(
    takes="a canvas of rendercanvas, or what draws on one, such as figures of fastplotlib and renderers of pygfx",
    extra="rendercanvas",
    find=_find,
    show=_show,
    hint=_hint,
)
