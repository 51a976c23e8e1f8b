"""Passes a page's socket on to the hub of a kernel."""

import asyncio
import contextlib
import json
import logging
import os
import re
from collections.abc import Awaitable, Callable, Container, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from marimo_rfb.hub import hub_discovery
from marimo_rfb.hub.viewer_socket import ProxyHeader, combine_headers
from marimo_rfb.server.no_deflate import disable_deflate
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
# As long as a hub waits.
HELLO_TIMEOUT_S = 5.0
# Further origins (https://example.org) whose pages may connect through this server, with commas between.
ORIGINS = "MARIMO_RFB_ORIGINS"
HUB_SLOW = "the kernel does not answer"
HUB_GONE = "the kernel that showed this stream has ended; run the cell again"

# A stream's name needs no escapes, and has none.
_TARGET = re.compile(rf"({hub_discovery.HUB_ID.pattern})/[A-Za-z0-9][A-Za-z0-9._~-]{{0,99}}")
_HOP_BY_HOP = frozenset(
    ["connection", "upgrade", "host", "keep-alive", "te", "trailer", "transfer-encoding", "proxy-authorization"]
)

# What a request line or a header may hold; anything else could end it and begin another.
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_open_sockets = 0


async def respond(path: str, send: Send) -> None:
    """Answer a plain request: `/rfb/health` tells pages and the doctor that sockets are passed on here."""
    found = path == "health"
    body = json.dumps(
        {"status": "ok", "version": VERSION} if found else {"error": "there is /rfb/health, and sockets"}
    ).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def proxy_websocket(
    path: str, folder: Path, known: Container[str], scope: Scope, receive: Receive, send: Send
) -> None:
    """Connect a page with its hub until either of them ends; a page that may not is told why by the close."""
    message = await receive()
    if message["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})  # or the page would never see why it is closed
    refusal = _refusal(path, scope, known)
    if refusal is not None:
        return await _close(send, *refusal)
    # A socket that says nothing costs this process one descriptor, and the hub none.
    try:
        async with asyncio.timeout(HELLO_TIMEOUT_S):
            first = await receive()
    except TimeoutError:
        return await _close(send, CloseCode.NO_HELLO, f"no hello within {HELLO_TIMEOUT_S:g} s")
    if first["type"] == "websocket.receive":
        await _open_proxy(first, path, folder, scope, receive, send)


async def _open_proxy(first: Message, path: str, folder: Path, scope: Scope, receive: Receive, send: Send) -> None:
    global _open_sockets
    hub_id, _, stream = path.partition("/")
    address = hub_discovery.find_hub(folder, hub_id)
    if address is None:
        return await _close(send, CloseCode.NOT_FOUND, HUB_GONE)
    if _open_sockets >= MAX_SOCKETS:
        return await _close(send, CloseCode.TOO_MANY, f"this server has {MAX_SOCKETS} sockets open, the most it may")
    _open_sockets += 1
    try:
        ended = await _proxy_to_hub(address, stream, first, scope, receive, send)
    finally:
        _open_sockets -= 1
    # Not counted any more: a page may take its time to answer a close.
    await _close(send, *ended)


async def _proxy_to_hub(
    address: hub_discovery.HubAddress, stream: str, first: Message, scope: Scope, receive: Receive, send: Send
) -> tuple[int, str]:
    """Carry messages both ways until one side ends, and return how the page is to be told."""
    try:
        async with _hub_socket(address, stream, _headers(scope, address)) as hub:
            disable_deflate(receive)
            return await _pump(hub, first, receive, send)
    except TimeoutError:
        # Busy, not gone: the page comes again.
        return CloseCode.GOING_AWAY, HUB_SLOW
    except (OSError, InvalidHandshake):
        return CloseCode.NOT_FOUND, HUB_GONE


def is_own(scope: Scope, known: Container[str]) -> bool:
    """Tell whether a page is this server's own; a client without an origin is no page, and the token stops it.

    Args:
        scope: of the handshake.
        known: origins that browsers have vouched for: behind a proxy that tells neither the page's name for this server
            nor its port there is no other way to know.
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
    usual = {"http": 80, "https": 443}.get(page.scheme)
    if usual is None or not host:
        return False
    return any((host, port or usual) == (own_host, own_port or usual) for own_host, own_port in own)


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
    # As marimo itself asks: `scope["user"]` may be anything that the app around it has put there.
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
        "max_size": None,  # what a hub of ours sends
        # What a page does not read waits in the hub, where it is bounded, and not here.
        "max_queue": 1,
        "ping_interval": None,
        "open_timeout": OPEN_TIMEOUT_S,
        "close_timeout": 1.0,
        "proxy": None,
    }
    if address.path:
        return unix_connect(address.path, uri=f"ws://localhost/{stream}", **options)
    return connect(f"ws://127.0.0.1:{address.port}/{stream}", **options)


def _headers(scope: Scope, address: hub_discovery.HubAddress) -> dict[str, str]:
    headers = _decoded(scope)
    # As it was written: a path that is decoded may hold the end of the line.
    target = (
        (scope.get("raw_path") or quote(scope["path"], errors="replace").encode()).decode("latin-1").partition("?")[0]
    )
    query = scope.get("query_string", b"").decode("latin-1")
    remote = scope.get("client") or ("", 0)
    passed = {
        name: value
        for name, value in headers.items()
        if name not in _HOP_BY_HOP and not name.startswith(("sec-websocket-", "x-rfb-"))
    }
    told = {
        ProxyHeader.secret: address.secret,
        ProxyHeader.host: headers.get("host", ""),
        ProxyHeader.target: target + (f"?{query}" if query else ""),
        ProxyHeader.remote: f"{remote[0]} {remote[1]}",
        ProxyHeader.origin: "own",
        ProxyHeader.version: VERSION,
    }
    return {name: value for name, value in (passed | told).items() if _VALUE.fullmatch(value)}


def _decoded(scope: Scope) -> dict[str, str]:
    return combine_headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])


async def _pump(hub: ClientConnection, first: Message, receive: Receive, send: Send) -> tuple[int, str]:
    up = asyncio.create_task(_pump_up(hub, first, receive))
    down = asyncio.create_task(_pump_down(hub, send))
    try:
        await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (up, down):
            task.cancel()
        ends = await asyncio.gather(up, down, return_exceptions=True)
    for end in ends:
        # That a page is gone each server tells in its own way.
        if isinstance(end, Exception) and not isinstance(end, ConnectionClosed):
            log.debug("a socket to a page has ended", exc_info=end)
    if not up.cancelled() and up.exception() is None and (refused := up.result()) is not None:
        return refused
    if hub.close_code is not None and hub.protocol.close_rcvd is not None:
        return hub.protocol.close_rcvd.code, hub.protocol.close_rcvd.reason
    return CloseCode.GOING_AWAY, HUB_GONE


async def _pump_up(hub: ClientConnection, message: Message, receive: Receive) -> tuple[CloseCode, str] | None:
    with contextlib.suppress(ConnectionClosed):
        while message["type"] == "websocket.receive":
            text = message.get("text")
            said = (message.get("bytes") or b"") if text is None else text.encode(errors="replace")
            if len(said) > MAX_CONTROL_BYTES:
                return CloseCode.TOO_BIG, f"a message has at most {MAX_CONTROL_BYTES} bytes"
            await hub.send(said, text=text is not None)
            message = await receive()
    return None


async def _pump_down(hub: ClientConnection, send: Send) -> None:
    async for message in hub:
        if isinstance(message, bytes):
            await send({"type": "websocket.send", "bytes": message})
        else:
            await send({"type": "websocket.send", "text": message})


async def _close(send: Send, code: int, reason: str) -> None:
    with contextlib.suppress(Exception):  # the page may be gone already, which servers tell in different ways
        await send({"type": "websocket.close", "code": int(code), "reason": close_reason(reason)})
