"""What a connection needs of whatever carries its bytes: a WebSocket, or somebody who has one elsewhere."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Protocol, Self
from urllib.parse import parse_qsl

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from marimo_rfb.hub.access import AuthContext
from marimo_rfb.hub.routes import split_target

__all__ = ["MAX_UNSENT_BYTES", "RELAYED", "Handshake", "Socket", "SocketGone", "WebSocket"]

# No more pictures while so much waits to be sent. A viewer that reads has its window's frames on the way and far less
# than this waiting here; one that acks what it has not read would have everything waiting here.
MAX_UNSENT_BYTES = 32 << 20


class RELAYED:
    """The headers by which marimo's server tells a hub whom it speaks for."""

    host = "x-rfb-host"
    target = "x-rfb-target"
    remote = "x-rfb-remote"
    secret = "x-rfb-secret"
    # "own" when it saw that the page is its own.
    origin = "x-rfb-origin"
    # Of this package in that server.
    version = "x-rfb-version"


class SocketGone(Exception):
    """Nothing more comes from this socket."""


class Handshake:
    """What the browser said when it asked for the socket.

    Attributes:
        headers: lower-case names; of a repeated one the last.
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
    def relayed(cls, headers: Mapping[str, str], *, vouched: bool = False) -> Self:
        """Return what the browser said to the server that passes its messages on.

        Args:
            headers: what that server says.
            vouched: whether a page need not be the server's own.
        """
        name, _, port = headers.get(RELAYED.remote, "").rpartition(" ")
        shown = {key: value for key, value in headers.items() if not key.startswith("x-rfb-")}
        return cls(
            {**shown, "host": headers.get(RELAYED.host, "")},
            target=headers.get(RELAYED.target, ""),
            remote=(name, int(port)) if name and port.isdecimal() else None,
            vouched=vouched or headers.get(RELAYED.origin) == "own",
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """By what names the page's server may be known: `Host`, and what proxies say that it was before them.

        A page cannot set either header, so both tell the truth about a browser, and about nothing else.
        """
        forwarded = self.headers.get("x-forwarded-host", "").split(",")
        return (self.headers.get("host", ""), *(host.strip() for host in forwarded if host.strip()))

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


class Socket(Protocol):
    """Carries messages to and from one browser. On the hub's loop only.

    Attributes:
        handshake: how it began.
        is_relayed: whether somebody between us and the browser passes the messages on, so that a ping would measure
            the way to them.
        is_shared: whether it is a channel made for other things, where pictures must be few and small.
    """

    handshake: Handshake
    is_relayed: bool
    is_shared: bool

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
        """Close, and wait until the other end agrees or has had the time to."""
        ...

    async def ping(self) -> float | None:
        """Return the round trip in seconds; `None` when it cannot be measured."""
        ...


class WebSocket:
    """A socket of the hub's own."""

    is_shared = False

    def __init__(self, socket: ServerConnection, handshake: Handshake, *, is_relayed: bool = False) -> None:
        self.handshake = handshake
        self.is_relayed = is_relayed
        self._socket = socket

    @property
    def has_room(self) -> bool:
        return int(self._socket.transport.get_write_buffer_size()) < MAX_UNSENT_BYTES

    def send(self, message: str | bytes) -> None:
        broadcast([self._socket], message)

    async def receive(self) -> str | bytes:
        try:
            return await self._socket.recv()
        except ConnectionClosed as exc:
            raise SocketGone from exc

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code, reason)

    async def ping(self) -> float | None:
        if self.is_relayed:
            return None
        try:
            return await (await self._socket.ping())
        except ConnectionClosed:
            return None


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
