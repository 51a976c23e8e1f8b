"""A socket whose bytes somebody else carries: a web framework's server, or the kernel's channel."""

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

# A busy page sends some hundred messages a second, and the hub takes them as they come.
MAX_WAITING = 1000
MAX_WAITING_BYTES = 1 << 20
# A kernel that was busy for minutes hands on at once what pages said meanwhile.
SHARED_BACKLOG_FACTOR = 20


class ExternalTransport(Protocol):
    """Brings messages to the browser; all of it is used on the hub's loop and must not wait."""

    @property
    def has_room(self) -> bool:
        """Whether it can take another picture; what it said no to is not kept for it."""
        ...

    def send(self, message: str | bytes) -> None: ...

    def close(self, code: int, reason: str) -> None:
        """Close the browser's end; nothing is sent after it."""
        ...


class ExternalSocket:
    """The hub's end of a connection that `transport` carries.

    `data_received` and `connection_lost` are for the transport to call, from any thread; the rest is a `ViewerSocket`.
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
        # Counted where they come in: a loop that is busy would not see how many wait for it.
        self._counting = threading.Lock()
        self._factor = SHARED_BACKLOG_FACTOR if is_shared else 1
        self._waiting = 0
        self._waiting_bytes = 0
        self._gone = False

    @property
    def is_gone(self) -> bool:
        return self._gone

    @property
    def has_room(self) -> bool:
        return self._transport.has_room

    def data_received(self, message: str | bytes) -> None:
        """Take what the browser sent. Any thread."""
        size = _size_bytes(message)
        if size > MAX_CONTROL_BYTES:
            self._call(self._close, CloseCode.TOO_BIG, f"a message has at most {MAX_CONTROL_BYTES} bytes")
        elif self._count(+1, size):
            self._call(self._received.put_nowait, message)
        else:
            self._call(self._close, CloseCode.PROTOCOL, "messages come faster than they can be read")

    def connection_lost(self) -> None:
        """Note that the browser is gone. Any thread; twice is fine."""
        self._call(self._end)

    def send(self, message: str | bytes) -> None:
        if self._gone:
            return
        try:
            self._transport.send(message)
        except Exception:  # or a carrier that fails would keep the picture from the viewers after it
            log.exception("what carries a viewer's bytes failed; the viewer is let go")
            self._end()

    async def receive(self) -> str | bytes:
        # What came before the end is still handed out: the last click may be all that a page had to say.
        message = None if self._gone and self._received.empty() else await self._received.get()
        if message is None:
            raise SocketGone
        self._count(-1, -_size_bytes(message))
        return message

    async def close(self, code: int, reason: str) -> None:
        self._close(code, reason)

    def abort(self) -> None:
        # After which a page comes again soon, as it does after a loss.
        self._close(CloseCode.NO_HELLO, "too many wait to be let in")

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
        """Count what waits to be read, and tell whether it is not too much."""
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
        except RuntimeError:  # the hubs' loop has ended, and with it whoever would have read
            self._gone = True


def _size_bytes(message: str | bytes) -> int:
    if isinstance(message, bytes) or message.isascii() or len(message) > MAX_CONTROL_BYTES:
        return len(message)
    return len(message.encode(errors="surrogatepass"))
