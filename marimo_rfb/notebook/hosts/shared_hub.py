"""The hub that serves the streams of all notebook sessions of this process."""

import threading
from typing import Any

from marimo_rfb.fork import call_in_child
from marimo_rfb.hub.event_loop import SharedEventLoop
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.server import StreamServer
from marimo_rfb.stream.stream import Stream

__all__ = ["add_stream", "close_in_background", "ensure_started"]

_lock = threading.Lock()
# One of its own: a start waits for the hubs' loop, on which `_close` takes the other.
_starting = threading.Lock()
_hub: Hub | None = None


def add_stream(name: str, width: int, height: int, **options: Any) -> Stream:
    """Make a stream; no server is started for it yet. Any thread."""
    global _hub
    with _lock:
        if _hub is None or _hub.closed:
            _hub = Hub()
        return _hub.add_stream(name, width, height, **options)


def ensure_started(hub: StreamServer) -> None:
    """Start `hub` unless it listens already. Any thread.

    Servers start when a page asks: an export, or a notebook that runs as a script, needs none.
    """
    with _starting:
        if hub.port == 0 and not hub.closed:
            hub.start()


def close_in_background(stream: Stream) -> None:
    """Close `stream`, and with the last one the server, without waiting for viewers to say goodbye. Any thread."""
    loop = SharedEventLoop()
    loop.run(_close(stream)).add_done_callback(lambda _: loop.release())


async def _close(stream: Stream) -> None:
    global _hub
    await stream.aclose()
    with _lock:
        if _hub is None or _hub is not stream.server or _hub.streams:
            return
        unused, _hub = _hub, None
    await unused.aclose()


def _reset_in_child() -> None:
    global _lock, _starting, _hub
    _lock, _starting, _hub = threading.Lock(), threading.Lock(), None


call_in_child(_reset_in_child)
