"""Canvases of vispy."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marimo_rfb.errors import OptionError
from marimo_rfb.figures.kinds.kind import Kind

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = ["VISPY"]


def _find(thing: Any) -> Any:
    module = sys.modules.get("vispy.app.canvas")
    return thing if module is not None and isinstance(thing, module.Canvas) else None


def _show(found: Any, *, name: str | None, view_options: Mapping[str, Any], keep_camera: bool = False) -> "View":
    if found.app.backend_name != "rfb":
        raise OptionError(
            f"vispy draws this canvas with its back end {found.app.backend_name}; "
            "call rfb.use_vispy() before you create the canvas"
        )
    from marimo_rfb.figures.vispy.show import show_canvas

    found.create_native()
    return show_canvas(found.native, name=name, keep_camera=keep_camera, view_options=view_options)


VISPY = Kind(takes="a canvas of vispy", extra="vispy", find=_find, show=_show, keeps=frozenset({"keep_camera"}))
