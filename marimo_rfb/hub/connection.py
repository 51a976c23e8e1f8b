"""One socket: carries bytes between a browser and its `Viewer`."""

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any, assert_never

from marimo_rfb.events import InputEvent
from marimo_rfb.flow.delays import SHOWN_WITHIN_S, Delays
from marimo_rfb.flow.thrift import FULL, Grade, Thrift
from marimo_rfb.flow.trickle import Trickle
from marimo_rfb.flow.window import Window
from marimo_rfb.hub.access import REFUSED, AccessOptions, origin_fits
from marimo_rfb.hub.answers import Answers
from marimo_rfb.hub.authenticator import Authenticator
from marimo_rfb.hub.bridge import SHARED_FACTOR
from marimo_rfb.hub.fanout import Fanout
from marimo_rfb.hub.lobby import MAX_CONNECTIONS, Guest
from marimo_rfb.hub.pace import Pace
from marimo_rfb.hub.socket import Socket, SocketGone
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.viewer import HELLO_WITHIN_S, MAX_MESSAGES_HZ, Asked, Viewer
from marimo_rfb.wire.messages import Capture, CloseCode, Inspect, SelectTransport, Stats
from marimo_rfb.wire.packet import Packet

__all__ = ["Connection"]

MEASURE_EVERY_S = 1.0
# On a channel that was made for other things.
MOST_SHARED = 2

_ids = itertools.count(1)


class Connection:
    """Serves one viewer of one stream until its socket is gone."""

    def __init__(
        self, socket: Socket, fanout: Fanout, access: AccessOptions, *, guest: Guest, authenticator: Authenticator
    ) -> None:
        offered = fanout.stream.options.offered
        if socket.is_shared:
            # What a page said while the kernel was busy comes all at once.
            most_hz = SHARED_FACTOR * MAX_MESSAGES_HZ
            self.viewer = Viewer(offered=offered, window=Window(most=MOST_SHARED), max_messages_hz=most_hz)
        else:
            self.viewer = Viewer(offered=offered)
        self.id = f"viewer-{next(_ids)}"
        self._socket = socket
        self._fanout = fanout
        self._access = access
        self._guest = guest
        self._authenticator = authenticator
        self._delays = Delays() if socket.is_relayed else None
        self._thrift = Thrift() if socket.is_shared else None
        self._trickle = Trickle()
        self._pace = Pace(self._pump)
        self._answers = Answers(self.viewer, socket, fanout.stream, told=self.flush, roomy=self._pump)
        self._principal: Any = None
        self._catching_up: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Greet, serve and clean up; returns when the socket is closed."""
        try:
            if await self._greet():
                await self._serve()
        except SocketGone:
            pass
        finally:
            self._leave()

    @property
    def grade(self) -> Grade:
        """How good and how frequent its pictures may be."""
        return FULL if self._thrift is None else self._thrift.grade

    @property
    def encoding(self) -> Encoding:
        """How its pictures are encoded."""
        return Encoding(self.viewer.transport, self.viewer.transports, self.grade)

    @property
    def ready(self) -> bool:
        """Whether a picture could be sent now."""
        # A full socket needs no timer: when it has emptied, the viewer has read, and acks.
        return self.viewer.ready and not self._pace.rests and self._socket.has_room

    def send(self, packet: Packet) -> bool:
        """Send a picture if the viewer can take it now, and tell whether it was."""
        if self._pace.rests or not self._socket.has_room or not self.viewer.offer(packet):
            return False
        self._socket.send(packet.message)
        self._pace.sent()
        if self._delays is not None and not packet.is_settled:  # which may be large, and says nothing of the others
            self._delays.sent(packet.seq, time.monotonic())
        return True

    def describe(self) -> dict[str, object]:
        """Return what the metrics tell about this viewer."""
        viewer = self.viewer
        return {
            "id": self.id,
            "transport": viewer.transport,
            "quality": self.grade.quality,
            "visible": viewer.visible,
            "max_fps": viewer.max_fps,
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
        if self._catching_up is not None:
            self._catching_up.cancel()
        self._pace.stop()
        self._answers.stop()
        self._fanout.leave(self)
        self.viewer.lost(time.time())
        self.flush()

    def flush(self) -> None:
        """Carry out what the viewer decided: answers and text to the socket, events to the stream, a close."""
        viewer = self.viewer
        while viewer.asked:
            self._answer(viewer.asked.popleft())
        while viewer.outgoing:
            self._socket.send(viewer.outgoing.popleft())
        while viewer.events:
            event = InputEvent(self.id, self._principal, viewer.events.popleft(), int(time.time() * 1e6))
            self._fanout.feed.dispatch(event)
        if viewer.closing is not None and self._closing is None:
            self._closing = asyncio.create_task(self._socket.close(viewer.closing.code, viewer.closing.reason))

    def _answer(self, asked: Asked) -> None:
        match asked:
            case SelectTransport():
                self.viewer.configure(width=self._fanout.stream.width, height=self._fanout.stream.height)
            case Inspect():
                self._answers.inspect(asked)
            case Capture():
                self._answers.capture(asked)
            case _:
                assert_never(asked)

    def _pump(self) -> None:
        self._fanout.pump(self)

    async def _greet(self) -> bool:
        if await self._may_watch() and self.viewer.closing is None:
            if len(self._fanout.connections) >= self._fanout.stream.options.max_viewers:
                self.viewer.close(
                    CloseCode.TOO_MANY, f"stream {self._fanout.stream.name} has all the viewers it may have"
                )
            elif not self._guest.let_in():
                reason = f"this hub has {MAX_CONNECTIONS} connections, the most it may"
                self.viewer.close(CloseCode.TOO_MANY, reason)
            else:
                self.viewer.accept(width=self._fanout.stream.width, height=self._fanout.stream.height)
        accepted = self.viewer.closing is None
        self.flush()
        if self._closing is not None:
            await self._closing
        return accepted

    async def _may_watch(self) -> bool:
        viewer, handshake = self.viewer, self._socket.handshake
        origin, allowed = handshake.headers.get("origin"), self._access.origins
        fits = any(origin_fits(origin, host=host, allowed=allowed) for host in handshake.hosts)
        if not handshake.vouched and not fits:
            viewer.close(CloseCode.UNAUTHORIZED, f"pages of {origin} may not watch; origins=[...] lets them")
            return False
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                text = await self._socket.receive()
        except TimeoutError:
            viewer.close(CloseCode.NO_HELLO, f"no hello within {HELLO_WITHIN_S:g} s")
            return False
        if isinstance(text, bytes):
            viewer.close(CloseCode.PROTOCOL, "the first message must be hello, as text")
            return False
        viewer.greet(text, time.time())
        if viewer.hello is None:
            return False
        self._guest.was_heard = True
        stream = self._fanout.stream
        token = self._fanout.tickets.redeem(viewer.hello.token)
        context = handshake.context(token=token, stream=stream.name)
        self._principal = await self._authenticator.admit(
            self._access,
            context,
            token=stream.token,
            client=handshake.client,
            is_gone=lambda: self._socket.is_gone or viewer.closing is not None,
        )
        if self._principal is REFUSED:
            self._principal = None
            viewer.close(CloseCode.UNAUTHORIZED, self._refusal(viewer.hello.token))
            return False
        return True

    def _refusal(self, token: str | None) -> str:
        if self._access.authenticate is not None:  # which need not have asked for a token
            return "log in, or ask for access to this stream"
        return "the token is missing or wrong" if token is None else "the token is wrong"

    async def _serve(self) -> None:
        tasks = [asyncio.create_task(self._measure())]
        if self._socket.is_shared:
            tasks.append(asyncio.create_task(self._go_on_without_acks()))
        try:
            self._fanout.join(self)
            self.flush()
            while True:
                self._receive(await self._socket.receive())
        finally:
            for task in tasks:
                task.cancel()

    def _receive(self, text: str | bytes) -> None:
        if isinstance(text, bytes):
            self.viewer.close(CloseCode.PROTOCOL, "control messages are text")
            return self.flush()
        self._change(lambda now_s: self.viewer.receive(text, now_s))
        wait_s = self.viewer.wait_s(time.time())
        if wait_s is not None and self._catching_up is None:
            self._catching_up = asyncio.get_running_loop().call_later(wait_s, self._catch_up)

    def _catch_up(self) -> None:
        self._change(self.viewer.catch_up)
        wait_s = self.viewer.wait_s(time.time())  # a timer may come early, or a clock be set back
        again = None if wait_s is None else asyncio.get_running_loop().call_later(wait_s, self._catch_up)
        self._catching_up = again

    def _change(self, change: Callable[[float], None]) -> None:
        """Have the viewer take in what came, at a time in seconds, and see to what is another since."""
        viewer = self.viewer
        transport, grade, attention = viewer.transport, self.grade, (viewer.visible, viewer.size)
        acked, max_fps = viewer.last_acked_seq, viewer.max_fps
        change(time.time())
        self.flush()
        if viewer.last_acked_seq != acked:
            self._acked(viewer.last_acked_seq)
        if (viewer.visible, viewer.size) != attention:
            self._fanout.recount_soon()
        if viewer.max_fps != max_fps:
            self._pace.limit(viewer.max_fps)
        if viewer.closing is None:
            if viewer.transport != transport:
                self._pace.stop()  # what was chosen is shown at once
            if viewer.transport != transport or self.grade != grade:
                self._fanout.switched(self)
            else:
                self._fanout.pump(self)

    def _acked(self, seq: int) -> None:
        if self._delays is None:
            return
        self._trickle.answered()
        delay_s = self._delays.acked(seq, time.monotonic())
        if delay_s is None:
            return
        self.viewer.window.measured(max(0.0, delay_s - SHOWN_WITHIN_S), time.time())
        if self._thrift is not None:
            self._thrift.acked(delay_s, time.monotonic())

    async def _go_on_without_acks(self) -> None:
        viewer, trickle = self.viewer, self._trickle
        while True:
            sent = viewer.last_acked_seq, viewer.window.in_flight
            await asyncio.sleep(trickle.wait_s)
            if viewer.window.has_credit or (viewer.last_acked_seq, viewer.window.in_flight) != sent:
                continue
            trickle.gave_up()
            viewer.window.forgive()
            grade = self.grade
            if self._thrift is not None:
                self._thrift.missed()
            if self.grade != grade:
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
        rtt_s = await self._socket.ping()
        if rtt_s is not None:
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
                window=viewer.window.limit,
            )
        )
        self.flush()
