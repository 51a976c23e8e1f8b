"""Passes a page's socket on to the hub of a kernel."""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from marimo_rfb.hub import rendezvous
from marimo_rfb.hub.access import is_loopback
from marimo_rfb.hub.socket import RELAYED
from marimo_rfb.server.plain import send_uncompressed
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, CloseCode

__all__ = ["answer", "origin_fits", "pass_on"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_SOCKETS = 512
OPEN_WITHIN_S = 5.0
# Further origins (https://example.org) whose pages may connect through this server, with commas between.
ORIGINS = "MARIMO_RFB_ORIGINS"
HUB_GONE = "the kernel that showed this stream has ended; run the cell again"

_TARGET = re.compile(rf"({rendezvous.HUB_ID.pattern})/([A-Za-z0-9._~-]|%[0-9A-Fa-f]{{2}}){{1,300}}")
_HOP_BY_HOP = frozenset(
    ["connection", "upgrade", "host", "keep-alive", "te", "trailer", "transfer-encoding", "proxy-authorization"]
)

# What only a proxy sends; a page cannot set these.
_PROXIED = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded")

_open_sockets = 0


async def answer(path: str, send: Send) -> None:
    """Answer a plain request: `/rfb/health` tells pages and the doctor that sockets are passed on here."""
    found = path == "health"
    body = json.dumps({"status": "ok"} if found else {"error": "there is /rfb/health, and sockets"}).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def pass_on(path: str, folder: Path, scope: Scope, receive: Receive, send: Send) -> None:
    """Connect a page with its hub until either of them ends; a page that may not is told why by the close."""
    global _open_sockets
    message = await receive()
    if message["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})  # or the page would never see why it is closed
    refusal = _refusal(path, scope)
    if refusal is not None:
        return await _close(send, *refusal)
    hub_id, _, stream = path.partition("/")
    knock = rendezvous.knock(folder, hub_id)
    if knock is None:
        return await _close(send, CloseCode.NOT_FOUND, HUB_GONE)
    _open_sockets += 1
    try:
        async with _hub_socket(knock, stream, _headers(scope, knock)) as hub:
            send_uncompressed(receive)
            await _carry(hub, receive, send)
    except (OSError, TimeoutError, InvalidHandshake):
        await _close(send, CloseCode.NOT_FOUND, HUB_GONE)
    finally:
        _open_sockets -= 1


def origin_fits(scope: Scope) -> bool:
    """Tell whether the page is this server's own; a client without an origin is no page, and the token stops it."""
    headers = _decoded(scope)
    origin = headers.get("origin")
    if origin is None:
        return True
    state = getattr(scope.get("app"), "state", None)
    allowed = [*(getattr(state, "allow_origins", None) or ()), *os.environ.get(ORIGINS, "").split(",")]
    if "*" in allowed or origin in (each.strip().rstrip("/") for each in allowed):
        return True
    try:
        page = urlsplit(origin)
        mine = _host_and_port(page.netloc, page.scheme)
        own = [_host_and_port(host, page.scheme) for host in _own_names(headers)]
    except ValueError:
        return False
    if page.scheme not in ("http", "https"):
        return False
    if not any(name in headers for name in _PROXIED):
        return mine in own
    # Proxies drop the port from the name that they were called by, or put their name for us in its place.
    return any(host == mine[0] or is_loopback(host) for host, _ in own)


def _own_names(headers: Mapping[str, str]) -> list[str]:
    forwarded = headers.get("x-forwarded-host", "").partition(",")[0].strip()
    return [name for name in (headers.get("host", ""), forwarded) if name]


def _host_and_port(netloc: str, scheme: str) -> tuple[str, int]:
    parts = urlsplit(f"//{netloc}")
    return (parts.hostname or "").lower(), parts.port or (443 if scheme == "https" else 80)


def _refusal(path: str, scope: Scope) -> tuple[CloseCode, str] | None:
    if not _TARGET.fullmatch(path) or path.endswith(("/.", "/..")):
        return CloseCode.NOT_FOUND, "there is nothing at this address"
    if not getattr(scope.get("user"), "is_authenticated", False):
        return CloseCode.UNAUTHORIZED, "log in to marimo again"
    if not origin_fits(scope):
        return CloseCode.UNAUTHORIZED, f"pages of another origin may not watch; {ORIGINS} lets them"
    if _open_sockets >= MAX_SOCKETS:
        return CloseCode.TOO_MANY, f"this server has {MAX_SOCKETS} sockets open, the most it may"
    return None


def _hub_socket(knock: rendezvous.Knock, stream: str, headers: Mapping[str, str]) -> connect:
    options: dict[str, Any] = {
        "additional_headers": headers,
        "user_agent_header": None,
        "compression": None,
        "max_size": None,  # what a hub of ours sends
        "ping_interval": None,
        "open_timeout": OPEN_WITHIN_S,
        "close_timeout": 1.0,
        "proxy": None,
    }
    if knock.path:
        return unix_connect(knock.path, uri=f"ws://localhost/{stream}", **options)
    return connect(f"ws://127.0.0.1:{knock.port}/{stream}", **options)


def _headers(scope: Scope, knock: rendezvous.Knock) -> dict[str, str]:
    headers = _decoded(scope)
    query = scope.get("query_string", b"").decode("latin-1")
    remote = scope.get("client") or ("", 0)
    passed = {
        name: value
        for name, value in headers.items()
        if name not in _HOP_BY_HOP and not name.startswith(("sec-websocket-", "x-rfb-"))
    }
    return passed | {
        RELAYED.secret: knock.secret,
        RELAYED.host: headers.get("host", ""),
        RELAYED.target: scope["path"] + (f"?{query}" if query else ""),
        RELAYED.remote: f"{remote[0]} {remote[1]}",
    }


def _decoded(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _carry(hub: ClientConnection, receive: Receive, send: Send) -> None:
    up = asyncio.create_task(_carry_up(hub, receive))
    down = asyncio.create_task(_carry_down(hub, send))
    try:
        await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)
    if not up.cancelled() and up.exception() is None and (refused := up.result()) is not None:
        return await _close(send, *refused)
    if hub.close_code is not None and hub.protocol.close_rcvd is not None:
        await _close(send, hub.protocol.close_rcvd.code, hub.protocol.close_rcvd.reason)
    elif not up.done() or up.cancelled():
        await _close(send, CloseCode.GOING_AWAY, HUB_GONE)


async def _carry_up(hub: ClientConnection, receive: Receive) -> tuple[CloseCode, str] | None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return None
            said = message.get("text")
            if said is None:
                said = message.get("bytes") or b""
            if len(said) > MAX_CONTROL_BYTES:
                return CloseCode.TOO_BIG, f"a message has at most {MAX_CONTROL_BYTES} bytes"
            await hub.send(said)
    return None


async def _carry_down(hub: ClientConnection, send: Send) -> None:
    async for message in hub:
        if isinstance(message, bytes):
            await send({"type": "websocket.send", "bytes": message})
        else:
            await send({"type": "websocket.send", "text": message})


async def _close(send: Send, code: int, reason: str) -> None:
    with contextlib.suppress(Exception):  # the page may be gone already, which servers tell in different ways
        await send({"type": "websocket.close", "code": int(code), "reason": reason})
