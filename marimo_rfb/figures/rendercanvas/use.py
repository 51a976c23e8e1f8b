"""Selecting our backend of rendercanvas."""

import os
import sys
from importlib import import_module
from types import ModuleType

from marimo_rfb.errors import RfbError

__all__ = ["use_rendercanvas"]

# Of the backend, as a module of rendercanvas.
_NAME = "rfb"


def use_rendercanvas() -> None:
    """Make `rendercanvas.auto` select this package, for pygfx, fastplotlib, and whatever else draws on its canvases.

    Scenes are then shown in marimo and Jupyter without further code. Call it in the first cell; libraries that were
    imported before get the canvases too. `rendercanvas.rfb` is the module of the canvases, so fastplotlib also takes
    `canvas="rfb"`. Applies to the whole process.

    Raises:
        RfbError: rendercanvas is not installed, or too old.
    """
    try:
        backend = import_module("marimo_rfb.figures.rendercanvas.backend")
    except ImportError as exc:
        raise RfbError(
            "use_rendercanvas needs rendercanvas 2.7 or later: pip install 'marimo-rfb[rendercanvas]'"
        ) from exc
    os.environ["RENDERCANVAS_BACKEND"] = _NAME
    sys.modules[f"rendercanvas.{_NAME}"] = backend
    setattr(sys.modules["rendercanvas"], _NAME, backend)
    auto = import_module("rendercanvas.auto")
    # `RENDERCANVAS_FORCE_OFFSCREEN` has precedence when it is imported, but a call is an explicit wish.
    selected = {id(getattr(auto, name)): getattr(backend, name) for name in ("RenderCanvas", "loop")}
    for names in [_names_of(module) for name, module in list(sys.modules.items()) if _may_use_auto(name)]:
        for name, value in list(names.items()):
            if id(value) in selected:
                names[name] = selected[id(value)]


def _names_of(module: object) -> dict[str, object]:
    """Return the variables of a module; of what else there is in `sys.modules`, none."""
    # Not `vars`, which imports a lazy module.
    return ModuleType.__getattribute__(module, "__dict__") if isinstance(module, ModuleType) else {}


def _may_use_auto(module_name: str) -> bool:
    """Return whether a module may have its canvas from `rendercanvas.auto`, and is no backend, which has its own."""
    return module_name == "rendercanvas.auto" or not module_name.startswith("rendercanvas.")
