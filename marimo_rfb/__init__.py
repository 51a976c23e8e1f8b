"""Live pictures, rendered in Python, in a marimo cell."""

from marimo_rfb.encode.registry import register_encoder
from marimo_rfb.errors import (
    EncodeError,
    FrameError,
    HubClosed,
    MissingExtra,
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
from marimo_rfb.notebook.serve import serve, serve_server
from marimo_rfb.stream.stream import Stream

__all__ = [
    "AuthContext",
    "EncodeError",
    "FrameError",
    "Hub",
    "HubClosed",
    "InputEvent",
    "MissingExtra",
    "OptionError",
    "PortInUse",
    "RfbCanvas",
    "RfbError",
    "RfbViewer",
    "Stream",
    "StreamClosed",
    "StreamExists",
    "StreamNotFound",
    "WireError",
    "publish_loop",
    "register_encoder",
    "serve",
    "serve_server",
]
