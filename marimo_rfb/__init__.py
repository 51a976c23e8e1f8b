"""Live pictures, rendered in Python, in a marimo cell."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marimo_rfb.encode.registry import register_encoder
    from marimo_rfb.errors import (
        EncodeError,
        FrameError,
        HubClosed,
        NameTaken,
        OptionError,
        PortInUse,
        RfbError,
        StreamClosed,
        StreamExists,
        StreamNotFound,
        WireError,
    )
    from marimo_rfb.events import InputEvent
    from marimo_rfb.figures.figure import figure, show
    from marimo_rfb.figures.rendercanvas.use import use_rendercanvas
    from marimo_rfb.figures.vispy.use import use_vispy
    from marimo_rfb.hub.access import AccessOptions, AuthContext
    from marimo_rfb.hub.hub import Hub
    from marimo_rfb.hub.listener import ListenOptions
    from marimo_rfb.notebook.publishing import publish_loop
    from marimo_rfb.notebook.reactive import animate, frame, stream
    from marimo_rfb.notebook.rendering.render_function import Tick
    from marimo_rfb.notebook.serve import serve, serve_server
    from marimo_rfb.notebook.tool import Tool
    from marimo_rfb.notebook.view import View
    from marimo_rfb.notebook.widget import RfbCanvas, RfbViewer
    from marimo_rfb.stream.options import StreamOptions
    from marimo_rfb.stream.stream import Stream

__all__ = [
    "AccessOptions",
    "AuthContext",
    "EncodeError",
    "FrameError",
    "Hub",
    "HubClosed",
    "InputEvent",
    "ListenOptions",
    "NameTaken",
    "OptionError",
    "PortInUse",
    "RfbCanvas",
    "RfbError",
    "RfbViewer",
    "Stream",
    "StreamClosed",
    "StreamExists",
    "StreamNotFound",
    "StreamOptions",
    "Tick",
    "Tool",
    "View",
    "WireError",
    "animate",
    "figure",
    "frame",
    "publish_loop",
    "register_encoder",
    "serve",
    "serve_server",
    "show",
    "stream",
    "use_rendercanvas",
    "use_vispy",
]

# Not imported here: marimo's server loads this package while it starts, for its middleware alone.
_MODULES = {
    "AccessOptions": "hub.access",
    "AuthContext": "hub.access",
    "Hub": "hub.hub",
    "InputEvent": "events",
    "ListenOptions": "hub.listener",
    "RfbCanvas": "notebook.widget",
    "RfbViewer": "notebook.widget",
    "Stream": "stream.stream",
    "StreamOptions": "stream.options",
    "Tick": "notebook.rendering.render_function",
    "Tool": "notebook.tool",
    "View": "notebook.view",
    "animate": "notebook.reactive",
    "figure": "figures.figure",
    "frame": "notebook.reactive",
    "publish_loop": "notebook.publishing",
    "register_encoder": "encode.registry",
    "serve": "notebook.serve",
    "serve_server": "notebook.serve",
    "show": "figures.figure",
    "stream": "notebook.reactive",
    "use_rendercanvas": "figures.rendercanvas.use",
    "use_vispy": "figures.vispy.use",
}


class _Package(ModuleType):
    """Keeps `frame` and `stream` the functions, although there are modules of these names."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _MODULES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

# Not before: importing `stream.display` would make `stream` a module.
import_module(f"{__name__}.stream.display").register_display(
    lambda: import_module(f"{__name__}.notebook.stream_display")
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
