"""Streams in a web application: endpoints for Starlette, FastAPI and whatever else speaks ASGI."""

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
from marimo_rfb.hub.viewer_socket import Handshake, SendBuffer, combine_headers
from marimo_rfb.stream.options import check_awaited
from marimo_rfb.stream.server import StreamServer
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.close_reason import close_reason
from marimo_rfb.wire.messages import CloseCode

__all__ = ["RfbEndpoint", "rfb_endpoint", "rfb_hub_endpoint"]

log = logging.getLogger(__name__)

MAX_UNSENT = 1000
# As long as a server that pings gives a browser to answer, and a little more.
SEND_TIMEOUT_S = 60.0
CLOSE_TIMEOUT_S = 2.0

# What ASGI defines; frameworks have names of their own for it.
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def rfb_endpoint(
    stream: Stream, *, authenticate: Authenticate | None = None, origins: tuple[str, ...] | list[str] = ()
) -> "RfbEndpoint":
    """Return an endpoint that shows one stream.

    `app.add_api_websocket_route("/rfb/scene", rfb_endpoint(stream))` in FastAPI; see `rfb_hub_endpoint` for others.

    Args:
        stream: whose pictures to show.
        authenticate: who may watch; see `rfb_hub_endpoint`.
        origins: whose pages may connect besides the application's own; see `rfb_hub_endpoint`.

    Raises:
        OptionError: an argument makes no sense.
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
    """Return an endpoint that shows all streams of a hub.

    `app.add_api_websocket_route("/rfb/{stream}", rfb_hub_endpoint(hub))` in FastAPI, where dependencies work too, and
    `app.router.routes.append(WebSocketRoute("/rfb/{stream}", rfb_hub_endpoint(hub)))` in Starlette, new and old. It can
    be awaited with the `websocket` of a function of one's own, and be mounted as an application; then the rest of the
    path names the stream.

    Args:
        hub: whose streams to show; it must have been started. Its own port need not be reachable.
        param: the parameter of the route's path that names the stream.
        authenticate: decides who may watch which stream, as that of `serve` does: by `cookies`, `headers`, `query`,
            `remote` and `stream` of the request; no token is asked for. An `async` one runs on the application's loop,
            another on a thread. `None`: as the hub does it, which is by the token of each stream unless told otherwise.
        origins: `https://example.org`, or `"*"`: whose pages may connect besides the application's own. Where a hook
            decides, another port of the same host is another origin, as cookies do not tell ports apart.

    Raises:
        OptionError: an argument makes no sense.
    """
    check_awaited(hub)
    if not isinstance(hub, Hub):
        raise OptionError(f"rfb_hub_endpoint takes a Hub, got {type(hub).__name__}; rfb_endpoint takes a Stream")
    return RfbEndpoint(hub, lambda scope: _stream_in(scope, param), authenticate, origins)


class RfbEndpoint:
    """Serves viewers whose sockets a web server holds. Made by `rfb_endpoint` and `rfb_hub_endpoint`.

    It is an ASGI application, and a function of a `WebSocket` where a framework calls it with one.
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
        # FastAPI looks here for what to call it with.
        parameter = inspect.Parameter("websocket", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=WebSocket)
        self.__signature__ = inspect.Signature([parameter])
        self._gone: tuple[type[Exception], ...] = (OSError, WebSocketDisconnect)

    async def __call__(self, websocket: Any, receive: Receive | None = None, send: Send | None = None) -> None:
        """Serve until one side closes. Takes a Starlette `WebSocket`, or scope, `receive` and `send` of ASGI."""
        if receive is None or send is None:
            # One that was accepted already is fine too.
            is_open = websocket.application_state.name == "CONNECTED"
            return await self._serve(websocket.scope, websocket.receive, websocket.send, is_open=is_open)
        match websocket["type"]:
            case "websocket":
                await self._serve(websocket, receive, send, is_open=False)
            case "http":
                await _answer_http(send)
            case other:
                raise OptionError(f"a stream is watched by a websocket, got {other!r}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, is_open: bool) -> None:
        name, handshake = self._name_of(scope), _handshake(scope)
        try:
            if not is_open:
                await receive()
                # Before anything is checked: of a handshake that was refused a page is told nothing.
                await send({"type": "websocket.accept"})
            await self._serve_viewer(name, handshake, receive, send)
        except self._gone as exc:
            log.debug("the browser left while it was sent something: %r", exc)

    async def _serve_viewer(self, name: str, handshake: Handshake, receive: Receive, send: Send) -> None:
        if self._access.authenticate is not None:
            origin, allowed = handshake.headers.get("origin"), self._access.origins
            if not any(is_own_page(origin, host=host, allowed=allowed) for host in handshake.hosts):
                reason = f"pages of {origin} may not watch; origins=[...] lets them"
                return await send(_closing(CloseCode.UNAUTHORIZED, reason))
            handshake.vouched = True
        outbox = _SendQueue(asyncio.get_running_loop())
        hook = None if self._hook is None else _LoopBoundHook(self._hook)
        access = self._access if hook is None else replace(self._access, authenticate=hook.ask)
        try:
            socket = core_of(self._hub).serve_viewer(outbox, name, handshake, access=access)
        except HubClosed as exc:
            log.log(logging.INFO if self._hub.closed else logging.ERROR, "nobody can watch: %s", exc)
            return await send(_closing(CloseCode.GOING_AWAY, str(exc)))
        try:
            await _until_one_ends(_read(receive, socket), outbox.write(send))
        finally:
            socket.connection_lost()
            if hook is not None:
                hook.end()


class _SendQueue:
    """What waits to be sent to one browser: a `ExternalTransport` to the hub, which fills it on its own thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[Message, int]] = deque()
        self._received = asyncio.Event()
        self._buffer = SendBuffer()
        # Each is written by one thread only.
        self._queued_bytes = 0
        self._sent_bytes = 0
        self._deadline_s = float("inf")
        self._timeout: asyncio.Timeout | None = None

    @property
    def has_room(self) -> bool:
        return self._buffer.has_room(self._queued_bytes - self._sent_bytes)

    def send(self, message: str | bytes) -> None:
        takes = self._buffer.accepts(message, self._queued_bytes - self._sent_bytes)
        if len(self._waiting) > MAX_UNSENT or not takes:
            # Words alone, as pictures ask for room: a browser that has read none of so many is not there any more.
            return self._call(self._set_timeout, 0.0)
        self._put({"type": "websocket.send", "bytes" if isinstance(message, bytes) else "text": message}, len(message))

    def close(self, code: int, reason: str) -> None:
        self._put(_closing(code, reason), 0)
        self._call(self._set_timeout, CLOSE_TIMEOUT_S)

    async def write(self, send: Send) -> None:
        """Send what comes, until a close is sent.

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
            self._sent_bytes += size
            if message["type"] == "websocket.close":
                return

    def _put(self, message: Message, size: int) -> None:
        self._queued_bytes += size
        self._waiting.append((message, size))
        self._call(self._received.set)

    def _set_timeout(self, timeout_s: float) -> None:
        self._deadline_s = min(self._deadline_s, self._loop.time() + timeout_s)
        if self._timeout is not None and not self._timeout.expired():  # one that expired cannot be told anything more
            self._timeout.reschedule(self._deadline_s)

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the application has ended, and nobody reads any more
            self._waiting.clear()


class _LoopBoundHook:
    """An `authenticate` that is asked on the application's loop, where what it awaits was made."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self._loop = asyncio.get_running_loop()
        self._asked: Future[Any] | None = None
        self._ended = False

    async def ask(self, context: AuthContext) -> Any:
        """Return the principal. On the hub's loop."""
        self._asked = asyncio.run_coroutine_threadsafe(call_hook(self._authenticate, context), self._loop)
        if self._ended:
            self._asked.cancel()
        try:
            return await asyncio.wrap_future(self._asked)
        except asyncio.CancelledError:
            if not self._ended:
                raise
            return None  # nobody is there to be told anything

    def end(self) -> None:
        """Ask no longer: the browser is gone. On the application's loop."""
        self._ended = True
        if self._asked is not None:
            self._asked.cancel()


async def _read(receive: Receive, socket: ExternalSocket) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        text: str | None = message.get("text")
        socket.data_received(message.get("bytes") or b"" if text is None else text)


async def _until_one_ends(*coroutines: Any) -> None:
    """Run all until the first has ended, and cancel the others; raise what one of them raised."""
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
    await send({"type": "http.response.body", "body": b"Here a stream is watched by a WebSocket.\n"})


def _closing(code: int, reason: str) -> Message:
    return {"type": "websocket.close", "code": int(code), "reason": close_reason(reason)}
