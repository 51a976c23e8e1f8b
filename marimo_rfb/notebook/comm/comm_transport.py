"""The kernel's comm as the fallback transport of a stream."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from marimo_rfb.errors import HubClosed
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.event_loop import call_later
from marimo_rfb.hub.external_socket import ExternalSocket
from marimo_rfb.hub.viewer_socket import CountedSendBuffer, Handshake
from marimo_rfb.notebook.comm.sender_thread import SenderThread
from marimo_rfb.notebook.hosts import shared_hub
from marimo_rfb.notebook.hosts.running_loop import running_loop
from marimo_rfb.stream.stream import Stream

__all__ = ["CommTransport"]

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 8
MAX_ID = 64
# A page sends a heartbeat every 20 s, of which two may be missed; a reload leaves a stale connection for at most a
# minute.
HEARTBEAT_TIMEOUT_S = 50.0
# Time for a kernel that was busy to read the messages that arrived meanwhile.
SETTLE_TIMEOUT_S = 2.0
_BYE, _TOO_MANY, _GONE = 1000, 4429, 1001

Send = Callable[[dict[str, object], list[bytes]], None]


class CommTransport:
    """Multiplexes the pages' connections over one widget's comm. Kernel's thread only.

    A page sends `{"kind": "wire", "id", "say": "open" | "text" | "close", "text"}`; it receives `{"kind": "wire",
    "id"}` with `text`, with one buffer, or with `code` and `reason`.

    Args:
        send: sends a message over the comm; called on the sender thread, where it may block.
        heartbeat_timeout_s: a page that sends nothing for this long is considered gone.
    """

    def __init__(self, send: Send, *, heartbeat_timeout_s: float = HEARTBEAT_TIMEOUT_S) -> None:
        self._send = send
        self._heartbeat_timeout_s = heartbeat_timeout_s
        self._connections: dict[str, _Connection] = {}

    def receive(self, content: Mapping[str, Any], stream: Stream | None) -> None:
        """Process a message from a page, which is untrusted; ignore malformed messages."""
        name, say, text = content.get("id"), content.get("say"), content.get("text")
        if not isinstance(name, str) or not 0 < len(name) <= MAX_ID:
            return
        connection = self._connections.get(name)
        if say == "open" and connection is None:
            self._open(name, stream)
        elif say == "text" and isinstance(text, str):
            if connection is None:
                # A page that was suspended takes its connection for open, and would wait for pictures forever.
                return self._make_connection(name).close(_GONE, "this page sent no heartbeat for too long")
            connection.data_received(text)
        elif say == "close" and connection is not None:
            connection.end()

    def close(self) -> None:
        """End all connections, without a message to the pages, because the comm is closing."""
        for connection in list(self._connections.values()):
            connection.end()

    def _open(self, name: str, stream: Stream | None) -> None:
        connection = self._make_connection(name)
        if stream is None or stream.closed:
            return connection.close(_BYE, "the stream was closed")
        if len(self._connections) >= MAX_CONNECTIONS:
            return connection.close(
                _TOO_MANY, f"the kernel's comm has reached its limit of {MAX_CONNECTIONS} connected pages"
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
    """One page's connection: an `ExternalTransport` of the hub."""

    def __init__(self, name: str, send: Send, on_end: Callable[[], object]) -> None:
        self._name = name
        self._send = send
        self._on_end = on_end
        self._socket: ExternalSocket | None = None
        self._heartbeat: _HeartbeatMonitor | None = None
        self._ended = False
        self._buffer = CountedSendBuffer(self._on_room)

    def open(self, stream: Stream, heartbeat_timeout_s: float) -> None:
        # Every page on the kernel's comm belongs to the notebook, whatever its origin.
        handshake = Handshake({}, vouched=True)
        self._socket = core_of(stream.server).serve_viewer(self, stream.name, handshake, is_shared=True)
        self._heartbeat = _HeartbeatMonitor(heartbeat_timeout_s, self.end)

    def data_received(self, text: str) -> None:
        if self._heartbeat is not None:
            self._heartbeat.on_message()
        if self._socket is not None:
            self._socket.data_received(text)

    def end(self) -> None:
        """End the connection, because the page is gone. Any thread; idempotent."""
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
        # Of the comm, which may block; the congestion window limits what the page has not acked, but its acks are
        # untrusted.
        return self._buffer.has_room

    @property
    def is_congested(self) -> bool:
        return self._buffer.is_congested

    def send(self, message: str | bytes) -> None:
        if not self._buffer.queue(message):
            return self.end()
        content: dict[str, object] = {"kind": "wire", "id": self._name}
        if isinstance(message, bytes):
            self._post(content, [message], size=len(message))
        else:
            self._post({**content, "text": message}, [], size=len(message))

    def close(self, code: int, reason: str) -> None:
        self._post({"kind": "wire", "id": self._name, "code": int(code), "reason": reason}, [], size=0)
        self.end()

    def _on_room(self) -> None:
        if self._socket is not None:
            self._socket.room_available()

    def _post(self, content: dict[str, object], buffers: list[bytes], *, size: int) -> None:
        def send() -> None:
            try:
                self._send(content, buffers)
            finally:
                self._buffer.on_sent(size)

        if not self._ended:
            SenderThread.post(send)


class _HeartbeatMonitor:
    """Calls `on_timeout` when a page has sent nothing for too long, unless the kernel was too busy to read it."""

    def __init__(self, timeout_s: float, on_timeout: Callable[[], None]) -> None:
        self._timeout_s = timeout_s
        self._on_timeout = on_timeout
        self._kernel = running_loop()
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
            # The kernel runs this when no cell runs, and only then reads the messages that arrived meanwhile.
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
