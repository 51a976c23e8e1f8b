"""Sockets to viewers: the interface that a connection requires, its WebSocket implementation, and the handshake."""

import asyncio
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from marimo_rfb.hub.access import AuthContext
from marimo_rfb.hub.routes import split_target
from marimo_rfb.hub.socket_delay import minimize_delay
from marimo_rfb.wire.close_reason import close_reason

__all__ = [
    "MAX_UNREAD_TEXT_BYTES",
    "MAX_UNSENT_BYTES",
    "BoundedConnection",
    "CountedSendBuffer",
    "Handshake",
    "ProxyHeader",
    "SendBuffer",
    "SocketGone",
    "ViewerSocket",
    "ViewerWebSocket",
    "combine_headers",
    "network_of",
]

# No capture, no file and no other answer is sent while this much is unsent, or one picture if that is larger. A viewer
# that reads stays below.
MAX_UNSENT_BYTES = 2 << 20
# Text may be buffered in addition; a browser that reads stays below.
MAX_UNREAD_TEXT_BYTES = 1 << 20
# Escapes in the value of a cookie, as `http.cookies` writes them.
_ESCAPE = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)


class ProxyHeader:
    """The headers in which marimo's server describes the proxied browser to a hub."""

    host = "x-rfb-host"
    target = "x-rfb-target"
    remote = "x-rfb-remote"
    secret = "x-rfb-secret"
    # "own" if the server checked that the page is its own; older servers also forward pages without that check.
    origin = "x-rfb-origin"
    # Milliseconds from when the browser's socket was open until its hello came, which the server waits for.
    hello_ms = "x-rfb-hello-ms"
    # Version of this package in that server.
    version = "x-rfb-version"


class SocketGone(Exception):
    """The socket is closed and all of its messages were received."""


class Handshake:
    """The browser's WebSocket handshake.

    Attributes:
        headers: with lower-case names; see `combine_headers`.
        target: path and query.
        remote: address and port of the browser, or of the last proxy before us.
        vouched: whether a trusted server has checked the page's origin.
        hello_s: for how long a server before us waited for the hello.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        target: str = "",
        remote: tuple[str, int] | None = None,
        vouched: bool = False,
        hello_s: float = 0.0,
    ) -> None:
        self.headers = headers
        self.target = target
        self.remote = remote
        self.vouched = vouched
        self.hello_s = hello_s

    @classmethod
    def proxied(cls, headers: Mapping[str, str]) -> Self:
        """Return the browser's handshake with the proxying server, from the headers of that server."""
        name, _, port = headers.get(ProxyHeader.remote, "").rpartition(" ")
        hello_ms = headers.get(ProxyHeader.hello_ms, "")
        forwarded = {key: value for key, value in headers.items() if not key.startswith("x-rfb-")}
        return cls(
            {**forwarded, "host": headers.get(ProxyHeader.host, "")},
            target=headers.get(ProxyHeader.target, ""),
            remote=(name, int(port)) if name and port.isdecimal() else None,
            vouched=headers.get(ProxyHeader.origin) == "own",
            hello_s=int(hello_ms) / 1000 if re.fullmatch(r"[0-9]{1,5}", hello_ms) else 0.0,
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the page's server: `Host`, and the original hosts that proxies report.

        A page cannot set either header, so both are reliable for browsers, but not for other clients.
        """
        forwarded = self.headers.get("x-forwarded-host", "").split(",")
        return (self.headers.get("host", ""), *(host.strip() for host in forwarded if host.strip()))

    @property
    def client(self) -> str:
        """Key of the client for fair queueing.

        For a peer with a private address, which may be a proxy, it includes the last `X-Forwarded-For` entry. A client
        with a private address can forge that to get additional shares, but cannot take another client's share.
        """
        network = network_of(self.remote)
        if network and not ipaddress.ip_network(network).is_private:
            return network
        return f"{network} {self.headers.get('x-forwarded-for', '').rpartition(',')[2].strip()}"

    def context(self, *, token: str | None, stream: str) -> AuthContext:
        """Return the argument of the `authenticate` hook."""
        path, query = split_target(self.target)
        return AuthContext(
            token=token,
            headers=self.headers,
            cookies=_cookies(self.headers.get("cookie", "")),
            path=path,
            query=dict(parse_qsl(query)),
            remote=self.remote,
            stream=stream,
        )


class SendBuffer:
    """Limits the unsent bytes to one viewer that this process buffers: one picture, what was asked for, and text.

    A picture that waits gets old, while a newer one could take its place.
    """

    def __init__(self) -> None:
        self._last_bytes = 0
        self._largest_bytes = 0

    def has_room(self, unsent_bytes: int) -> bool:
        """Return whether another picture may be sent, which is when nothing is unsent."""
        return unsent_bytes == 0

    def is_congested(self, unsent_bytes: int) -> bool:
        """Return whether so much is unsent that requests are rejected."""
        return unsent_bytes >= max(MAX_UNSENT_BYTES, self._last_bytes + 1)

    def accepts(self, message: str | bytes, unsent_bytes: int) -> bool:
        """Return whether `message` may be buffered on top of `unsent_bytes`; `False` if the viewer reads nothing.

        Binary messages are sent only while it is not congested, so anything beyond that and one of them is text.
        """
        if isinstance(message, bytes):
            self._last_bytes = len(message)
            self._largest_bytes = max(self._largest_bytes, len(message))
            return True
        binary_bytes = max(MAX_UNSENT_BYTES, self._largest_bytes) + self._largest_bytes
        return unsent_bytes <= binary_bytes + MAX_UNREAD_TEXT_BYTES


class CountedSendBuffer:
    """A `SendBuffer` for a queue that the hub's loop fills and another thread empties.

    Args:
        on_room: called on the other thread once there is room for a picture that found none.
    """

    def __init__(self, on_room: Callable[[], None]) -> None:
        self._on_room = on_room
        self._buffer = SendBuffer()
        # Only one thread writes each of them.
        self._queued_bytes = 0
        self._sent_bytes = 0
        self._is_awaited = False

    @property
    def has_room(self) -> bool:
        # Noted before the look, or the other thread could empty the queue in between and tell nobody.
        self._is_awaited = True
        if not self._buffer.has_room(self._queued_bytes - self._sent_bytes):
            return False
        self._is_awaited = False
        return True

    @property
    def is_congested(self) -> bool:
        return self._buffer.is_congested(self._queued_bytes - self._sent_bytes)

    def queue(self, message: str | bytes) -> bool:
        """Count `message` as queued; return whether it may be, `False` if the viewer reads nothing."""
        if not self._buffer.accepts(message, self._queued_bytes - self._sent_bytes):
            return False
        self._queued_bytes += len(message)
        return True

    def on_sent(self, size: int) -> None:
        """Count a message as sent, by the `len` that it was queued with."""
        self._sent_bytes += size
        if self._is_awaited and self._buffer.has_room(self._queued_bytes - self._sent_bytes):
            self._is_awaited = False
            self._on_room()


class ViewerSocket(Protocol):
    """A bidirectional message socket to one browser. Hub's loop only.

    Attributes:
        handshake: the browser's handshake.
        is_proxied: whether a proxy forwards the messages, so that a ping would measure only the path to the proxy.
        is_shared: whether the transport also carries other traffic, so that pictures must be few and small.
        on_room: called when another picture may be sent, after `has_room` was false.
    """

    handshake: Handshake
    is_proxied: bool
    is_shared: bool
    on_room: Callable[[], None]

    @property
    def is_gone(self) -> bool:
        """Whether the peer is known to be gone."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether another picture may be sent; `False` while another message is unsent."""
        ...

    @property
    def is_congested(self) -> bool:
        """Whether so much is unsent that not even an answer may be sent."""
        ...

    def send(self, message: str | bytes) -> None:
        """Send `message`; never blocks, and does nothing once the socket is closed."""
        ...

    async def receive(self) -> str | bytes:
        """Return the next message.

        Raises:
            SocketGone: the socket is closed.
        """
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close the socket and wait for the peer's close, with a timeout; truncates a long `reason`."""
        ...

    def abort(self) -> None:
        """Close the socket at once, to make room for others."""
        ...

    async def ping(self) -> float | None:
        """Return the round-trip time in seconds; `None` if it cannot be measured."""
        ...


class BoundedConnection(ServerConnection):
    """A WebSocket of `websockets` whose kernel buffer is bounded.

    With `write_limit=0`, `on_drained` is called whenever nothing is unsent any more.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.on_drained: Callable[[], None] = _do_nothing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        minimize_delay(transport.get_extra_info("socket"))

    def resume_writing(self) -> None:
        super().resume_writing()
        self.on_drained()


class ViewerWebSocket:
    """A `ViewerSocket` on the hub's own port."""

    is_shared = False

    def __init__(self, socket: BoundedConnection, handshake: Handshake, *, is_relayed: bool = False) -> None:
        self.handshake = handshake
        self.on_room: Callable[[], None] = _do_nothing
        socket.on_drained = lambda: self.on_room()
        self.is_proxied = is_relayed
        self._socket = socket
        self._buffer = SendBuffer()

    @property
    def is_gone(self) -> bool:
        return self._socket.state is not State.OPEN

    @property
    def has_room(self) -> bool:
        return self._buffer.has_room(self._unsent_bytes)

    @property
    def is_congested(self) -> bool:
        return self._buffer.is_congested(self._unsent_bytes)

    def send(self, message: str | bytes) -> None:
        if self._buffer.accepts(message, self._unsent_bytes):
            broadcast([self._socket], message)
        else:
            # Not by a close frame, which would wait behind the unread messages.
            self._socket.transport.abort()

    async def receive(self) -> str | bytes:
        try:
            return await self._socket.recv()
        except ConnectionClosed as exc:
            raise SocketGone from exc

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code, close_reason(reason))

    def abort(self) -> None:
        self._socket.transport.abort()

    async def ping(self) -> float | None:
        if self.is_proxied:
            return None
        try:
            return await (await self._socket.ping())
        except ConnectionClosed:
            return None

    @property
    def _unsent_bytes(self) -> int:
        return int(self._socket.transport.get_write_buffer_size())


def _do_nothing() -> None: ...


def combine_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name; join those of one name as RFC 9110 (5.3) and RFC 9113 (8.2.3) specify.

    A repeated header that must be unique, such as `Origin`, becomes an invalid value and is rejected later.
    """
    combined: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        separator = "; " if name == "cookie" else ", "
        combined[name] = f"{combined[name]}{separator}{value}" if name in combined else value
    return combined


def network_of(remote: tuple[str, int] | None) -> str:
    """Return the network that one client is assumed to control: the IPv4 address or the IPv6 /64; may be empty."""
    try:
        address = ipaddress.ip_address(remote[0].partition("%")[0] if remote else "")
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.version == 4 or address.is_loopback:
        return str(ipaddress.ip_network(address))
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def _cookies(header: str) -> dict[str, str]:
    # Not `SimpleCookie`, which takes quadratic time for quoted values: 8 kB blocked the loop for a second.
    pairs = (each.partition("=") for each in header.split(";"))
    return {name.strip(): _unquoted(value.strip()) for name, equals, value in pairs if equals and name.strip()}


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)) if found[1] else found[2], value[1:-1])
