"""A WebSocket from this terminal: opens, hears, and says why not."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Iterator, Mapping
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from marimo_rfb.cli.address import Address
from marimo_rfb.cli.request import Answer
from marimo_rfb.cli.visitor import WAIT_S, Visitor, proxy_of
from marimo_rfb.errors import RfbError
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import ClientMessage

__all__ = ["NotOpened", "SocketClosed", "SocketRefused", "WebSocket", "open_websocket"]

T = TypeVar("T")

MAX_BYTES = 256 * 1024 * 1024
CLOSE_WITHIN_S = 1.0
_LOST = 1006


class SocketRefused(RfbError):
    """An HTTP server answered, but with no WebSocket."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.in_words} in place of 101 Switching Protocols")
        self.answer = answer


class NotOpened(RfbError):
    """What came in place of an answer to the handshake makes no sense, or a proxy refused."""


class SocketClosed(RfbError):
    """The other end closed the socket; `code` is 1006 where it said nothing."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}".strip() if code != _LOST else "nothing")
        self.code = code
        self.reason = reason


class WebSocket:
    """An open socket. It reads and writes only while one of its methods is called."""

    # On a loop that stands still in between, and with no thread that reads: OpenSSL must not read and write at a time.
    def __init__(self, connection: ClientConnection, runner: asyncio.Runner) -> None:
        self._connection = connection
        self._runner = runner

    def say(self, message: ClientMessage) -> None:
        """Send a control message.

        Raises:
            SocketClosed: the other end is gone.
            TimeoutError: the other end takes nothing.
        """
        with _closing():
            self._runner.run(_within(WAIT_S, self._connection.send(encode_message(message))))

    def hear(self, within_s: float = WAIT_S) -> str | bytes:
        """Return the next message.

        Raises:
            SocketClosed: there is none any more.
            TimeoutError: none came.
        """
        with _closing():
            return self._runner.run(_within(within_s, self._connection.recv()))

    def ping(self) -> float:
        """Return how many seconds a ping took there and back.

        Raises:
            SocketClosed: the other end is gone.
            TimeoutError: nothing came back.
        """
        started_s = time.perf_counter()
        with _closing():
            self._runner.run(_within(WAIT_S, self._pong()))
        return time.perf_counter() - started_s

    async def _pong(self) -> None:
        await (await self._connection.ping())


@contextlib.contextmanager
def open_websocket(
    address: Address, visitor: Visitor, *, origin: str | None = None, headers: Mapping[str, str] | None = None
) -> Iterator[WebSocket]:
    """Open a socket to `address`, as a page of `origin` would. Not where an asyncio loop runs.

    Raises:
        SocketRefused: an HTTP server answered with something else.
        NotOpened: it was no HTTP server, or a proxy refused.
        OSError: nobody answered.
    """
    proxy = proxy_of(address)
    connecting = connect(
        address.url,
        ssl=visitor.tls() if address.is_secure else None,
        origin=origin,  # type: ignore[arg-type]  # a NewType of str
        additional_headers=headers,
        compression=None,
        proxy=None if proxy is None else proxy.geturl(),
        open_timeout=WAIT_S,
        close_timeout=CLOSE_WITHIN_S,
        ping_interval=None,
        max_size=MAX_BYTES,
        create_connection=_Unredirected,
    )
    with asyncio.Runner() as runner:
        try:
            connection = runner.run(_opened(connecting))
        except (WebSocketException, EOFError, ImportError) as exc:
            raise NotOpened(str(exc)) from exc
        try:
            yield WebSocket(connection, runner)
        finally:
            runner.run(connection.close())


async def _opened(connecting: connect) -> ClientConnection:
    return await connecting


async def _within(seconds: float, awaitable: Awaitable[T]) -> T:
    async with asyncio.timeout(max(0.0, seconds)):
        return await awaitable


class _Unredirected(ClientConnection):
    """Follows no redirect, as browsers do not, so that its address can be told."""

    async def handshake(self, *args: object, **kwargs: object) -> None:
        try:
            await super().handshake(*args, **kwargs)  # type: ignore[arg-type]
        except InvalidStatus as exc:
            response = exc.response
            location = response.headers.get("Location", "")
            raise SocketRefused(Answer(response.status_code, location, bytes(response.body or b""))) from exc


@contextlib.contextmanager
def _closing() -> Iterator[None]:
    try:
        yield
    except ConnectionClosed as exc:
        code, reason = (exc.rcvd.code, exc.rcvd.reason) if exc.rcvd else (_LOST, "")
        raise SocketClosed(code, reason) from exc
