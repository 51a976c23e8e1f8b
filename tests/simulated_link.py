"""A path in virtual time: a publisher, a viewer's controller, a link, and a page that decodes and acks."""

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from marimo_rfb.flow.congestion_window import CongestionWindow
from marimo_rfb.flow.layer_controller import MIN_WINDOW, LayerController
from marimo_rfb.flow.quality_level import QualityLevel

__all__ = ["Shown", "SimulatedPath"]

QUEUE_BYTES = 64 << 10
PACKET_BYTES = 1500
PING_INTERVAL_S = 1.0


@dataclass(frozen=True)
class Shown:
    """A picture that the page has shown.

    Attributes:
        at_s: when.
        age_s: since it was published.
        size_bytes: of it.
        index: its layer.
    """

    at_s: float
    age_s: float
    size_bytes: int
    index: int


@dataclass(frozen=True)
class _Encoded:
    """A picture of the frame that was published at `published_s`, with `changed` of it, and its layer."""

    published_s: float
    index: int
    size_bytes: int
    is_whole: bool
    changed: float


@dataclass
class SimulatedPath:
    """A path whose attributes may change, all but `shown`.

    Attributes:
        full_bytes: of a whole picture in the best layer.
        changed: how much of the picture changes with the frame of a time, of 1.
        fps: frames that are published, a second.
        rate_bps: of the link to the viewer.
        delay_s: of one direction.
        jitter_s: a random addition to the delay, from 0 to this.
        encode_s: until a picture that was requested is encoded; the newest frame is taken at its beginning.
        decode_s: for which the page decodes one picture.
        paint_s: for which it paints one, while it may decode the next.
        loss: of packets, of 1; with TCP's windows and retransmissions. `None` without these.
        is_proxied: whether no pings tell the round trip, but the acks alone.
        sizes: of a whole picture in a layer.
    """

    controller: LayerController
    full_bytes: int = 200_000
    changed: Callable[[float], float] = lambda now_s: 1.0
    fps: float = 30.0
    rate_bps: float = 1e9
    delay_s: float = 0.01
    jitter_s: float = 0.0
    encode_s: float = 0.01
    decode_s: float = 0.005
    paint_s: float = 0.0
    loss: float | None = None
    is_proxied: bool = False
    seed: int = 0
    now_s: float = 0.0
    shown: list[Shown] = field(default_factory=list)
    sizes: Callable[[QualityLevel, int], int] = lambda level, full_bytes: int(full_bytes * level.relative_bytes) + 300

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._tcp = _Tcp(self, self._random)
        self._window = CongestionWindow(min_frames=MIN_WINDOW)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._seq = 0
        self._published_s = self._sent_s = -math.inf  # the newest frame, and the one of the last picture
        self._changed = 1.0  # since the last picture that was encoded
        self._sent_index = -1
        self._is_encoding = False
        self._encoded: _Encoded | None = None
        self._link_free_s = self._arrived_s = self._page_free_s = self._painted_s = 0.0
        if self.controller.is_starting:  # the hello has told it
            self._window.on_rtt(self.rtt_s, self.now_s)
        if not self.is_proxied:
            self._on_ping()
        self._on_publish()

    @property
    def rtt_s(self) -> float:
        return 2 * self.delay_s

    @property
    def _rtt_s(self) -> float:
        return math.inf if self._window.rtt_s is None else self._window.rtt_s

    @property
    def in_flight(self) -> int:
        return self._window.in_flight

    def run(self, for_s: float) -> list[Shown]:
        """Let `for_s` seconds pass; return what was shown in them."""
        end_s, before = self.now_s + for_s, len(self.shown)
        while self._due[0][0] <= end_s:
            self.now_s, _, act = heapq.heappop(self._due)
            act()
        self.now_s = end_s
        return self.shown[before:]

    def _at(self, at_s: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at_s, next(self._order), act))

    def _on_publish(self) -> None:
        self._published_s = self.now_s
        self._changed = min(1.0, self._changed + self.changed(self.now_s))
        self._at(self.now_s + 1 / self.fps, self._on_publish)
        self._send()

    def _on_ping(self) -> None:
        # It takes its turn behind the pictures.
        rtt_s = max(self._link_free_s - self.now_s, 0.0) + self.random_delay_s() + self.delay_s
        self._at(self.now_s + rtt_s, lambda: self._window.on_rtt(rtt_s, self.now_s))
        self._at(self.now_s + PING_INTERVAL_S, self._on_ping)

    @property
    def _wait_s(self) -> float:
        """For how long nothing may be sent; infinite if only an ack ends that."""
        if not self._window.has_credit:
            return math.inf
        # As the kernel and `SendBuffer`: while the queue before the link is full, nothing is sent.
        room_s = self._link_free_s - 8 * QUEUE_BYTES / self.rate_bps
        return max(self.controller.wait_s(self._rtt_s, self.now_s), room_s - self.now_s)

    def _send(self) -> None:
        """Send the encoded picture, or encode the newest frame, if the viewer is ready for that."""
        if (wait_s := self._wait_s) > 0:
            return None if wait_s == math.inf else self._at(self.now_s + wait_s + 1e-6, self._send)
        encoded, self._encoded = self._encoded, None
        if encoded is not None and self._is_sent(encoded):
            return self._send()
        if not self._is_encoding and self._published_s > self._sent_s:
            self._encode()

    def _encode(self) -> None:
        index, is_whole = self.controller.index, self.controller.index != self._sent_index
        whole_bytes = self.sizes(self.controller.layers[index], self.full_bytes)
        size_bytes = whole_bytes if is_whole else math.ceil(whole_bytes * self._changed)
        encoded = _Encoded(self._published_s, index, size_bytes, is_whole, self._changed)
        self._is_encoding, self._changed = True, 0.0
        self._at(self.now_s + self.encode_s, lambda: self._on_encoded(encoded))

    def _on_encoded(self, encoded: "_Encoded") -> None:
        self._is_encoding, self._encoded = False, encoded
        self._send()

    def _is_sent(self, encoded: "_Encoded") -> bool:
        """Send a picture, if it is of the layer in force and that is admitted; return whether it was sent."""
        if encoded.index != self.controller.index or not self.controller.admit(
            encoded.size_bytes, self.now_s, is_whole=encoded.is_whole
        ):
            self._changed = min(1.0, self._changed + encoded.changed)
            return False
        self._seq, self._sent_s, self._sent_index = self._seq + 1, encoded.published_s, encoded.index
        seq = self._seq
        self._window.on_sent(seq)
        self.controller.on_sent(seq, encoded.size_bytes, self.now_s, is_whole=encoded.is_whole)
        arrived_s = self._transmit(encoded.size_bytes)
        self._page_free_s = max(self._page_free_s, arrived_s) + self.decode_s
        shown_s = self._painted_s = max(self._page_free_s, self._painted_s) + self.paint_s
        shown = Shown(shown_s, shown_s - encoded.published_s, encoded.size_bytes, encoded.index)
        self._at(shown_s, lambda: self.shown.append(shown))
        self._at(shown_s + self.delay_s, lambda: self._on_ack(seq, shown_s - arrived_s))
        return True

    def _transmit(self, size_bytes: int) -> float:
        """Put a picture on the wire; return when it will have arrived."""
        start_s = max(self._link_free_s, self.now_s)
        if self.loss is None:
            self._link_free_s = start_s + 8 * size_bytes / self.rate_bps
            arrived_s = self._link_free_s + self.random_delay_s()
        else:
            self._link_free_s, arrived_s = self._tcp.transmit(size_bytes, start_s, self.loss)
        self._arrived_s = max(self._arrived_s, arrived_s)
        return self._arrived_s

    def random_delay_s(self) -> float:
        """Return the delay of the next packet or picture."""
        return self.delay_s + self._random.random() * self.jitter_s

    def _on_ack(self, seq: int, ack_delay_s: float) -> None:
        self._window.on_ack(seq, self.now_s)
        controller, window = self.controller, self._window
        controller.on_ack(seq, self.now_s, rtt_s=self._rtt_s, ack_delay_s=ack_delay_s)
        if controller.probed_rtt_s is not None:
            window.on_probed_rtt(controller.probed_rtt_s, self.now_s)
        rtt_s = controller.path_s if self.is_proxied else controller.transit_s
        if rtt_s is not None:
            window.on_rtt(rtt_s, self.now_s)
        self._send()


class _Tcp:
    """What TCP makes of a link: slow start, and after a loss a smaller window and a wait for the retransmission."""

    def __init__(self, path: SimulatedPath, source: random.Random) -> None:
        self._path = path
        self._random = source
        self._window_bytes = 10.0 * PACKET_BYTES
        self._is_slow_start = True
        self._reduced_s = -math.inf
        self._flying: deque[tuple[float, int]] = deque()  # when each packet is acked, and its size
        self._flying_bytes = 0

    def transmit(self, size_bytes: int, start_s: float, loss: float) -> tuple[float, float]:
        """Return when `size_bytes` that may leave from `start_s` on have left, and when all of them have arrived."""
        now_s = arrived_s = start_s
        while size_bytes > 0:
            packet_bytes = min(size_bytes, PACKET_BYTES)
            size_bytes -= packet_bytes
            while self._flying and (
                self._flying[0][0] <= now_s or self._flying_bytes + packet_bytes > self._window_bytes
            ):
                acked_s, acked_bytes = self._flying.popleft()
                now_s = max(now_s, acked_s)
                self._flying_bytes -= acked_bytes
                self._window_bytes += acked_bytes * (1 if self._is_slow_start else PACKET_BYTES / self._window_bytes)
            now_s += 8 * packet_bytes / self._path.rate_bps
            packet_s = now_s + self._path.random_delay_s()
            if self._random.random() < loss:
                packet_s += self._path.rtt_s
                self._on_loss(now_s)
            arrived_s = max(arrived_s, packet_s)
            self._flying.append((packet_s + self._path.delay_s, packet_bytes))
            self._flying_bytes += packet_bytes
        return now_s, arrived_s

    def _on_loss(self, now_s: float) -> None:
        self._is_slow_start = False
        if now_s - self._reduced_s > self._path.rtt_s:
            self._window_bytes = max(0.7 * self._window_bytes, 2.0 * PACKET_BYTES)
            self._reduced_s = now_s
