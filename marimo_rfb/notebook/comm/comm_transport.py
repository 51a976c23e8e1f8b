"""The kernel's own channel as a page's last way to a stream."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from marimo_rfb.errors import HubClosed
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.event_loop import call_later
from marimo_rfb.hub.external_socket import ExternalSocket
from marimo_rfb.hub.viewer_socket import Handshake, SendBuffer
from marimo_rfb.notebook.comm.sender_thread import SenderThread
from marimo_rfb.notebook.hosts import shared_hub
from marimo_rfb.stream.stream import Stream

__all__ = ["CommTransport"]

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 8
MAX_ID = 64
# A page says something every 20 s, so it may be missed twice; a reload leaves nothing for longer than a minute.
HEARTBEAT_TIMEOUT_S = 50.0
# A kernel that was busy needs so long to read what came meanwhile.
SETTLE_TIMEOUT_S = 2.0
_BYE, _TOO_MANY, _GONE = 1000, 4429, 1001

Send = Callable[[dict[str, object], list[bytes]], None]


class CommTransport:
    """Carries the connections that pages make over one widget's channel. Used on the kernel's thread.

    A page says `{"kind": "wire", "id", "say": "open" | "text" | "close", "text"}`; it is told `{"kind": "wire", "id"}`
    with `text`, with one buffer, or with `code` and `reason`.

    Args:
        send: hands a message to the channel; called on a thread of its own, where it may block.
        heartbeat_timeout_s: a page that says nothing for so long is gone.
    """

    def __init__(self, send: Send, *, heartbeat_timeout_s: float = HEARTBEAT_TIMEOUT_S) -> None:
        self._send = send
        self._heartbeat_timeout_s = heartbeat_timeout_s
        self._connections: dict[str, _Connection] = {}

    def receive(self, content: Mapping[str, Any], stream: Stream | None) -> None:
        """Take what a page says; what does not fit is left out, because a page may say anything."""
        name, say, text = content.get("id"), content.get("say"), content.get("text")
        if not isinstance(name, str) or not 0 < len(name) <= MAX_ID:
            return
        connection = self._connections.get(name)
        if say == "open" and connection is None:
            self._open(name, stream)
        elif say == "text" and isinstance(text, str):
            if connection is None:
                # A page that slept takes its connection for an open one, and would wait for pictures for ever.
                return self._make_connection(name).close(_GONE, "this page was not heard of for too long")
            connection.data_received(text)
        elif say == "close" and connection is not None:
            connection.end()

    def close(self) -> None:
        """End all connections; pages are not told, because what they would be told by is closing."""
        for connection in list(self._connections.values()):
            connection.end()

    def _open(self, name: str, stream: Stream | None) -> None:
        connection = self._make_connection(name)
        if stream is None or stream.closed:
            return connection.close(_BYE, "the stream was closed")
        if len(self._connections) >= MAX_CONNECTIONS:
            return connection.close(
                _TOO_MANY, f"{MAX_CONNECTIONS} pages are connected by the kernel's channel, the most there may be"
            )
        self._connections[name] = connection
        try:
            shared_hub.ensure_started(stream.server)
            connection.open(stream, self._heartbeat_timeout_s)
        except HubClosed:
            connection.close(_GONE, "the hub was closed")

    def _make_connection(self, name: str) -> "_Connection":
        return _Connection(name, self._send, lambda: self._connections.pop(name, None))


class _Connection:
    """One page's connection."""

    def __init__(self, name: str, send: Send, on_end: Callable[[], object]) -> None:
        self._name = name
        self._send = send
        self._on_end = on_end
        self._socket: ExternalSocket | None = None
        self._heartbeat: _HeartbeatMonitor | None = None
        self._ended = False
        self._buffer = SendBuffer()
        # Each is written by one thread only.
        self._queued_bytes = 0
        self._sent_bytes = 0

    def open(self, stream: Stream, heartbeat_timeout_s: float) -> None:
        # Whoever speaks on the kernel's channel is in the notebook, whatever page that is.
        handshake = Handshake({}, vouched=True)
        self._socket = core_of(stream.server).serve_viewer(self, stream.name, handshake, is_shared=True)
        self._heartbeat = _HeartbeatMonitor(heartbeat_timeout_s, self.end)

    def data_received(self, text: str) -> None:
        if self._heartbeat is not None:
            self._heartbeat.on_message()
        if self._socket is not None:
            self._socket.data_received(text)

    def end(self) -> None:
        """Take it that the page is gone. Any thread; twice is fine."""
        if self._ended:
            return
        self._ended = True
        self._on_end()
        if self._heartbeat is not None:
            self._heartbeat.stop()
        if self._socket is not None:
            self._socket.connection_lost()

    # `ExternalTransport`, for the hub.

    @property
    def has_room(self) -> bool:
        # Not of the page, which acks, but of the channel: it may block, and a page may ack what it has not got.
        return self._buffer.has_room(self._queued_bytes - self._sent_bytes)

    def send(self, message: str | bytes) -> None:
        if not self._buffer.accepts(message, self._queued_bytes - self._sent_bytes):
            return self.end()
        self._queued_bytes += len(message)
        content: dict[str, object] = {"kind": "wire", "id": self._name}
        if isinstance(message, bytes):
            self._post(content, [message], size=len(message))
        else:
            self._post({**content, "text": message}, [], size=len(message))

    def close(self, code: int, reason: str) -> None:
        self._post({"kind": "wire", "id": self._name, "code": int(code), "reason": reason}, [], size=0)
        self.end()

    def _post(self, content: dict[str, object], buffers: list[bytes], *, size: int) -> None:
        def send() -> None:
            try:
                self._send(content, buffers)
            finally:
                self._sent_bytes += size

        if not self._ended:
            SenderThread.post(send)


class _HeartbeatMonitor:
    """Calls `silent` when a page has said nothing for too long, but not when the kernel was too busy to hear it."""

    def __init__(self, timeout_s: float, on_timeout: Callable[[], None]) -> None:
        self._timeout_s = timeout_s
        self._on_timeout = on_timeout
        self._kernel = _running_loop()
        self._last_message_s = time.monotonic()
        self._stopped = False
        self._cancel = call_later(timeout_s, self._check_when_idle)

    def on_message(self) -> None:
        self._last_message_s = time.monotonic()

    def stop(self) -> None:
        self._stopped = True
        self._cancel()

    def _check_when_idle(self) -> None:
        if self._kernel is None:
            return self._check()
        kernel = self._kernel
        try:
            # The kernel gets here when no cell runs, and only then to what the page said meanwhile.
            kernel.call_soon_threadsafe(lambda: kernel.call_later(SETTLE_TIMEOUT_S, self._check))
        except RuntimeError:  # the kernel has ended
            self._on_timeout()

    def _check(self) -> None:
        left_s = self._timeout_s - (time.monotonic() - self._last_message_s)
        if self._stopped:
            return
        if left_s <= 0:
            self._on_timeout()
        else:
            self._cancel = call_later(left_s, self._check_when_idle)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
