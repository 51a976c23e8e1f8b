"""Live pictures, rendered in Python, in a marimo cell."""

from typing import TYPE_CHECKING, Any

from marimo_rfb.encode.registry import register_encoder
from marimo_rfb.errors import (
    EncodeError,
    FrameError,
    HubClosed,
    MissingExtra,
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
from marimo_rfb.hub.access import AuthContext
from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook import RfbCanvas, RfbViewer, publish_loop
from marimo_rfb.notebook.reactive import animate, frame, stream
from marimo_rfb.notebook.render import Tick
from marimo_rfb.notebook.serve import serve, serve_server
from marimo_rfb.stream.stream import Stream

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = [
    "AuthContext",
    "EncodeError",
    "FrameError",
    "Hub",
    "HubClosed",
    "InputEvent",
    "MissingExtra",
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
    "Tick",
    "View",
    "WireError",
    "animate",
    "frame",
    "publish_loop",
    "register_encoder",
    "serve",
    "serve_server",
    "stream",
]


def __getattr__(name: str) -> Any:
    # A view is an element of marimo's, whose import takes its time, and a server or a script may never need it.
    if name == "View":
        from marimo_rfb.notebook.view import View

        return View
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
