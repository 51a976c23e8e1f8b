"""What a connection needs of whatever carries its bytes: a WebSocket, or somebody who has one elsewhere."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Protocol, Self
from urllib.parse import parse_qsl

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from marimo_rfb.hub.access import AuthContext
from marimo_rfb.hub.routes import split_target
from marimo_rfb.wire.close_reason import close_reason

__all__ = [
    "MAX_UNREAD_TEXT_BYTES",
    "MAX_UNSENT_BYTES",
    "Handshake",
    "ProxyHeader",
    "SendBuffer",
    "SocketGone",
    "ViewerSocket",
    "ViewerWebSocket",
    "combine_headers",
    "network_of",
]

# No more pictures while so much waits to be sent, unless it is one picture that is larger: so no more waits than twice
# this, or two pictures. Of a viewer that reads its window's frames are on the way and less than this waits here; of one
# that acks what it has not read everything would.
MAX_UNSENT_BYTES = 2 << 20
# As much may wait in words above that: of so many a browser that reads has read some.
MAX_UNREAD_TEXT_BYTES = 1 << 20
# In the value of a cookie, as `http.cookies` writes it.
_ESCAPE = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)


class ProxyHeader:
    """The headers by which marimo's server tells a hub whom it speaks for."""

    host = "x-rfb-host"
    target = "x-rfb-target"
    remote = "x-rfb-remote"
    secret = "x-rfb-secret"
    # "own", as it saw that the page is its own; older servers pass on pages of which they cannot tell.
    origin = "x-rfb-origin"
    # Of this package in that server.
    version = "x-rfb-version"


class SocketGone(Exception):
    """Nothing more comes from this socket."""


class Handshake:
    """What the browser said when it asked for the socket.

    Attributes:
        headers: lower-case names; see `combine_headers`.
        target: path and query.
        remote: address and port of the browser, or of the last proxy before us.
        vouched: whether somebody we trust has looked at the page's origin.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        target: str = "",
        remote: tuple[str, int] | None = None,
        vouched: bool = False,
    ) -> None:
        self.headers = headers
        self.target = target
        self.remote = remote
        self.vouched = vouched

    @classmethod
    def proxied(cls, headers: Mapping[str, str]) -> Self:
        """Return what the browser said to the server that passes its messages on, by what that server says."""
        name, _, port = headers.get(ProxyHeader.remote, "").rpartition(" ")
        shown = {key: value for key, value in headers.items() if not key.startswith("x-rfb-")}
        return cls(
            {**shown, "host": headers.get(ProxyHeader.host, "")},
            target=headers.get(ProxyHeader.target, ""),
            remote=(name, int(port)) if name and port.isdecimal() else None,
            vouched=headers.get(ProxyHeader.origin) == "own",
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """By what names the page's server may be known: `Host`, and what proxies say that it was before them.

        A page cannot set either header, so both tell the truth about a browser, and about nothing else.
        """
        forwarded = self.headers.get("x-forwarded-host", "").split(",")
        return (self.headers.get("host", ""), *(host.strip() for host in forwarded if host.strip()))

    @property
    def client(self) -> str:
        """By what clients are told apart as far as they can be, where each is to get its share.

        Behind a proxy, which has a private address, it is who that says it speaks for. Whoever has such an address can
        say so too, and gets more shares by it, but nobody else's.
        """
        network = network_of(self.remote)
        if network and not ipaddress.ip_network(network).is_private:
            return network
        return f"{network} {self.headers.get('x-forwarded-for', '').rpartition(',')[2].strip()}"

    def context(self, *, token: str | None, stream: str) -> AuthContext:
        """Return what the `authenticate` hook is told."""
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
    """Bounds what waits in this process to be sent to one viewer."""

    def __init__(self) -> None:
        self._last_bytes = 0
        self._largest_bytes = 0

    def has_room(self, unsent_bytes: int) -> bool:
        """Whether another picture may be sent while so much waits."""
        return unsent_bytes < max(MAX_UNSENT_BYTES, self._last_bytes + 1)

    def accepts(self, message: str | bytes, unsent_bytes: int) -> bool:
        """Tell whether `message` may wait behind so much; `False` of a viewer that reads nothing, to be let go.

        Pictures and captures are sent while there is room, so what is more than they can be is words.
        """
        if isinstance(message, bytes):
            self._last_bytes = len(message)
            self._largest_bytes = max(self._largest_bytes, len(message))
            return True
        pictures_bytes = max(MAX_UNSENT_BYTES, self._largest_bytes) + self._largest_bytes
        return unsent_bytes <= pictures_bytes + MAX_UNREAD_TEXT_BYTES


class ViewerSocket(Protocol):
    """Carries messages to and from one browser. On the hub's loop only.

    Attributes:
        handshake: how it began.
        is_proxied: whether somebody between us and the browser passes the messages on, so that a ping would measure
            the way to them.
        is_shared: whether it is a channel made for other things, where pictures must be few and small.
    """

    handshake: Handshake
    is_proxied: bool
    is_shared: bool

    @property
    def is_gone(self) -> bool:
        """Whether nobody is there any more, as far as is known."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether another picture may be sent; `False` while too much waits to be."""
        ...

    def send(self, message: str | bytes) -> None:
        """Send; never waits, and does nothing once the socket is gone."""
        ...

    async def receive(self) -> str | bytes:
        """Return the next message.

        Raises:
            SocketGone: there will be none.
        """
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close, and wait until the other end agrees or has had the time to; a long `reason` is cut."""
        ...

    def abort(self) -> None:
        """End it at once, to make room for others."""
        ...

    async def ping(self) -> float | None:
        """Return the round trip in seconds; `None` when it cannot be measured."""
        ...


class ViewerWebSocket:
    """A socket of the hub's own."""

    is_shared = False

    def __init__(self, socket: ServerConnection, handshake: Handshake, *, is_relayed: bool = False) -> None:
        self.handshake = handshake
        self.is_proxied = is_relayed
        self._socket = socket
        self._buffer = SendBuffer()

    @property
    def is_gone(self) -> bool:
        return self._socket.state is not State.OPEN

    @property
    def has_room(self) -> bool:
        return self._buffer.has_room(self._unsent_bytes)

    def send(self, message: str | bytes) -> None:
        if self._buffer.accepts(message, self._unsent_bytes):
            broadcast([self._socket], message)
        else:
            # Not by a close frame, which would wait behind all that it does not read.
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


def combine_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by their lower-case names; those of one name as one, as RFC 9110 (5.3) and 9113 (8.2.3) do it.

    What there may be one of only, such as an origin, makes no sense then, which is as good as it deserves.
    """
    told: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        told[name] = f"{told[name]}{'; ' if name == 'cookie' else ', '}{value}" if name in told else value
    return told


def network_of(remote: tuple[str, int] | None) -> str:
    """Return what whoever has this address can be taken to have all of; empty when it has none."""
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
    # Not `SimpleCookie`, whose time grows with the square of what is quoted: 8 kB held up the loop for a second.
    pairs = (each.partition("=") for each in header.split(";"))
    return {name.strip(): _unquoted(value.strip()) for name, equals, value in pairs if equals and name.strip()}


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)) if found[1] else found[2], value[1:-1])
