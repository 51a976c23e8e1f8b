"""Connection of one viewer: connects its socket, its `ViewerProtocol` and the stream's fanout."""

import asyncio
import itertools
import math
import time
from typing import Any, TypedDict, assert_never

from marimo_rfb.events import InputEvent
from marimo_rfb.flow.ack_timeout import AckTimeout
from marimo_rfb.flow.congestion_window import CongestionWindow
from marimo_rfb.flow.layer_controller import (
    COMM_TARGETS,
    MIN_WINDOW,
    SOCKET_TARGETS,
    LayerController,
    LayerReason,
)
from marimo_rfb.flow.quality_level import FULL_QUALITY, QualityLevel
from marimo_rfb.flow.refinement_budget import RefinementBudget
from marimo_rfb.hub.access import REFUSED, AccessOptions, origin_fits
from marimo_rfb.hub.admission import MAX_CONNECTIONS, Admission
from marimo_rfb.hub.authenticator import Authenticator
from marimo_rfb.hub.external_socket import SHARED_BACKLOG_FACTOR
from marimo_rfb.hub.fanout import Fanout
from marimo_rfb.hub.pixel_requests import PixelRequests
from marimo_rfb.hub.viewer_socket import SocketGone, ViewerSocket
from marimo_rfb.hub.viewer_throttle import ViewerThrottle
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.messages import (
    AskHistogram,
    Capability,
    Capture,
    CloseCode,
    FileHeader,
    Inspect,
    SetContrast,
    Stats,
    StatusText,
)
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.viewer_effects import AudienceChanged, CodecSelected, Effect, FramesAcked, MaxFpsChanged
from marimo_rfb.wire.viewer_protocol import HELLO_TIMEOUT_S, MAX_MESSAGES_HZ, ViewerProtocol

__all__ = ["Connection"]

STATS_INTERVAL_S = 1.0
# Time a browser takes to decode and show a picture, if it does not say; part of what an ack takes, but not of the path.
DISPLAY_TIME_S = 0.02
# A settled picture that takes longer to send is left out, if it cannot be sent in pieces.
MAX_SETTLED_WIRE_S = 2.0
# Time that a piece of a settled picture may keep the connection busy, unless it is small.
MAX_PIECE_S = 0.08
MIN_PIECE_BYTES = 16 << 10
# On a transport that also carries other traffic.
MAX_SHARED_WINDOW = 2

_ids = itertools.count(1)


class _PathMetrics(TypedDict):
    """What is known of the path to a viewer, and what follows from it."""

    scale: float
    layer_reason: str
    queue_ms: float
    rate_bps: int | None


class Connection:
    """Serves one viewer of one stream until its socket is closed. Hub's loop only."""

    def __init__(
        self,
        socket: ViewerSocket,
        fanout: Fanout,
        access: AccessOptions,
        *,
        admission: Admission,
        authenticator: Authenticator,
    ) -> None:
        offered = fanout.stream.options.offered
        if socket.is_shared:
            # The messages that a page sent while the kernel was busy arrive all at once.
            max_hz = SHARED_BACKLOG_FACTOR * MAX_MESSAGES_HZ
            self.viewer = ViewerProtocol(
                offered=offered, window=CongestionWindow(max_frames=MAX_SHARED_WINDOW), max_messages_hz=max_hz
            )
        else:
            self.viewer = ViewerProtocol(offered=offered, window=CongestionWindow(min_frames=MIN_WINDOW))
        self.id = f"viewer-{next(_ids)}"
        self._socket = socket
        self._fanout = fanout
        self._access = access
        self._admission = admission
        self._authenticator = authenticator
        self._controller = LayerController(COMM_TARGETS if socket.is_shared else SOCKET_TARGETS)
        self._unrefined_seq = 0  # of the last frame whose settled picture was too large
        self._refinement_budget = RefinementBudget()
        self._is_switching = False  # to a layer in which the next picture is smaller
        self._ack_timeout = AckTimeout()
        # At once, because the ack of the picture that filled the socket takes a round trip more.
        socket.on_room = self._try_send
        self._throttle = ViewerThrottle(self._try_send)
        self._pixel_requests = PixelRequests(
            self.viewer, socket, fanout.stream, on_response=self.flush, on_room=self._try_send
        )
        self._principal: Any = None
        self._restart_timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Do the handshake, serve and clean up; returns when the socket is closed."""
        try:
            if await self._handshake():
                await self._serve()
        except SocketGone:
            pass
        finally:
            self._leave()

    @property
    def level(self) -> QualityLevel:
        """The viewer's quality level."""
        return FULL_QUALITY if self._is_pinned else self._controller.layers[self._controller.index]

    @property
    def layer(self) -> int | None:
        return None if self._is_pinned or self._socket.is_shared else self._controller.index

    @property
    def layer_reason(self) -> LayerReason:
        """Why the level is in force."""
        return LayerReason.PINNED if self._is_pinned else self._controller.reason

    @property
    def _is_pinned(self) -> bool:
        # On a transport that also carries other traffic the quality is only an upper limit.
        return self._fanout.stream.options.quality != "auto" and not self._socket.is_shared

    @property
    def encoding(self) -> Encoding:
        """How the viewer's pictures are encoded."""
        viewer = self.viewer
        return Encoding(viewer.codec, viewer.codecs, self.level, takes_parts=viewer.supports(Capability.RECT))

    @property
    def lacks_quality(self) -> bool:
        """Whether the picture that the viewer has can be sent in better quality."""
        state = self.viewer.state
        if state is None or state.frame_seq <= self._unrefined_seq:
            return False
        return state.worst < self.encoding.best_quality

    @property
    def piece_bytes(self) -> int:
        """Size of a piece of such a picture that does not hold up the next live one."""
        rate_bps = self._controller.rate_bps
        return MIN_PIECE_BYTES if rate_bps is None else max(MIN_PIECE_BYTES, int(rate_bps / 8 * MAX_PIECE_S))

    @property
    def may_refine_rest(self) -> bool:
        """Whether what rests in a picture may be sent in better quality, although other parts of it move."""
        return not self._socket.is_shared and self._refinement_budget.is_due(time.monotonic())

    @property
    def rest_piece_bytes(self) -> int:
        """Size of a piece of that."""
        return self._refinement_budget.piece_bytes

    @property
    def ready(self) -> bool:
        """Whether a picture may be sent now."""
        is_held = self._is_switching or self._throttle.is_waiting
        return self.viewer.ready and not is_held and self._socket.has_room and self._wait_s() < math.inf

    def send(self, packet: Packet) -> bool:
        """Send a picture if the viewer can take it now; return whether it was sent."""
        # First what is cheap to find out, as there may be hundreds of pieces.
        if not (self.viewer.lacks(packet) and self.ready):
            return False
        if self._is_too_large(packet):
            self._unrefined_seq = packet.frame_seq
            return False
        if not self._is_admitted(packet):
            return False
        if not self.viewer.offer(packet):
            return False
        now_s, size_bytes = time.monotonic(), len(packet.message)
        budget = self._refinement_budget
        self._controller.on_sent(
            packet.seq,
            size_bytes,
            now_s,
            is_live=not packet.is_settled,
            is_whole=packet.is_key,
            is_small=packet.is_settled and budget.is_piece(size_bytes),
        )
        self._socket.send(packet.message)
        wire_s = 8 * size_bytes / self._controller.highest_bps(now_s)
        if packet.is_settled:
            budget.on_settled_sent(packet.seq, size_bytes, now_s, wire_s=wire_s)
        else:
            budget.on_live_sent(now_s, wire_s=wire_s)
            self._throttle.on_sent()
        self._pace()
        return True

    def _is_admitted(self, packet: Packet) -> bool:
        """Return whether a picture is small enough; if not, switch to a layer in which it is, and request it there."""
        self._controller.max_bitrate = self._fanout.stream.options.max_bitrate
        if self.layer is None or self._is_extra(packet):
            return True
        is_whole = packet.is_key and not packet.is_settled
        if self._controller.admit(len(packet.message), time.monotonic(), is_whole=is_whole):
            return True
        self._share_layer()
        self._is_switching = True
        # Not at once, because the fanout is just sending this picture to all.
        asyncio.get_running_loop().call_soon(self._switch_layer)
        return False

    def _switch_layer(self) -> None:
        self._is_switching = False
        self._fanout.on_rendition_changed(self)

    def _is_too_large(self, packet: Packet) -> bool:
        # A settled picture must not hold up the next live one for long, unless it is the only one of its frame.
        return self._is_extra(packet) and self._controller.wire_s(len(packet.message)) > MAX_SETTLED_WIRE_S

    def _is_extra(self, packet: Packet) -> bool:
        return packet.is_settled and self.viewer.has_frame(packet)

    @property
    def _rtt_s(self) -> float:
        """The least round trip for the controller."""
        if self._socket.is_shared:  # all of the latency counts, because the kernel causes most of it
            return 0.0
        # Before the first measurement nothing is late.
        return math.inf if self.viewer.window.rtt_s is None else self.viewer.window.rtt_s

    def _wait_s(self) -> float:
        if self.viewer.window.in_flight == 0:  # all is acked, or the viewer has started over
            self._controller.reset()
        return self._controller.wait_s(self._rtt_s, time.monotonic())

    def _pace(self) -> None:
        wait_s = self._wait_s()
        self._throttle.hold(wait_s if wait_s < math.inf else 0.0)

    def send_file(self, header: FileHeader, content: bytes) -> None:
        """Send a file for the user to save, if the viewer supports that and reads what it gets."""
        if self.viewer.closing is not None or not self.viewer.supports(Capability.FIGURE):
            return
        if not self._socket.is_congested:
            self._socket.send(pack(header, content))
        else:
            self.viewer.post(StatusText(text=f"{header.name} was not sent: the connection is too slow; try again"))
            self.flush()

    def describe(self) -> dict[str, object]:
        """Return the metrics of this viewer."""
        viewer = self.viewer
        return {
            "id": self.id,
            "transport": viewer.codec,
            "quality": self.level.quality,
            **self._path_metrics,
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

    @property
    def _path_metrics(self) -> _PathMetrics:
        rate_bps = self._controller.rate_bps
        return {
            "scale": round(self.level.scale_of(self._fanout.stream.width, self._fanout.stream.height), 4),
            "layer_reason": self.layer_reason,
            "queue_ms": round(self._controller.queue_s * 1000, 1),
            "rate_bps": None if rate_bps is None else round(rate_bps),
        }

    def close(self, code: CloseCode, reason: str) -> None:
        """Send `bye`, close the socket and leave the stream at once, without waiting for the peer."""
        self.viewer.close(code, reason)
        self.flush()
        self._leave()

    async def closed(self) -> None:
        """Wait until the socket is closed."""
        if self._closing is not None:
            await asyncio.shield(self._closing)

    def _leave(self) -> None:
        if self._restart_timer is not None:
            self._restart_timer.cancel()
        self._throttle.stop()
        self._pixel_requests.stop()
        self._fanout.leave(self)
        self.viewer.lost(time.time())
        self.flush()

    def flush(self) -> None:
        """Apply the session's output: effects, then text to the socket, events to the stream, a close."""
        viewer = self.viewer
        is_reencoded = False
        while viewer.effects:
            is_reencoded |= self._apply(viewer.effects.popleft())
        while viewer.outgoing:
            self._socket.send(viewer.outgoing.popleft())
        while viewer.events:
            event, received_us = viewer.events.popleft(), int(time.time() * 1e6)
            self._fanout.feed.dispatch(InputEvent(self.id, self._principal, event, received_us, viewer.view))
        if viewer.closing is not None and self._closing is None:
            self._closing = asyncio.create_task(self._socket.close(viewer.closing.code, viewer.closing.reason))
        if is_reencoded and viewer.closing is None:
            self._fanout.on_rendition_changed(self)

    def _apply(self, effect: Effect) -> bool:
        """Apply an effect; return whether it changes the encoding of the viewer's pictures."""
        match effect:
            case FramesAcked():
                return self._on_ack(effect.seq, effect.delay_s)
            case CodecSelected():
                if effect.announce:
                    self.viewer.configure(width=self._fanout.stream.width, height=self._fanout.stream.height)
                self._throttle.stop()  # so that the new codec takes effect at once
                return True
            case AudienceChanged():
                self._fanout.schedule_audience_update()
            case MaxFpsChanged():
                self._throttle.set_max_fps(effect.max_fps)
            case Inspect():
                self._pixel_requests.inspect(effect)
            case Capture():
                self._pixel_requests.capture(effect)
            case AskHistogram():
                self._pixel_requests.histogram(effect)
            case SetContrast():
                self._fanout.feed.choose_contrast(effect)
            case _:
                assert_never(effect)
        return False

    def _try_send(self) -> None:
        self._fanout.try_send(self)

    async def _handshake(self) -> bool:
        if await self._authenticate() and self.viewer.closing is None:
            if len(self._fanout.connections) >= self._fanout.stream.options.max_viewers:
                self.viewer.close(
                    CloseCode.TOO_MANY, f"stream {self._fanout.stream.name} has reached its limit of viewers"
                )
            elif not self._admission.admit():
                reason = f"this hub has reached its limit of {MAX_CONNECTIONS} connections"
                self.viewer.close(CloseCode.TOO_MANY, reason)
            else:
                self.viewer.accept(width=self._fanout.stream.width, height=self._fanout.stream.height)
        accepted = self.viewer.closing is None
        self.flush()
        if self._closing is not None:
            await self._closing
        return accepted

    async def _authenticate(self) -> bool:
        viewer, handshake = self.viewer, self._socket.handshake
        origin, allowed = handshake.headers.get("origin"), self._access.origins
        fits = any(origin_fits(origin, host=host, allowed=allowed) for host in handshake.hosts)
        if not handshake.vouched and not fits:
            viewer.close(CloseCode.UNAUTHORIZED, f"pages of {origin} may not watch; origins=[...] lets them")
            return False
        opened_s = time.monotonic()
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                text = await self._socket.receive()
        except TimeoutError:
            viewer.close(CloseCode.NO_HELLO, f"no hello within {HELLO_TIMEOUT_S:g} s")
            return False
        if isinstance(text, bytes):
            viewer.close(CloseCode.PROTOCOL, "the first message must be hello, as text")
            return False
        viewer.greet(text, time.time())
        if viewer.hello is None:
            return False
        self._admission.said_hello = True
        self._start(handshake.hello_s + time.monotonic() - opened_s)
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

    def _start(self, hello_s: float) -> None:
        """Begin with what the hello tells of the path: it came `hello_s` after the socket was open, a round trip."""
        self._controller.start(hello_s)
        if self._controller.is_starting:
            self.viewer.window.on_rtt(hello_s, time.time())

    def _refusal(self, token: str | None) -> str:
        if self._access.authenticate is not None:  # the hook may not use tokens
            return "log in, or ask for access to this stream"
        return "the token is missing or wrong" if token is None else "the token is wrong"

    async def _serve(self) -> None:
        tasks = [asyncio.create_task(self._report_stats())]
        if self._socket.is_shared:
            tasks.append(asyncio.create_task(self._watch_ack_timeout()))
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
        self.viewer.receive(text, time.time())
        self._after_receive()
        self._schedule_restart()

    def _on_restart_timer(self) -> None:
        self._restart_timer = None
        self.viewer.run_deferred_restart(time.time())
        self._after_receive()
        self._schedule_restart()  # again, if the timer fired early or the clock was set back

    def _schedule_restart(self) -> None:
        delay_s = self.viewer.restart_delay_s(time.time())
        if delay_s is not None and self._restart_timer is None:
            self._restart_timer = asyncio.get_running_loop().call_later(delay_s, self._on_restart_timer)

    def _after_receive(self) -> None:
        self.flush()
        if self.viewer.closing is None:
            self._fanout.try_send(self)

    def _on_ack(self, seq: int, delay_s: float | None) -> bool:
        """Update the measurements by an ack; return whether the quality level changed."""
        before = self.level
        self._ack_timeout.on_ack()
        # On a shared transport the delay may be the kernel's own.
        ack_delay_s = 0.0 if delay_s is None or self._socket.is_shared else delay_s
        state = self.viewer.state
        self._controller.coarse_share = 1.0 if state is None or not self.encoding.in_parts else state.fast_share
        self._controller.on_ack(seq, time.monotonic(), rtt_s=self._rtt_s, ack_delay_s=ack_delay_s)
        self._refinement_budget.on_ack(seq, queue_s=self._controller.queue_s)
        self._measure_rtt(0.0 if delay_s is not None else DISPLAY_TIME_S)
        self._share_layer()
        self._pace()
        return self.level != before

    def _measure_rtt(self, display_s: float) -> None:
        """Learn the round trip from the last ack, of which `display_s` is the page's part."""
        controller, window, socket = self._controller, self.viewer.window, self._socket
        if controller.probed_rtt_s is not None:
            window.on_probed_rtt(max(0.0, controller.probed_rtt_s - display_s), time.time())
        if socket.is_proxied and controller.path_s is not None:
            window.on_rtt(max(0.0, controller.path_s - display_s), time.time())
        elif not socket.is_shared and controller.transit_s is not None:
            # Pings tell more, but they come once a second, and a round trip that is too long hides a queue.
            window.on_rtt(controller.transit_s, time.time())

    def _share_layer(self) -> None:
        if self.layer is not None:
            last = len(self._controller.layers) - 1
            self._controller.share(self._fanout.shared_layer(self, self.layer, last=last))

    async def _watch_ack_timeout(self) -> None:
        viewer, ack_timeout = self.viewer, self._ack_timeout
        while True:
            sent = viewer.last_acked_seq, viewer.window.in_flight
            await asyncio.sleep(ack_timeout.wait_s)
            if viewer.window.has_credit or (viewer.last_acked_seq, viewer.window.in_flight) != sent:
                continue
            ack_timeout.on_timeout()
            viewer.window.on_ack_timeout()
            if self._controller.on_ack_timeout(time.monotonic()):
                self._fanout.on_rendition_changed(self)
            else:
                self._fanout.try_send(self)

    async def _report_stats(self) -> None:
        """Send statistics and measure the round-trip time once a second, while pictures are sent."""
        sent = acked = bytes_sent = -1
        measured_s = time.monotonic()
        while True:
            if self.viewer.frames_sent != sent:
                now_s = time.monotonic()
                span_s = now_s - measured_s
                if sent >= 0:
                    self._send_stats(
                        (self.viewer.frames_sent - sent) / span_s,
                        (self.viewer.frames_acked - acked) / span_s,
                        8 * (self.viewer.bytes_sent - bytes_sent) / span_s,
                    )
                sent, acked, bytes_sent = self.viewer.frames_sent, self.viewer.frames_acked, self.viewer.bytes_sent
                measured_s = now_s
                await self._ping()
            await asyncio.sleep(STATS_INTERVAL_S)

    async def _ping(self) -> None:
        rtt_s = await self._socket.ping()
        if rtt_s is not None:
            self.viewer.window.on_rtt(rtt_s, time.time())
            self._fanout.try_send(self)

    def _send_stats(self, fps_sent: float, fps_acked: float, bitrate_bps: float) -> None:
        viewer = self.viewer
        viewer.send_stats(
            Stats(
                rtt_ms=None if viewer.window.rtt_s is None else round(viewer.window.rtt_s * 1000, 2),
                fps_sent=round(fps_sent, 1),
                fps_acked=round(fps_acked, 1),
                bitrate_bps=round(bitrate_bps),
                encode_ms=round(self._fanout.stream.stats.encode_ms, 2),
                decode_queue_size=viewer.decode_queue_size,
                window=viewer.window.limit,
                quality=min(self.level.quality, self._fanout.stream.options.max_quality),
                **self._path_metrics,
            )
        )
        self.flush()
