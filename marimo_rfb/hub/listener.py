"""Listener of a hub: WebSockets for viewers, and a few HTTP routes."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from marimo_rfb.errors import OptionError, PortInUse
from marimo_rfb.hub.access import AccessOptions, host_fits, is_loopback
from marimo_rfb.hub.admission import Admission, AdmissionControl
from marimo_rfb.hub.authenticator import Authenticator
from marimo_rfb.hub.connection import Connection
from marimo_rfb.hub.fanout import Fanout
from marimo_rfb.hub.hub_discovery import HubEndpoint, make_endpoint
from marimo_rfb.hub.routes import Directory, refuse, respond, split_target
from marimo_rfb.hub.tracked_socket import TrackedSocket
from marimo_rfb.hub.viewer_socket import (
    BoundedConnection,
    Handshake,
    ProxyHeader,
    ViewerSocket,
    ViewerWebSocket,
    combine_headers,
    network_of,
)
from marimo_rfb.stream.options import as_integer
from marimo_rfb.version import VERSION, middleware_skew
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, CloseCode

__all__ = ["ListenOptions", "Listener"]

log = logging.getLogger(__name__)


def _is_worth_logging(record: logging.LogRecord) -> bool:
    return record.getMessage() not in ("opening handshake failed", "parser failed")


# A client's malformed request is not our error and would fill the log with tracebacks; errors of our handlers remain.
_websockets_log = logging.getLogger(f"{__name__}.websockets")
_websockets_log.addFilter(_is_worth_logging)

OPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 2.0
GOODBYE_TIMEOUT_S = 0.5
UNKNOWN_HOST = "this hub answers only to names of its own machine; allowed_hosts=[...] adds others"
_WILDCARDS = ("", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenOptions:
    """Where a hub listens: `rfb.Hub(listen=rfb.ListenOptions(port=8765))`; `serve` takes its fields as keywords.

    Attributes:
        host: the address or name to bind; default `"127.0.0.1"`, this machine only.
        port: the TCP port, 0 to 65535; the default 0 lets the system choose a free one.

    Raises:
        OptionError: a value is invalid.
    """

    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.host, str):
            raise OptionError(f"host is an address or a name, got {self.host!r}")
        port = as_integer(self.port)
        if port is None or not 0 <= port <= 65535:
            raise OptionError(f"port is an integer from 0 to 65535, got {self.port!r}")
        object.__setattr__(self, "port", port)  # the dataclass is frozen

    @property
    def is_wildcard(self) -> bool:
        """Whether it binds all addresses of this machine."""
        return self.host in _WILDCARDS


class StreamDirectory(Directory, Protocol):
    """What the listener requires of its hub: also the fanout of a stream."""

    def fanout(self, name: str) -> Fanout | None: ...


class Listener:
    """Accepts sockets and runs a `Connection` for each. Hub's loop only."""

    def __init__(
        self, options: ListenOptions, access: AccessOptions, directory: StreamDirectory, *, token: str
    ) -> None:
        self.options = options
        self.port = 0
        self._access = access
        self._directory = directory
        self._token = token
        self._server: Server | None = None
        # For marimo's server, if it runs our middleware.
        self._endpoint: HubEndpoint | None = None
        self._endpoint_server: Server | None = None
        self._connections: dict[Connection, Fanout] = {}
        self._admission_control = AdmissionControl()
        self._authenticator = Authenticator()
        # Allowed host names; `None` for any.
        self._hosts: tuple[str, ...] | None = None
        # Including sockets that never got a `Connection`.
        self._admissions: dict[ServerConnection, Admission] = {}

    async def start(self) -> None:
        """Start to listen.

        Raises:
            PortInUse: another program has the port.
            OptionError: the host is not an address of this machine, or the port is not permitted.
        """
        listening = TrackedSocket.of(_bind(self.options))
        address, self.port = listening.getsockname()[:2]
        if self._access.is_open and is_loopback(address):
            self._hosts = (self.options.host, *self._access.allowed_hosts)
        self._server = await self._listen(listening, self._serve)
        await self._open_endpoint()

    async def _listen(self, listening: socket.socket, handler: Callable[[ServerConnection], Awaitable[None]]) -> Server:
        admission_control, admissions = self._admission_control, self._admissions

        class AdmittedConnection(BoundedConnection):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                client = network_of(transport.get_extra_info("peername") or None)
                admissions[self] = admission_control.request(client, self.transport.abort)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                admissions.pop(self).release()

        return await serve(
            handler,
            sock=listening,
            process_request=self._process_request,
            create_connection=AdmittedConnection,
            compression=None,  # the payloads are compressed already; deflating them again took most of the CPU
            write_limit=0,
            max_size=MAX_CONTROL_BYTES,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            server_header=None,
            logger=_websockets_log,
        )

    async def _open_endpoint(self) -> None:
        try:
            self._endpoint = make_endpoint()
        except OSError as exc:
            log.warning("pages cannot reach the hub through marimo's server: %s", exc)
        if self._endpoint is not None:
            self._endpoint_server = await self._listen(TrackedSocket.of(self._endpoint.socket), self._serve_proxied)

    @property
    def id(self) -> str:
        """The identifier by which marimo's server finds the hub; empty without such a server."""
        return "" if self._endpoint is None else self._endpoint.hub_id

    async def stop(self) -> None:
        """Free the port and disconnect every viewer."""
        if self._server is None:
            return
        # Not `wait_closed`: it waits for every socket that a browser opened speculatively and never used.
        self._server.close(close_connections=False)
        if self._endpoint is not None and self._endpoint_server is not None:
            self._endpoint.remove()
            self._endpoint_server.close(close_connections=False)
        await asyncio.sleep(0)  # the server closes the listening socket in a task of its own
        await self.disconnect(None, "the hub was closed")
        for connection in list(self._admissions):
            connection.transport.abort()

    async def disconnect(self, fanout: Fanout | None, reason: str) -> None:
        """Close the sockets of one stream, or of all with `None`; does not wait long for peers that do not answer."""
        leaving = [c for c, of in self._connections.items() if fanout is None or of is fanout]
        for connection in leaving:
            connection.close(CloseCode.GOING_AWAY, reason)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_TIMEOUT_S):
                await asyncio.gather(*(connection.closed() for connection in leaving))

    async def serve_viewer(self, socket: ViewerSocket, name: str, access: AccessOptions | None = None) -> None:
        """Serve a viewer of the stream `name` until its socket is closed; `access` overrides the hub's options."""
        admission = self._admission_control.request(socket.handshake.client, socket.abort)
        try:
            await self._serve_viewer(socket, name, access or self._access, admission)
        finally:
            admission.release()

    async def _serve_viewer(self, socket: ViewerSocket, name: str, access: AccessOptions, admission: Admission) -> None:
        fanout = self._directory.fanout(name or "default")
        if fanout is None:
            await socket.close(CloseCode.NOT_FOUND, f"no stream {name[:60]!r} here")
            return
        connection = Connection(socket, fanout, access, admission=admission, authenticator=self._authenticator)
        self._connections[connection] = fanout
        try:
            await connection.run()
        finally:
            del self._connections[connection]

    async def _serve(self, socket: ServerConnection) -> None:
        target, headers = _request_of(socket)
        remote = socket.remote_address
        handshake = Handshake(headers, target=target, remote=(remote[0], remote[1]) if remote else None)
        assert isinstance(socket, BoundedConnection)
        web_socket = ViewerWebSocket(socket, handshake)
        if not self._accepts_host(headers.get("host", "")):
            return await web_socket.close(CloseCode.UNAUTHORIZED, UNKNOWN_HOST)
        await self._serve_web_socket(web_socket, socket, target)

    async def _serve_proxied(self, socket: ServerConnection) -> None:
        target, headers = _request_of(socket)
        assert self._endpoint is not None
        if not self._endpoint.admits(headers.get(ProxyHeader.secret, "")):
            await socket.close(CloseCode.UNAUTHORIZED, "this endpoint is for marimo's server only")
            return
        skew = middleware_skew(headers.get(ProxyHeader.version), VERSION)
        if skew:
            await socket.close(CloseCode.VERSION, skew)
            return
        assert isinstance(socket, BoundedConnection)
        web_socket = ViewerWebSocket(socket, Handshake.proxied(headers), is_relayed=True)
        await self._serve_web_socket(web_socket, socket, target)

    async def _serve_web_socket(self, web_socket: ViewerWebSocket, socket: ServerConnection, target: str) -> None:
        admission = self._admissions.get(socket)
        if admission is not None:  # otherwise the socket is closed already
            admission.client = web_socket.handshake.client
            await self._serve_viewer(web_socket, _stream_of(target), self._access, admission)

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        headers = combine_headers(request.headers.raw_items())
        if "upgrade" in headers.get("connection", "").lower():
            return None
        if getattr(request, "method", "GET") != "GET":  # older versions of websockets reject these themselves
            status, body = refuse(HTTPStatus.METHOD_NOT_ALLOWED, "only GET is supported")
        elif not self._accepts_host(headers.get("host", "")):
            status, body = refuse(HTTPStatus.FORBIDDEN, UNKNOWN_HOST)
        else:
            authorization = headers.get("authorization", "")
            status, body = respond(request.path, authorization, token=self._token, directory=self._directory)
        response = connection.respond(HTTPStatus(status), body)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _accepts_host(self, host: str) -> bool:
        return self._hosts is None or host_fits(host, allowed=self._hosts)


def _request_of(socket: ServerConnection) -> tuple[str, dict[str, str]]:
    assert socket.request is not None
    return socket.request.path, combine_headers(socket.request.headers.raw_items())


def _stream_of(target: str) -> str:
    path, _ = split_target(target)
    return unquote(path.strip("/"))


def _bind(options: ListenOptions) -> socket.socket:
    # One address only: "localhost" may resolve to two, and port 0 would give each of them a different port.
    host = "127.0.0.1" if options.host == "localhost" else options.host or "0.0.0.0"
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
        except BaseException:
            listening.close()
            raise
        return listening
    except OSError as exc:
        where = f"{options.host}:{options.port}"
        if exc.errno == errno.EADDRINUSE:
            message = f"{where} is taken by another program or hub; use port=0 for a free one"
            raise PortInUse(errno.EADDRINUSE, message) from exc
        raise OptionError(f"cannot listen on {where}: {exc}") from exc
