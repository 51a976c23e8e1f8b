"""Sans-I/O state machine of one viewer's session: HELLO, WAITING_KEY, LIVE, CLOSED.

Input is text with its time (seconds since the epoch); output is text to send, events and a close. The session never
reads a clock or a socket, and no input makes it raise. Hub's thread only.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from marimo_rfb.errors import WireError
from marimo_rfb.events import UnknownEvent, check_event
from marimo_rfb.flow.congestion_window import CongestionWindow
from marimo_rfb.flow.negotiate import common_codecs
from marimo_rfb.flow.pressed_state import PressedState
from marimo_rfb.flow.rate_limiter import RateLimiter
from marimo_rfb.flow.restart_limiter import RestartLimiter
from marimo_rfb.wire import messages as m
from marimo_rfb.wire.close_reason import close_reason
from marimo_rfb.wire.json_codec import encode_message, parse_client
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import PictureState
from marimo_rfb.wire.viewer_effects import AudienceChanged, CodecSelected, Effect, FramesAcked, MaxFpsChanged

__all__ = ["HELLO_TIMEOUT_S", "MAX_MESSAGES_HZ", "MAX_VIEW", "Close", "Phase", "ViewerProtocol"]

HELLO_TIMEOUT_S = 5.0
MAX_MESSAGES_HZ = 2000
# Inspections follow the pointer, once per display frame; captures need a click.
MAX_INSPECTIONS_HZ = 120
MAX_CAPTURES_HZ = 4
# The contrast tool updates its histogram while it is open.
MAX_HISTOGRAMS_HZ = 10
# A drag of a handle sends one per display frame. Each is a message to all viewers.
MAX_CHOICES_HZ = 250
MIN_FPS = 0.1
MAX_VIEW = 64
# Pixel ratios that `Stream.publish` takes.
MIN_RATIO, MAX_RATIO = 0.1, 16.0

_NEGOTIABLE = tuple(each for each in m.Capability if each.startswith(("control/", "frame/")))
# Without `frame/rect`, whose pictures come by themselves.
_EXTRAS = tuple(each for each in _NEGOTIABLE if each is not m.Capability.RECT)

# What a client must support to get these messages.
_CAPABILITIES: Mapping[type[m.ServerMessage], m.Capability] = {
    m.Notice: m.Capability.NOTICE,
    m.Cursor: m.Capability.CURSOR,
    m.Clipboard: m.Capability.CLIPBOARD,
    m.Contrast: m.Capability.CONTRAST,
    m.ToolStates: m.Capability.FIGURE,
    m.StatusText: m.Capability.FIGURE,
    m.RubberBand: m.Capability.FIGURE,
}


class Phase(Enum):
    """State of a viewer's session."""

    HELLO = "hello"
    WAITING_KEY = "waiting_key"
    LIVE = "live"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Close:
    """Code and reason to close the socket with."""

    code: m.CloseCode
    reason: str


class ViewerProtocol:
    """Session of one viewer, sans I/O.

    After every call the owner applies `effects`, first because they may add text, then sends `outgoing` (text, in
    order) and dispatches `events` (checked, oldest first). It closes the socket when `closing` is set, and calls
    `run_deferred_restart` after `restart_delay_s`.
    """

    def __init__(
        self,
        *,
        offered: tuple[str, ...],
        window: CongestionWindow | None = None,
        max_messages_hz: int = MAX_MESSAGES_HZ,
    ) -> None:
        self.phase = Phase.HELLO
        self.window = window or CongestionWindow()
        self.effects: deque[Effect] = deque()
        self.outgoing: deque[str] = deque()
        self.events: deque[dict[str, Any]] = deque()
        self.closing: Close | None = None
        self.hello: m.Hello | None = None
        self.view = ""  # of a notebook, as the page names it
        self.codecs: tuple[str, ...] = ()
        self.codec = ""
        self.last_sent_seq = 0
        self.last_acked_seq = 0
        self.state: PictureState | None = None  # the picture that the viewer has
        self.frames_sent = 0
        self.frames_acked = 0
        self.bytes_sent = 0
        self.decode_queue_size = 0
        self.visible = True
        self.size: tuple[int, int] | None = None  # of the view in device pixels
        self.pixel_ratio = 1.0  # of the view: device pixels per CSS pixel
        self.max_fps: float | None = None  # that the viewer requested
        self.ignored_messages = 0
        self._offered = offered
        self._max_messages_hz = max_messages_hz
        self._messages = RateLimiter(max_messages_hz)
        self._inspections = RateLimiter(MAX_INSPECTIONS_HZ)
        self._captures = RateLimiter(MAX_CAPTURES_HZ)
        self._histograms = RateLimiter(MAX_HISTOGRAMS_HZ)
        self._choices = RateLimiter(MAX_CHOICES_HZ)
        self._restarts = RestartLimiter()
        self._min_seq = 0
        self._last_frame_seq = 0
        self._takes_again = False
        self._pressed = PressedState()

    @property
    def ready(self) -> bool:
        """Whether a frame may be sent now."""
        watching = self.phase in (Phase.WAITING_KEY, Phase.LIVE) and self.closing is None
        return watching and self.visible and self.window.has_credit

    def supports(self, capability: str) -> bool:
        return self.hello is not None and capability in self.hello.supported

    def greet(self, text: str, now_s: float) -> None:
        """Process the first message; sets `hello` or `closing`."""
        if self.closing is not None:  # the hub closed the session while the hello was in flight
            return
        assert self.phase is Phase.HELLO
        try:
            message = parse_client(text)
        except WireError as exc:
            return self.close(m.CloseCode.PROTOCOL, str(exc))
        if not isinstance(message, m.Hello):
            return self.close(m.CloseCode.PROTOCOL, "the first message must be hello")
        self._messages.take(now_s)
        self.hello = message
        if message.view is not None and len(message.view) <= MAX_VIEW:
            self.view = message.view

    def accept(self, *, width: int, height: int) -> None:
        """Accept the viewer after its hello; `width` and `height` are the stream's size.

        Sets `closing` instead if viewer and stream have no codec in common.
        """
        assert self.phase is Phase.HELLO and self.hello is not None
        self.codecs = common_codecs(self.hello.supported, self._offered)
        if not self.codecs:
            return self.close(
                m.CloseCode.NO_TRANSPORT, f"no codec in common; this stream offers {', '.join(self._offered)}"
            )
        self.codec = self.codecs[0]
        self.phase = Phase.WAITING_KEY
        self.configure(width=width, height=height)

    def configure(self, *, width: int, height: int) -> None:
        """Send the viewer its configuration."""
        assert self.hello is not None
        chooses = self.supports(m.Capability.TRANSPORT)
        extras = tuple(each for each in _EXTRAS if self.supports(each))
        self._send(
            m.Config(
                transport="image",
                width=width,
                height=height,
                codec=self.codec if chooses else None,
                transports=self.codecs if chooses else None,
                extras=extras if any(self.supports(each) for each in _NEGOTIABLE) else None,
            )
        )

    def receive(self, text: str, now_s: float) -> None:
        """Process a message after the hello. Never raises."""
        if self.phase is Phase.CLOSED or self.closing is not None:
            return
        if not self._messages.take(now_s):
            return self.close(m.CloseCode.PROTOCOL, f"more than {self._max_messages_hz} messages a second")
        try:
            message = parse_client(text)
            self._handle(message, now_s)
        except WireError as exc:
            self.close(m.CloseCode.PROTOCOL, str(exc))

    def restart_delay_s(self, now_s: float) -> float | None:
        """Return the delay until `run_deferred_restart` is due, seconds; `None` when no restart is deferred."""
        return None if self.phase is Phase.CLOSED else self._restarts.wait_s(now_s)

    def run_deferred_restart(self, now_s: float) -> None:
        """Run the restart that the rate limit deferred, if it is due."""
        restart = self._restarts.take(now_s)
        if restart is None or self.phase is Phase.CLOSED or self.closing is not None:
            return
        if restart.resets_window:
            self.window.reset()
        if restart.codec is not None:
            self.codec = restart.codec
            announce = self.supports(m.Capability.TRANSPORT)
            self.effects.append(CodecSelected(restart.codec, announce))
        self.restart()

    def lacks(self, packet: Packet) -> bool:
        """Return whether the viewer can take `packet` now, and does not have what it shows."""
        is_decodable = packet.is_key or self.phase is not Phase.WAITING_KEY
        return self._can_take(packet) and packet.is_news_to(self.state) and is_decodable

    def offer(self, packet: Packet) -> bool:
        """Return whether to send `packet` to this viewer now; if so, record it as sent."""
        if not self.lacks(packet):
            # It has had a lossless picture at once, which later ones may be based on too.
            if packet.is_settled and self._can_take(packet) and not packet.is_news_to(self.state):
                self.state = packet.state
            return False
        self.phase = Phase.LIVE
        self._takes_again = False
        self.window.on_sent(packet.seq)
        self.last_sent_seq = packet.seq
        self._last_frame_seq = packet.frame_seq
        self._min_seq = packet.seq + 1
        self.state = packet.state
        self.frames_sent += 1
        self.bytes_sent += len(packet.message)
        return True

    def _can_take(self, packet: Packet) -> bool:
        return self.ready and packet.seq >= self._min_seq and packet.applies_to(self.state)

    def take_again(self) -> None:
        """Let the viewer get the frame that it has once more in a better encoding, unless it has it without loss."""
        self._takes_again = not self._has_final

    def lacks_final(self, packet: Packet) -> bool:
        """Return whether the viewer sees the frame of `packet` or a newer one, but with losses."""
        return self.visible and self.has_frame(packet) and not self._has_final

    @property
    def _has_final(self) -> bool:
        return self.state is not None and self.state.is_final

    @property
    def known_state(self) -> PictureState | None:
        """The picture that the viewer has, as far as it need not get it again."""
        return None if self._takes_again else self.state

    @property
    def starts_over(self) -> bool:
        """Whether the viewer may get the frame that it has once more."""
        return self.phase is Phase.WAITING_KEY or self._takes_again

    def saw_newer(self, packet: Packet) -> bool:
        """Return whether the viewer was sent a higher number than `packet` has, but no newer frame.

        That happens when its last packet was of another encoding. The same number counts if it takes the frame again.
        """
        is_newer = packet.seq < self.last_sent_seq or (self._takes_again and packet.seq == self.last_sent_seq)
        return is_newer and packet.frame_seq >= self._last_frame_seq

    def has_frame(self, packet: Packet) -> bool:
        """Return whether the viewer was sent the frame of `packet`, perhaps in another encoding, and can show it."""
        return self.phase is Phase.LIVE and packet.frame_seq <= self._last_frame_seq

    def restart(self) -> None:
        """Wait for a key frame, which may be of the frame that was sent last."""
        if self.phase is Phase.LIVE:
            self.phase = Phase.WAITING_KEY
        self.state = None
        self._min_seq = self.last_sent_seq  # there may be no newer frame

    def post(self, message: m.ServerMessage) -> None:
        """Send `message`, if the viewer supports messages of its type."""
        if self.phase is not Phase.CLOSED and self.supports(_CAPABILITIES[type(message)]):
            self._send(message)

    def answer(self, message: m.Pixels | m.Histogram | m.RequestFailed) -> None:
        """Send the response to a request."""
        if self.phase is not Phase.CLOSED:
            self._send(message)

    def send_stats(self, stats: m.Stats) -> None:
        """Send the server's statistics to a live viewer."""
        if self.phase is Phase.LIVE:
            self._send(stats)

    def close(self, code: m.CloseCode, reason: str) -> None:
        """Request to close the socket with `code`; only the first call counts."""
        if self.closing is None:
            if code in (m.CloseCode.NORMAL, m.CloseCode.GOING_AWAY) and self.phase is not Phase.HELLO:
                self._send(m.Bye(reason=reason))
            self.closing = Close(code, close_reason(reason))

    def lost(self, now_s: float) -> None:
        """Record the loss of the socket: release all pressed keys and buttons, then emit `close` as the last event."""
        if self.phase in (Phase.WAITING_KEY, Phase.LIVE):
            self.events.extend(self._pressed.release(now_s))
            self.events.append({"type": "close", "timestamp": now_s})
        self.phase = Phase.CLOSED

    def _send(self, message: m.ServerMessage) -> None:
        if self.closing is None:  # `Bye` is the last message
            self.outgoing.append(encode_message(message))

    def _handle(self, message: m.ClientMessage | None, now_s: float) -> None:
        match message:
            case m.Ack():
                self._on_ack(message, now_s)
            case m.Event():
                self._on_event(message.event, now_s)
            case m.SetViewport():
                self._on_viewport(message, now_s)
            case m.Visibility():
                self._set_visible(message.visible)
            case m.RequestKeyframe() | m.DecoderReset() | m.SelectTransport():
                self._on_restart_request(message, now_s)
            case m.LimitRate() if self.supports(m.Capability.RATE):
                self._set_max_fps(message.fps)
            case m.AskTime() if self.supports(m.Capability.TIME):
                self._send(m.Time(sent_ms=message.sent_ms, server_us=int(now_s * 1e6)))
            case m.Inspect() if self.supports(m.Capability.INSPECT):
                self._queue_request(message, self._inspections.take(now_s))
            case m.Capture() if self.supports(m.Capability.CAPTURE):
                self._queue_request(message, self._captures.take(now_s))
            case m.AskHistogram() if self.supports(m.Capability.CONTRAST):
                self._queue_request(message, self._histograms.take(now_s))
            case m.SetContrast() if self.supports(m.Capability.CONTRAST) and self._choices.take(now_s):
                self.effects.append(message)
            case (
                m.Hello()
                | m.LimitRate()
                | m.AskTime()
                | m.Inspect()
                | m.Capture()
                | m.AskHistogram()
                | m.SetContrast()
                | None
            ):
                self.ignored_messages += 1

    def _on_ack(self, ack: m.Ack, now_s: float) -> None:
        # Capped, so that a client cannot ack frames in advance and receive them without showing any.
        seq = min(ack.seq, self.last_sent_seq)
        self.frames_acked += self.window.on_ack(seq, now_s)
        if seq > self.last_acked_seq:
            self.last_acked_seq = seq
            self.effects.append(FramesAcked(seq, None if ack.delay_ms is None else ack.delay_ms / 1000))
        self.decode_queue_size = ack.decode_queue_size

    def _on_event(self, event: dict[str, Any], now_s: float) -> None:
        try:
            checked = check_event(event, now_s=now_s)
        except UnknownEvent:
            self.ignored_messages += 1
            return
        self._pressed.update(checked)
        self.events.append(checked)

    def _set_visible(self, visible: bool) -> None:
        if visible != self.visible:
            self.visible = visible
            self.effects.append(AudienceChanged())

    def _on_viewport(self, viewport: m.SetViewport, now_s: float) -> None:
        if viewport.width <= 0 or viewport.height <= 0 or viewport.pwidth <= 0 or viewport.pheight <= 0:
            return
        size, ratio = (viewport.pwidth, viewport.pheight), min(max(viewport.ratio, MIN_RATIO), MAX_RATIO)
        if (size, ratio) != (self.size, self.pixel_ratio):
            self.size, self.pixel_ratio = size, ratio
            self.effects.append(AudienceChanged())
        self.events.append(
            {
                "type": "resize",
                "width": viewport.width,
                "height": viewport.height,
                "pwidth": viewport.pwidth,
                "pheight": viewport.pheight,
                "ratio": ratio,
                "timestamp": now_s,
            }
        )

    def _on_restart_request(
        self, message: m.RequestKeyframe | m.DecoderReset | m.SelectTransport, now_s: float
    ) -> None:
        codec = message.transport if isinstance(message, m.SelectTransport) else None
        if codec is not None and codec not in self.codecs:
            raise WireError(f"transport {codec[:40]!r} is not one of {', '.join(self.codecs)}")
        self._restarts.request(codec=codec, resets_window=isinstance(message, m.DecoderReset))
        self.run_deferred_restart(now_s)

    def _set_max_fps(self, max_fps: float | None) -> None:
        if max_fps is not None and max_fps < MIN_FPS:
            raise WireError(
                f"limit_rate: fps must be at least {MIN_FPS}, got {max_fps:g}; send visibility to pause the frames"
            )
        if max_fps != self.max_fps:
            self.max_fps = max_fps
            self.effects.append(MaxFpsChanged(max_fps))

    def _queue_request(self, message: m.Inspect | m.Capture | m.AskHistogram, is_allowed: bool) -> None:
        if is_allowed:
            self.effects.append(message)
        else:
            self.answer(m.RequestFailed(id=message.id, reason="asked too often"))
