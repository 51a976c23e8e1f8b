"""Streams in a web application: endpoints for Starlette, FastAPI and other ASGI frameworks."""

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from marimo_rfb.errors import HubClosed, OptionError
from marimo_rfb.hub.access import AuthContext, Authenticate, is_own_page
from marimo_rfb.hub.authenticator import call_hook
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.external_socket import ExternalSocket
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.viewer_socket import CountedSendBuffer, Handshake, combine_headers
from marimo_rfb.stream.options import check_awaited
from marimo_rfb.stream.server import StreamServer
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.close_reason import close_reason
from marimo_rfb.wire.messages import CloseCode

__all__ = ["RfbEndpoint", "rfb_endpoint", "rfb_hub_endpoint"]

log = logging.getLogger(__name__)

MAX_UNSENT = 1000
# Slightly longer than servers with pings wait for a browser's pong.
SEND_TIMEOUT_S = 60.0
CLOSE_TIMEOUT_S = 2.0

# The types that ASGI defines; frameworks have their own names for them.
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def rfb_endpoint(
    stream: Stream, *, authenticate: Authenticate | None = None, origins: tuple[str, ...] | list[str] = ()
) -> "RfbEndpoint":
    """Return an endpoint that serves one stream.

    In FastAPI: `app.add_api_websocket_route("/rfb/scene", rfb_endpoint(stream))`; see `rfb_hub_endpoint` for others.

    Args:
        stream: the stream to serve.
        authenticate: decides who may watch; see `rfb_hub_endpoint`.
        origins: origins whose pages may connect, besides the application's own; see `rfb_hub_endpoint`.

    Raises:
        OptionError: an argument is invalid.
    """
    check_awaited(stream)
    if not isinstance(stream, Stream):
        raise OptionError(f"rfb_endpoint takes a Stream, got {type(stream).__name__}; rfb_hub_endpoint takes a Hub")
    return RfbEndpoint(stream.server, lambda _: stream.name, authenticate, origins)


def rfb_hub_endpoint(
    hub: Hub,
    param: str = "stream",
    *,
    authenticate: Authenticate | None = None,
    origins: tuple[str, ...] | list[str] = (),
) -> "RfbEndpoint":
    """Return an endpoint that serves all streams of a hub.

    In FastAPI: `app.add_api_websocket_route("/rfb/{stream}", rfb_hub_endpoint(hub))`, also with dependencies. In
    Starlette, new and old: `app.router.routes.append(WebSocketRoute("/rfb/{stream}", rfb_hub_endpoint(hub)))`. Your own
    endpoint function may await it with its `websocket`. It may also be mounted as an application; then the rest of the
    path names the stream.

    Args:
        hub: the hub whose streams to serve; it must be started. Its own port need not be reachable.
        param: the path parameter that names the stream.
        authenticate: decides who may watch which stream, like that of `serve`: by `cookies`, `headers`, `query`,
            `remote` and `stream` of the request; it replaces the token check. An `async` hook runs on the application's
            loop, any other on a thread. `None` uses the hub's access options: by default the token of each stream.
        origins: origins (`https://example.org`) whose pages may connect, besides the application's own, or `"*"` for
            all. With a hook, another port of the same host is another origin, because cookies ignore ports.

    Raises:
        OptionError: an argument is invalid.
    """
    check_awaited(hub)
    if not isinstance(hub, Hub):
        raise OptionError(f"rfb_hub_endpoint takes a Hub, got {type(hub).__name__}; rfb_endpoint takes a Stream")
    return RfbEndpoint(hub, lambda scope: _stream_in(scope, param), authenticate, origins)


class RfbEndpoint:
    """Serves viewers over the sockets of a web server. Made by `rfb_endpoint` and `rfb_hub_endpoint`.

    It is an ASGI application, and an endpoint function for frameworks that pass a `WebSocket`.
    """

    def __init__(
        self,
        hub: StreamServer,
        name_of: Callable[[Scope], str],
        authenticate: Authenticate | None,
        origins: tuple[str, ...] | list[str],
    ) -> None:
        from starlette.websockets import WebSocket, WebSocketDisconnect

        self._hub = hub
        self._name_of = name_of
        self._hook = authenticate
        self._access = replace(hub.access, origins=(*hub.access.origins, *origins))
        if authenticate is not None:
            self._access = replace(self._access, authenticate=authenticate)
        # FastAPI reads the signature to choose the arguments.
        parameter = inspect.Parameter("websocket", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=WebSocket)
        self.__signature__ = inspect.Signature([parameter])
        self._gone: tuple[type[Exception], ...] = (OSError, WebSocketDisconnect)

    async def __call__(self, websocket: Any, receive: Receive | None = None, send: Send | None = None) -> None:
        """Serve until one side closes. Takes a Starlette `WebSocket`, or the ASGI `scope`, `receive` and `send`."""
        if receive is None or send is None:
            # The WebSocket may have been accepted already.
            is_open = websocket.application_state.name == "CONNECTED"
            return await self._serve(websocket.scope, websocket.receive, websocket.send, is_open=is_open)
        match websocket["type"]:
            case "websocket":
                await self._serve(websocket, receive, send, is_open=False)
            case "http":
                await _answer_http(send)
            case other:
                raise OptionError(f"streams are served over WebSockets, got scope type {other!r}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, is_open: bool) -> None:
        name, handshake = self._name_of(scope), _handshake(scope)
        try:
            if not is_open:
                await receive()
                # Before any check: a page sees no reason if its handshake is rejected.
                await send({"type": "websocket.accept"})
            await self._serve_viewer(name, handshake, receive, send)
        except self._gone as exc:
            log.debug("the browser disconnected during a send: %r", exc)

    async def _serve_viewer(self, name: str, handshake: Handshake, receive: Receive, send: Send) -> None:
        if self._access.authenticate is not None:
            origin, allowed = handshake.headers.get("origin"), self._access.origins
            if not any(is_own_page(origin, host=host, allowed=allowed) for host in handshake.hosts):
                reason = f"pages of {origin} may not watch; origins=[...] lets them"
                return await send(_closing(CloseCode.UNAUTHORIZED, reason))
            handshake.vouched = True
        send_queue = _SendQueue(asyncio.get_running_loop())
        hook = None if self._hook is None else _LoopBoundHook(self._hook)
        access = self._access if hook is None else replace(self._access, authenticate=hook.ask)
        try:
            socket = core_of(self._hub).serve_viewer(send_queue, name, handshake, access=access)
        except HubClosed as exc:
            log.log(logging.INFO if self._hub.closed else logging.ERROR, "cannot serve a viewer: %s", exc)
            return await send(_closing(CloseCode.GOING_AWAY, str(exc)))
        send_queue.on_room = socket.room_available
        try:
            await _until_one_ends(_read(receive, socket), send_queue.write(send))
        finally:
            socket.connection_lost()
            if hook is not None:
                hook.end()


class _SendQueue:
    """Send queue of one browser: the hub's `ExternalTransport`, which the hub's thread fills."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[Message, int]] = deque()
        self._received = asyncio.Event()
        self.on_room: Callable[[], None] = lambda: None
        self._buffer = CountedSendBuffer(lambda: self.on_room())
        self._deadline_s = float("inf")
        self._timeout: asyncio.Timeout | None = None

    @property
    def has_room(self) -> bool:
        return self._buffer.has_room

    @property
    def is_congested(self) -> bool:
        return self._buffer.is_congested

    def send(self, message: str | bytes) -> None:
        if len(self._waiting) > MAX_UNSENT or not self._buffer.queue(message):
            # Only text gets here, because pictures check for room: the browser has read nothing and is gone.
            return self._call(self._set_timeout, 0.0)
        self._put({"type": "websocket.send", "bytes" if isinstance(message, bytes) else "text": message}, len(message))

    def close(self, code: int, reason: str) -> None:
        self._put(_closing(code, reason), 0)
        self._call(self._set_timeout, CLOSE_TIMEOUT_S)

    async def write(self, send: Send) -> None:
        """Send the queued messages until a close is sent.

        Raises:
            TimeoutError: the browser does not read.
        """
        while True:
            while not self._waiting:
                self._received.clear()
                await self._received.wait()
            message, size = self._waiting.popleft()
            end_s = min(self._loop.time() + SEND_TIMEOUT_S, self._deadline_s)
            async with asyncio.timeout_at(end_s) as self._timeout:
                await send(message)
            self._timeout = None
            self._buffer.on_sent(size)
            if message["type"] == "websocket.close":
                return

    def _put(self, message: Message, size: int) -> None:
        self._waiting.append((message, size))
        self._call(self._received.set)

    def _set_timeout(self, timeout_s: float) -> None:
        self._deadline_s = min(self._deadline_s, self._loop.time() + timeout_s)
        if self._timeout is not None and not self._timeout.expired():  # an expired one cannot be rescheduled
            self._timeout.reschedule(self._deadline_s)

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the application's loop is closed
            self._waiting.clear()


class _LoopBoundHook:
    """Calls `authenticate` on the application's loop, to which the objects that it awaits belong."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self._loop = asyncio.get_running_loop()
        self._future: Future[Any] | None = None
        self._ended = False

    async def ask(self, context: AuthContext) -> Any:
        """Return the principal. Called on the hub's loop."""
        self._future = asyncio.run_coroutine_threadsafe(call_hook(self._authenticate, context), self._loop)
        if self._ended:
            self._future.cancel()
        try:
            return await asyncio.wrap_future(self._future)
        except asyncio.CancelledError:
            if not self._ended:
                raise
            return None  # the browser is gone

    def end(self) -> None:
        """Cancel the call, because the browser is gone. Called on the application's loop."""
        self._ended = True
        if self._future is not None:
            self._future.cancel()


async def _read(receive: Receive, socket: ExternalSocket) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        text: str | None = message.get("text")
        socket.data_received(message.get("bytes") or b"" if text is None else text)


async def _until_one_ends(*coroutines: Any) -> None:
    """Run all until the first one ends, then cancel the others; raise the first exception of any of them."""
    tasks = [asyncio.ensure_future(each) for each in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _stream_in(scope: Scope, param: str) -> str:
    params = scope.get("path_params") or {}
    if param in params:
        return str(params[param])
    if params:
        names = ", ".join(f"{{{name}}}" for name in params)
        raise OptionError(f"the route's path has {names} and no {{{param}}}; rfb_hub_endpoint(hub, param=...) names it")
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root).strip("/")


def _handshake(scope: Scope) -> Handshake:
    headers = combine_headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    path = (scope.get("raw_path") or quote(scope["path"], errors="replace").encode()).decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    remote = scope.get("client")
    return Handshake(
        headers, target=f"{path}?{query}", remote=None if remote is None else (str(remote[0]), int(remote[1] or 0))
    )


async def _answer_http(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"upgrade", b"websocket"), (b"connection", b"upgrade")]
    await send({"type": "http.response.start", "status": 426, "headers": headers})
    await send({"type": "http.response.body", "body": b"This endpoint serves WebSockets.\n"})


def _closing(code: int, reason: str) -> Message:
    return {"type": "websocket.close", "code": int(code), "reason": close_reason(reason)}
