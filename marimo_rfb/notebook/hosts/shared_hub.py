"""The shared hub that serves the streams of all notebook sessions of this process."""

import threading
from typing import Any

from marimo_rfb.fork import call_in_child
from marimo_rfb.hub.event_loop import SharedEventLoop
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.server import StreamServer
from marimo_rfb.stream.stream import Stream

__all__ = ["add_stream", "close_in_background", "ensure_started"]

_lock = threading.Lock()
# A separate lock: a start waits for the hubs' loop, on which `_close` takes `_lock`.
_starting = threading.Lock()
_hub: Hub | None = None


def add_stream(name: str, width: int, height: int, **options: Any) -> Stream:
    """Add a stream, without starting the hub yet. Any thread."""
    global _hub
    with _lock:
        if _hub is None or _hub.closed:
            _hub = Hub()
        return _hub.add_stream(name, width, height, **options)


def ensure_started(hub: StreamServer) -> None:
    """Start `hub` unless it listens already. Any thread.

    Hubs start on the first request of a page: an export, or a notebook that runs as a script, needs none.
    """
    with _starting:
        if hub.port == 0 and not hub.closed:
            hub.start()


def close_in_background(stream: Stream) -> None:
    """Close `stream`, and the hub with its last stream, without waiting for viewers to disconnect. Any thread."""
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
