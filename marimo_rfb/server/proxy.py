"""WebSocket proxy between a page and the hub of a kernel."""

import asyncio
import contextlib
import json
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Container, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from marimo_rfb.hub import hub_discovery
from marimo_rfb.hub.viewer_socket import ProxyHeader, combine_headers
from marimo_rfb.server.no_deflate import disable_deflate
from marimo_rfb.server.page_socket import PageSocket
from marimo_rfb.version import VERSION
from marimo_rfb.wire.close_reason import close_reason
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, CloseCode

__all__ = ["is_own", "proxy_websocket", "respond"]

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_SOCKETS = 512
OPEN_TIMEOUT_S = 5.0
# Equal to the hub's.
HELLO_TIMEOUT_S = 5.0
# Additional origins (https://example.org) whose pages may connect through this server, separated by commas.
ORIGINS = "MARIMO_RFB_ORIGINS"
HUB_SLOW = "the kernel does not answer"
HUB_GONE = "the kernel that showed this stream has ended; run the cell again"

# Stream names need no escapes, so none are accepted.
_TARGET = re.compile(rf"({hub_discovery.HUB_ID.pattern})/[A-Za-z0-9][A-Za-z0-9._~-]{{0,99}}")
_HOP_BY_HOP = frozenset(
    ["connection", "upgrade", "host", "keep-alive", "te", "trailer", "transfer-encoding", "proxy-authorization"]
)

# Characters allowed in a request line or header; others could end it and inject another one.
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_open_sockets = 0


async def respond(path: str, send: Send) -> None:
    """Answer an HTTP request; pages and the doctor detect the proxy by `/rfb/health`."""
    found = path == "health"
    body = json.dumps(
        {"status": "ok", "version": VERSION} if found else {"error": "only /rfb/health and WebSockets are served here"}
    ).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True)
class _Hello:
    """A page's first message, and for how long its socket was open before it came: about a round trip."""

    message: Message
    waited_s: float


async def proxy_websocket(
    path: str, folder: Path, known: Container[str], scope: Scope, receive: Receive, send: Send
) -> None:
    """Forward messages between a page and its hub until either closes; reject a page by a close with a reason."""
    message = await receive()
    if message["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})  # a page sees no reason if its handshake is rejected
    refusal = _refusal(path, scope, known)
    if refusal is not None:
        return await _close(send, *refusal)
    # Wait for the hello before connecting, so that a silent socket takes no connection of the hub.
    opened_s = time.monotonic()
    try:
        async with asyncio.timeout(HELLO_TIMEOUT_S):
            first = await receive()
    except TimeoutError:
        return await _close(send, CloseCode.NO_HELLO, f"no hello within {HELLO_TIMEOUT_S:g} s")
    if first["type"] == "websocket.receive":
        await _open_proxy(_Hello(first, time.monotonic() - opened_s), path, folder, scope, receive, send)


async def _open_proxy(hello: _Hello, path: str, folder: Path, scope: Scope, receive: Receive, send: Send) -> None:
    global _open_sockets
    hub_id, _, stream = path.partition("/")
    address = hub_discovery.find_hub(folder, hub_id)
    if address is None:
        return await _close(send, CloseCode.NOT_FOUND, HUB_GONE)
    if _open_sockets >= MAX_SOCKETS:
        return await _close(send, CloseCode.TOO_MANY, f"this server has reached its limit of {MAX_SOCKETS} sockets")
    _open_sockets += 1
    try:
        ended = await _proxy_to_hub(address, stream, hello, scope, receive, send)
    finally:
        _open_sockets -= 1
    # No longer counted, because a page may answer a close slowly.
    await _close(send, *ended)


async def _proxy_to_hub(
    address: hub_discovery.HubAddress, stream: str, hello: _Hello, scope: Scope, receive: Receive, send: Send
) -> tuple[int, str]:
    """Forward messages in both directions until one side ends; return code and reason of the page's close."""
    try:
        async with _hub_socket(address, stream, _headers(scope, address, hello)) as hub:
            disable_deflate(receive)
            return await _forward(hub, hello.message, receive, send)
    except TimeoutError:
        # Busy, not gone: with this code the page reconnects.
        return CloseCode.GOING_AWAY, HUB_SLOW
    except (OSError, InvalidHandshake):
        return CloseCode.NOT_FOUND, HUB_GONE


def is_own(scope: Scope, known: Container[str]) -> bool:
    """Return whether a page is this server's own, or the client sent no origin: then only the token rejects it.

    Args:
        scope: of the handshake.
        known: origins learned from browsers, for proxies that report neither the server's name nor its port as the
            page sees them.
    """
    headers = _decoded(scope)
    origin = headers.get("origin")
    if origin is None or _is_allowed(origin, scope) or origin.lower() in known:
        return True
    try:
        page = urlsplit(origin)
        host, port = _host_and_port(page.netloc)
        own = [_host_and_port(name) for name in _own_names(headers)]
    except ValueError:
        return False
    default_port = {"http": 80, "https": 443}.get(page.scheme)
    if default_port is None or not host:
        return False
    return any((host, port or default_port) == (own_host, own_port or default_port) for own_host, own_port in own)


def _is_allowed(origin: str, scope: Scope) -> bool:
    state = getattr(scope.get("app"), "state", None)
    named = [*(getattr(state, "allow_origins", None) or ()), *os.environ.get(ORIGINS, "").split(",")]
    allowed = {each.strip().rstrip("/") for each in named} - {""}
    return "*" in allowed or origin in allowed


def _own_names(headers: Mapping[str, str]) -> list[str]:
    forwarded = headers.get("x-forwarded-host", "").partition(",")[0].strip()
    return [name for name in (headers.get("host", ""), forwarded) if name]


def _host_and_port(netloc: str) -> tuple[str, int | None]:
    parts = urlsplit(f"//{netloc}")
    return (parts.hostname or "").lower(), parts.port


def _refusal(path: str, scope: Scope, known: Container[str]) -> tuple[CloseCode, str] | None:
    if not _TARGET.fullmatch(path):
        return CloseCode.NOT_FOUND, "there is nothing at this address"
    # Checked as marimo itself does: `scope["user"]` may be anything that an enclosing app has set.
    if "read" not in getattr(scope.get("auth"), "scopes", ()):
        return CloseCode.UNAUTHORIZED, "log in to marimo again"
    if not is_own(scope, known):
        return CloseCode.UNAUTHORIZED, f"pages of another origin may not watch; {ORIGINS} lets them"
    return None


def _hub_socket(address: hub_discovery.HubAddress, stream: str, headers: Mapping[str, str]) -> connect:
    options: dict[str, Any] = {
        "additional_headers": headers,
        "user_agent_header": None,
        "compression": None,
        "max_size": None,  # our own hub is trusted
        # Unread messages wait in the hub, which limits them, and not here.
        "max_queue": 0,
        "ping_interval": None,
        "open_timeout": OPEN_TIMEOUT_S,
        "close_timeout": 1.0,
        "proxy": None,
    }
    if address.path:
        return unix_connect(address.path, uri=f"ws://localhost/{stream}", **options)
    return connect(f"ws://127.0.0.1:{address.port}/{stream}", **options)


def _headers(scope: Scope, address: hub_discovery.HubAddress, hello: _Hello) -> dict[str, str]:
    headers = _decoded(scope)
    # The raw path: a decoded one may contain line breaks.
    target = (
        (scope.get("raw_path") or quote(scope["path"], errors="replace").encode()).decode("latin-1").partition("?")[0]
    )
    query = scope.get("query_string", b"").decode("latin-1")
    remote = scope.get("client") or ("", 0)
    forwarded = {
        name: value
        for name, value in headers.items()
        if name not in _HOP_BY_HOP and not name.startswith(("sec-websocket-", "x-rfb-"))
    }
    added = {
        ProxyHeader.secret: address.secret,
        ProxyHeader.host: headers.get("host", ""),
        ProxyHeader.target: target + (f"?{query}" if query else ""),
        ProxyHeader.remote: f"{remote[0]} {remote[1]}",
        ProxyHeader.origin: "own",
        ProxyHeader.hello_ms: str(round(hello.waited_s * 1000)),
        ProxyHeader.version: VERSION,
    }
    return {name: value for name, value in (forwarded | added).items() if _VALUE.fullmatch(value)}


def _decoded(scope: Scope) -> dict[str, str]:
    return combine_headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])


async def _forward(hub: ClientConnection, first: Message, receive: Receive, send: Send) -> tuple[int, str]:
    up = asyncio.create_task(_forward_up(hub, first, receive))
    down = asyncio.create_task(_forward_down(hub, send, PageSocket(receive)))
    try:
        await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (up, down):
            task.cancel()
        results = await asyncio.gather(up, down, return_exceptions=True)
    for result in results:
        # Each server reports a lost connection by an exception of its own.
        if isinstance(result, Exception) and not isinstance(result, ConnectionClosed):
            log.debug("a socket to a page has ended", exc_info=result)
    if not up.cancelled() and up.exception() is None and (refusal := up.result()) is not None:
        return refusal
    if hub.close_code is not None and hub.protocol.close_rcvd is not None:
        return hub.protocol.close_rcvd.code, hub.protocol.close_rcvd.reason
    return CloseCode.GOING_AWAY, HUB_GONE


async def _forward_up(hub: ClientConnection, message: Message, receive: Receive) -> tuple[CloseCode, str] | None:
    with contextlib.suppress(ConnectionClosed):
        while message["type"] == "websocket.receive":
            text = message.get("text")
            payload = (message.get("bytes") or b"") if text is None else text.encode(errors="replace")
            if len(payload) > MAX_CONTROL_BYTES:
                return CloseCode.TOO_BIG, f"a message has at most {MAX_CONTROL_BYTES} bytes"
            await hub.send(payload, text=text is not None)
            message = await receive()
    return None


async def _forward_down(hub: ClientConnection, send: Send, page: PageSocket) -> None:
    async for message in hub:
        if isinstance(message, bytes):
            await send({"type": "websocket.send", "bytes": message})
        else:
            await send({"type": "websocket.send", "text": message})
        # The next picture waits in the hub, where a newer one replaces it.
        await page.drained()


async def _close(send: Send, code: int, reason: str) -> None:
    with contextlib.suppress(Exception):  # the page may be gone already, for which servers raise different exceptions
        await send({"type": "websocket.close", "code": int(code), "reason": close_reason(reason)})
