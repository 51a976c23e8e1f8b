"""A viewer in this terminal: says hello, receives pictures and acknowledges them, as a page does."""

import asyncio
import contextlib
import io
import time
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.client_options import TIMEOUT_S, ClientOptions, Proxy
from marimo_rfb.cli.doctor.http_client import Response
from marimo_rfb.errors import RfbError, WireError
from marimo_rfb.frame import PixelArray
from marimo_rfb.wire import messages as m
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.json_codec import encode_message, parse_server

__all__ = ["HandshakeFailed", "Picture", "ProbeViewer", "UpgradeRefused", "ViewerClosed", "open_viewer"]

T = TypeVar("T")

MAX_BYTES = 256 * 1024 * 1024
CLOSE_TIMEOUT_S = 1.0

_ABNORMAL_CLOSURE = 1006
_SUPPORTED = (
    m.Capability.JPEG,
    m.Capability.PNG,
    m.Capability.WEBP,
    # Only a marimo-rfb server answers these two, which tells it from an older server.
    m.Capability.TRANSPORT,
    m.Capability.NOTICE,
)


class UpgradeRefused(RfbError):
    """An HTTP server answered, but did not switch to WebSocket."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status_line} instead of 101 Switching Protocols")
        self.response = response


class HandshakeFailed(RfbError):
    """The response to the handshake is invalid, or a proxy rejected the connection."""


class ViewerClosed(RfbError):
    """The server closed the connection; `code` is 1006 where it sent no close frame."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"code {code}" + (f", {reason}" if reason else ""))
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it came, not yet decoded."""

    header: m.ImageHeader | m.VideoHeader | m.CaptureHeader
    payload: memoryview

    def decode(self) -> PixelArray:
        """Return `(height, width, 3)` RGB.

        Raises:
            WireError: the payload is not an image.
        """
        try:
            return np.asarray(Image.open(io.BytesIO(self.payload)).convert("RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
            raise WireError(f"the picture cannot be decoded: {exc}") from exc


class ProbeViewer:
    """A viewer on an open WebSocket; `notice` is the last one that the stream sent.

    Every method raises `ViewerClosed` after the server closed the connection, and `TimeoutError`.
    """

    # Not `websockets.sync`: where a server of another protocol hangs up, its threads race, and one handshake in forty
    # ends with an AssertionError. They also read and write a TLS socket at a time, which OpenSSL forbids.
    def __init__(self, connection: ClientConnection, runner: asyncio.Runner) -> None:
        self.notice = ""
        self._connection = connection
        self._runner = runner

    def send(self, message: m.ClientMessage) -> None:
        self._run(self._connection.send(encode_message(message)), TIMEOUT_S)

    def hello(self, token: str | None) -> None:
        self.send(m.Hello(supported=_SUPPORTED, token=token))

    def receive(self, kind: type[T], timeout_s: float | None = None) -> T:
        """Return the next message of `kind`, dropping others; pictures are acknowledged.

        Raises:
            TimeoutError: none came within `timeout_s`, by default `TIMEOUT_S`.
            WireError: a message breaks the protocol.
        """
        end_s = time.monotonic() + (TIMEOUT_S if timeout_s is None else timeout_s)
        while True:
            message = self._receive_any(max(0.0, end_s - time.monotonic()))
            if isinstance(message, kind):
                return message

    def ping(self) -> float:
        """Return the round-trip time in seconds."""
        return self._run(self._run(self._connection.ping(), TIMEOUT_S), TIMEOUT_S)

    def _receive_any(self, timeout_s: float) -> m.ServerMessage | Picture | None:
        data = self._run(self._connection.recv(), timeout_s)
        if isinstance(data, bytes):
            header, payload = unpack(data)
            if isinstance(header, m.FileHeader | m.RectsHeader):  # it asked for neither
                return None
            self.send(m.Ack(seq=header.seq))
            return Picture(header, payload)
        message = parse_server(data)
        if isinstance(message, m.Notice):
            self.notice = message.text
        return message

    def _run(self, operation: Awaitable[T], timeout_s: float) -> T:
        try:
            return self._runner.run(asyncio.wait_for(operation, timeout_s))
        except ConnectionClosed as exc:
            code, reason = (exc.rcvd.code, exc.rcvd.reason) if exc.rcvd else (_ABNORMAL_CLOSURE, "")
            raise ViewerClosed(code, reason) from exc


@contextlib.contextmanager
def open_viewer(
    address: Address, options: ClientOptions, *, origin: str | None = None, headers: Mapping[str, str] | None = None
) -> Iterator[ProbeViewer]:
    """Open a WebSocket to `address`, as a page of `origin` does. No asyncio loop may run.

    Raises:
        UpgradeRefused: an HTTP server answered with something else.
        HandshakeFailed: the answer is not HTTP, or a proxy refused.
        OSError: no answer.
    """
    proxy = Proxy.for_address(address)
    connecting = connect(
        address.url,
        ssl=options.tls_context() if address.is_secure else None,
        origin=origin,  # type: ignore[arg-type]  # a NewType of str
        additional_headers=headers,
        compression=None,
        proxy=None if proxy is None else proxy.url,
        open_timeout=TIMEOUT_S,
        close_timeout=CLOSE_TIMEOUT_S,
        ping_interval=None,
        max_size=MAX_BYTES,
        create_connection=_WithoutRedirects,
    )
    with asyncio.Runner() as runner:
        try:
            connection = runner.run(asyncio.wait_for(connecting, None))
        except (WebSocketException, EOFError, ImportError) as exc:  # a SOCKS proxy needs another package
            raise HandshakeFailed(str(exc)) from exc
        try:
            yield ProbeViewer(connection, runner)
        finally:
            runner.run(connection.close())


class _WithoutRedirects(ClientConnection):
    """Follows no redirect, like browsers, so that the report can show where it leads."""

    async def handshake(self, *args: object, **kwargs: object) -> None:
        try:
            await super().handshake(*args, **kwargs)  # type: ignore[arg-type]
        except InvalidStatus as exc:
            response = exc.response
            location = response.headers.get("Location", "")
            raise UpgradeRefused(Response(response.status_code, location, bytes(response.body or b""))) from exc
