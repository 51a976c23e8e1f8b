"""One socket: carries bytes between a browser and its `Viewer`."""

import asyncio
import itertools
import time
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from marimo_rfb.events import InputEvent
from marimo_rfb.hub.access import REFUSED, AccessOptions, AuthContext, admit, origin_fits
from marimo_rfb.hub.fanout import Fanout
from marimo_rfb.hub.routes import split_target
from marimo_rfb.viewer import HELLO_WITHIN_S, Viewer
from marimo_rfb.wire.messages import CloseCode, Stats

__all__ = ["Connection"]

MEASURE_EVERY_S = 1.0

_ids = itertools.count(1)


class Connection:
    """Serves one viewer of one stream until its socket is gone."""

    def __init__(self, socket: ServerConnection, fanout: Fanout, access: AccessOptions) -> None:
        self.socket = socket
        self.viewer = Viewer(offered=fanout.stream.options.offered)
        self.id = f"viewer-{next(_ids)}"
        self._fanout = fanout
        self._access = access
        self._principal: Any = None
        self._closing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Greet, serve and clean up; returns when the socket is closed."""
        try:
            if await self._greet():
                await self._serve()
        except ConnectionClosed:
            pass
        finally:
            self._leave()

    def describe(self) -> dict[str, object]:
        """Return what the metrics tell about this viewer."""
        viewer = self.viewer
        return {
            "id": self.id,
            "transport": viewer.transport,
            "visible": viewer.visible,
            "in_flight": viewer.window.in_flight,
            "window": viewer.window.limit,
            "rtt_s": viewer.window.rtt_s,
            "frames_sent": viewer.frames_sent,
            "frames_acked": viewer.frames_acked,
            "bytes_sent": viewer.bytes_sent,
            "ignored_messages": viewer.ignored_messages,
        }

    def close(self, code: CloseCode, reason: str) -> None:
        """Say goodbye, close the socket and leave the stream at once, however long the other end takes."""
        self.viewer.close(code, reason)
        self.flush()
        self._leave()

    async def closed(self) -> None:
        """Wait until the socket is closed."""
        if self._closing is not None:
            await asyncio.shield(self._closing)

    def _leave(self) -> None:
        self._fanout.leave(self)
        self.viewer.lost(time.time())
        self.flush()

    def flush(self) -> None:
        """Carry out what the viewer decided: text to the socket, events to the stream, a close."""
        viewer = self.viewer
        while viewer.outgoing:
            broadcast([self.socket], viewer.outgoing.popleft())
        while viewer.events:
            event = InputEvent(self.id, self._principal, viewer.events.popleft(), int(time.time() * 1e6))
            self._fanout.stream.receive(event)
        if viewer.closing is not None and self._closing is None:
            self._closing = asyncio.create_task(self.socket.close(viewer.closing.code, viewer.closing.reason))

    async def _greet(self) -> bool:
        if await self._may_watch() and self.viewer.closing is None:
            if len(self._fanout.connections) >= self._fanout.stream.options.max_viewers:
                self.viewer.close(
                    CloseCode.TOO_MANY, f"stream {self._fanout.stream.name} has all the viewers it may have"
                )
            else:
                self.viewer.accept(width=self._fanout.stream.width, height=self._fanout.stream.height)
        accepted = self.viewer.closing is None
        self.flush()
        if self._closing is not None:
            await self._closing
        return accepted

    async def _may_watch(self) -> bool:
        viewer, request = self.viewer, self.socket.request
        assert request is not None
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        origin = headers.get("origin")
        if not origin_fits(origin, host=headers.get("host", ""), allowed=self._access.origins):
            viewer.close(CloseCode.UNAUTHORIZED, f"pages of {origin} may not watch; serve(origins=[...]) lets them")
            return False
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                text = await self.socket.recv()
        except TimeoutError:
            viewer.close(CloseCode.NO_HELLO, f"no hello within {HELLO_WITHIN_S:g} s")
            return False
        if isinstance(text, bytes):
            viewer.close(CloseCode.PROTOCOL, "the first message must be hello, as text")
            return False
        viewer.greet(text, time.time())
        if viewer.hello is None:
            return False
        stream = self._fanout.stream
        context = _context(headers, request.path, viewer.hello.token, self.socket.remote_address, stream.name)
        self._principal = await admit(self._access, context, token=stream.token)
        if self._principal is REFUSED:
            self._principal = None
            viewer.close(
                CloseCode.UNAUTHORIZED,
                "the token is missing or wrong" if viewer.hello.token is None else "the token is wrong",
            )
            return False
        return True

    async def _serve(self) -> None:
        measuring = asyncio.create_task(self._measure())
        try:
            self._fanout.join(self)
            self.flush()
            async for text in self.socket:
                self._receive(text)
        finally:
            measuring.cancel()

    def _receive(self, text: str | bytes) -> None:
        viewer = self.viewer
        transport, attention = viewer.transport, (viewer.visible, viewer.size)
        if isinstance(text, bytes):
            viewer.close(CloseCode.PROTOCOL, "control messages are text")
        else:
            viewer.receive(text, time.time())
        self.flush()
        if (viewer.visible, viewer.size) != attention:
            self._fanout.recount()
        if viewer.closing is None:
            if viewer.transport != transport:
                self._fanout.switched(self)
            else:
                self._fanout.pump(self)

    async def _measure(self) -> None:
        """Measure the way to the viewer once a second, as long as pictures go there."""
        sent = acked = bytes_sent = -1
        measured_s = time.monotonic()
        while True:
            if self.viewer.frames_sent != sent:
                now_s = time.monotonic()
                span_s = now_s - measured_s
                if sent >= 0:
                    self._report(
                        (self.viewer.frames_sent - sent) / span_s,
                        (self.viewer.frames_acked - acked) / span_s,
                        8 * (self.viewer.bytes_sent - bytes_sent) / span_s,
                    )
                sent, acked, bytes_sent = self.viewer.frames_sent, self.viewer.frames_acked, self.viewer.bytes_sent
                measured_s = now_s
                await self._ping()
            await asyncio.sleep(MEASURE_EVERY_S)

    async def _ping(self) -> None:
        try:
            rtt_s = await (await self.socket.ping())
        except ConnectionClosed:
            return
        self.viewer.window.measured(rtt_s, time.time())
        self._fanout.pump(self)

    def _report(self, fps_sent: float, fps_acked: float, bitrate_bps: float) -> None:
        viewer = self.viewer
        viewer.report(
            Stats(
                rtt_ms=None if viewer.window.rtt_s is None else round(viewer.window.rtt_s * 1000, 2),
                fps_sent=round(fps_sent, 1),
                fps_acked=round(fps_acked, 1),
                bitrate_bps=round(bitrate_bps),
                encode_ms=round(self._fanout.stream.stats.encode_ms, 2),
                decode_queue_size=viewer.decode_queue_size,
            )
        )
        self.flush()


def _context(
    headers: dict[str, str], target: str, token: str | None, remote: tuple[Any, ...] | None, stream: str
) -> AuthContext:
    path, query = split_target(target)
    return AuthContext(
        token=token,
        headers=headers,
        cookies=_cookies(headers.get("cookie", "")),
        path=path,
        query=dict(parse_qsl(query)),
        remote=None if remote is None else (remote[0], remote[1]),
        stream=stream,
    )


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
