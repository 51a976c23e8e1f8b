"""Viewer socket over an external transport: a web framework's server, or the kernel's comm."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from marimo_rfb.hub.viewer_socket import Handshake, SocketGone
from marimo_rfb.wire.close_reason import close_reason
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, CloseCode

__all__ = ["SHARED_BACKLOG_FACTOR", "ExternalSocket", "ExternalTransport"]

log = logging.getLogger(__name__)

# A busy page sends a few hundred messages per second, and the hub reads them at once.
MAX_WAITING = 1000
MAX_WAITING_BYTES = 1 << 20
# A kernel that was busy for minutes forwards the messages of that time all at once.
SHARED_BACKLOG_FACTOR = 20


class ExternalTransport(Protocol):
    """Sends messages to the browser. All members are used on the hub's loop and must not block."""

    @property
    def has_room(self) -> bool:
        """Whether another picture may be sent; a picture that does not fit is skipped, not queued."""
        ...

    @property
    def is_congested(self) -> bool:
        """Whether not even an answer to a request may be sent."""
        ...

    def send(self, message: str | bytes) -> None: ...

    def close(self, code: int, reason: str) -> None:
        """Close the connection to the browser; nothing is sent afterwards."""
        ...


class ExternalSocket:
    """The hub's end of a connection over `transport`.

    The transport calls `data_received`, `room_available` and `connection_lost`, from any thread; the rest is a
    `ViewerSocket`.
    """

    is_proxied = True

    def __init__(
        self,
        transport: ExternalTransport,
        handshake: Handshake,
        *,
        loop: asyncio.AbstractEventLoop,
        is_shared: bool = False,
    ) -> None:
        self.handshake = handshake
        self.is_shared = is_shared
        self._transport = transport
        self._loop = loop
        self._received: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        # Counted on the receiving thread: a busy loop would not notice how many messages wait for it.
        self._counting = threading.Lock()
        self._factor = SHARED_BACKLOG_FACTOR if is_shared else 1
        self._waiting = 0
        self._waiting_bytes = 0
        self._gone = False
        self.on_room: Callable[[], None] = lambda: None

    @property
    def is_gone(self) -> bool:
        return self._gone

    @property
    def has_room(self) -> bool:
        return self._transport.has_room

    @property
    def is_congested(self) -> bool:
        return self._transport.is_congested

    def data_received(self, message: str | bytes) -> None:
        """Process a message from the browser. Any thread."""
        size = _size_bytes(message)
        if size > MAX_CONTROL_BYTES:
            self._call(self._close, CloseCode.TOO_BIG, f"a message has at most {MAX_CONTROL_BYTES} bytes")
        elif self._count(+1, size):
            self._call(self._received.put_nowait, message)
        else:
            self._call(self._close, CloseCode.PROTOCOL, "messages come faster than they can be read")

    def room_available(self) -> None:
        """Record that the transport takes another picture, after its `has_room` was false. Any thread."""
        self._call(lambda: self.on_room())

    def connection_lost(self) -> None:
        """Record that the connection to the browser is lost. Any thread; idempotent."""
        self._call(self._end)

    def send(self, message: str | bytes) -> None:
        if self._gone:
            return
        try:
            self._transport.send(message)
        except Exception:  # otherwise the viewers after this one would miss the picture
            log.exception("the transport of a viewer failed; the viewer is disconnected")
            self._end()

    async def receive(self) -> str | bytes:
        # Messages from before the end are still returned: the last one may be a click.
        message = None if self._gone and self._received.empty() else await self._received.get()
        if message is None:
            raise SocketGone
        self._count(-1, -_size_bytes(message))
        return message

    async def close(self, code: int, reason: str) -> None:
        self._close(code, reason)

    def abort(self) -> None:
        # With this code a page reconnects soon, as after a lost connection.
        self._close(CloseCode.NO_HELLO, "too many connections wait for admission")

    async def ping(self) -> float | None:
        return None

    def _close(self, code: int, reason: str) -> None:
        if not self._gone:
            self._end()
            self._transport.close(code, close_reason(reason))

    def _end(self) -> None:
        if not self._gone:
            self._gone = True
            self._received.put_nowait(None)

    def _count(self, messages: int, size: int) -> bool:
        """Count the messages that wait to be read; return whether they are within the limits."""
        with self._counting:
            self._waiting += messages
            self._waiting_bytes += size
            max_messages, max_bytes = self._factor * MAX_WAITING, self._factor * MAX_WAITING_BYTES
            return self._waiting <= max_messages and self._waiting_bytes <= max_bytes

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        if self._gone:
            return
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the hubs' loop has ended, and with it the reader
            self._gone = True


def _size_bytes(message: str | bytes) -> int:
    if isinstance(message, bytes) or message.isascii() or len(message) > MAX_CONTROL_BYTES:
        return len(message)
    return len(message.encode(errors="surrogatepass"))
