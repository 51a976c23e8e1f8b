"""Estimates the delivery rate and the queueing delay of a path by acks."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Delivery", "DeliveryRate"]

_MAX_PENDING = 64
# Time constant of the moving average.
_MEMORY_S = 0.5
# Two frames that arrive this much further apart than they were sent were queued behind one another.
_SPREAD = 1.2
_MIN_SPREAD_S = 0.002
_MIN_PAIRS, _MAX_PAIRS = 3, 5
_AGREEMENT = 1.15
_SMOOTHING = 0.3
# Below this, time on the link is loopback noise.
_MIN_BUSY_S = 1e-4
# So much of the time that a frame takes may be due to busy processes and not to the link, and what it differs.
_FRAME_NOISE_S = 0.005
_DEVIATIONS = 2.0
_LARGE_BYTES = 3000
# The rate may have doubled since frames of that size were last sent.
_DOUBT_S = 5.0
_MAX_DOUBLINGS = 60


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one ack tells.

    Attributes:
        sent_s: when the newest of the acked frames was sent.
        size_bytes: of that frame.
        queue_s: how much longer than the least round trip it took: the time to put it on the wire, and the queue that
            it found.
        latency_s: from sending it to its ack.
        transit_s: the same without the page's part.
        path_s: the same without its time on the wire, as far as that is known: a round trip, and the queue.
        page_s: how long the page was busy with one of the acked frames.
        is_live: whether it tells how long a live frame takes.
        is_alone: whether nothing else was in flight when it was sent.
        is_page_busy: whether the page received it before the ack of the one before.
    """

    sent_s: float
    size_bytes: int
    queue_s: float
    latency_s: float
    transit_s: float
    path_s: float
    page_s: float
    is_live: bool
    is_alone: bool
    is_page_busy: bool


@dataclass(frozen=True, slots=True)
class _Sent:
    seq: int
    size_bytes: int
    sent_s: float
    is_settled: bool
    is_live: bool
    is_alone: bool


class DeliveryRate:
    """Estimates how fast a path delivers, from frames and their acks. `now_s` is in seconds, of a monotonic clock.

    A frame keeps the link busy from when it, or the ack of the frame before it, was due until it is received. So the
    estimate is the capacity of the link also while there is not enough to send, as far as the least round trip is
    known. It is the acked bytes over the busy time, each with exponential forgetting: one very late frame outweighs
    many early ones, and a link that gets faster is noticed within a second.
    """

    def __init__(self) -> None:
        self._sent: deque[_Sent] = deque(maxlen=_MAX_PENDING)
        self._received_s = -math.inf
        self._acked_s = -math.inf
        self._last_sent_s = -math.inf
        self._ignored_seq = -1
        self._pairs_bps: deque[float] = deque(maxlen=_MAX_PAIRS)
        self._updated_s = -math.inf
        self._bytes = 0.0
        self._busy_s = 0.0
        self._frames = 0.0
        self._known_bps, self._known_s = math.inf, 0.0  # by the last frame that told much
        self._deviation_s = 0.0  # of what a frame takes from what it takes by the rate, smoothed

    @property
    def rate_bps(self) -> float | None:
        """The delivery rate in bits a second; `None` before the first ack."""
        return None if self._busy_s == 0 else 8 * self._bytes / self._busy_s

    def highest_bps(self, now_s: float) -> float:
        """Return the highest rate that the acks leave possible, in bits a second; may be infinite.

        Small frames tell little, because what they take is mostly noise. What large ones told holds until smaller ones
        come faster than it allows, but less and less.
        """
        busy_s = self._busy_s - self._frames * self._noise_s
        possible_bps = 8 * self._bytes / busy_s if busy_s > 0 else math.inf
        known_bps = self._known_bps * 2 ** min((now_s - self._known_s) / _DOUBT_S, _MAX_DOUBLINGS)
        return max(min(possible_bps, known_bps), self.rate_bps or 0.0)

    @property
    def _noise_s(self) -> float:
        return _FRAME_NOISE_S + _DEVIATIONS * self._deviation_s

    @property
    def in_flight_frames(self) -> int:
        """Number of frames that were sent and not acked."""
        return len(self._sent)

    @property
    def in_flight_bytes(self) -> int:
        """Bytes of the frames that were sent and not acked."""
        return sum(each.size_bytes for each in self._sent)

    def oldest_age_s(self, now_s: float) -> float:
        """Return for how long the oldest frame in flight has been sent; 0 if there is none."""
        return now_s - self._sent[0].sent_s if self._sent else 0.0

    def on_sent(self, seq: int, size_bytes: int, now_s: float, *, is_live: bool = True) -> None:
        """Record that frame `seq` was sent; one that is not `is_live`, as a settled one, holds up those behind it."""
        is_held_up = any(each.is_settled for each in self._sent)
        self._sent.append(_Sent(seq, size_bytes, now_s, not is_live, is_live and not is_held_up, not self._sent))

    def on_ack(self, seq: int, now_s: float, *, rtt_s: float, ack_delay_s: float = 0.0) -> Delivery | None:
        """Record the ack of every frame up to `seq`; return what it tells, `None` if it acks nothing new.

        Args:
            seq: of the ack.
            now_s: when the ack came.
            rtt_s: the least round trip of the path.
            ack_delay_s: how long the viewer had the frame before it sent the ack; it is not believed beyond the truth.
        """
        acked: list[_Sent] = []
        while self._sent and self._sent[0].seq <= seq:
            acked.append(self._sent.popleft())
        if not acked:
            return None
        newest = acked[-1]
        latency_s = max(0.0, now_s - newest.sent_s)
        received_s = max(now_s - min(max(0.0, ack_delay_s), latency_s), self._received_s)
        transit_s = received_s - newest.sent_s
        if len(acked) == 1:
            self._measure_pair(newest, received_s)
        busy_s = received_s - max(self._received_s, acked[0].sent_s + rtt_s)
        if newest.seq > self._ignored_seq:
            self._measure(acked, max(busy_s, _MIN_BUSY_S), now_s)
        page_s = max(0.0, now_s - max(received_s, self._acked_s)) / len(acked)
        is_page_busy = received_s < self._acked_s
        self._received_s, self._acked_s, self._last_sent_s = received_s, now_s, newest.sent_s
        queue_s = max(0.0, transit_s - rtt_s)
        path_s = max(0.0, transit_s - self._certain_wire_s(newest.size_bytes))
        return Delivery(
            newest.sent_s,
            newest.size_bytes,
            queue_s,
            latency_s,
            transit_s,
            path_s,
            page_s,
            is_live=newest.is_live,
            is_alone=newest.is_alone,
            is_page_busy=is_page_busy,
        )

    def forget_rate(self) -> None:
        """Forget the rate, because what was measured was not the path."""
        self._bytes = self._busy_s = self._frames = 0.0
        self._known_bps = math.inf

    def ignore_in_flight(self) -> None:
        """Do not measure the rate by the frames in flight, because they may have waited for TCP's window to open."""
        self._ignored_seq = self._sent[-1].seq if self._sent else -1

    def forget_in_flight(self) -> None:
        """Forget the frames in flight, because the viewer starts over."""
        self._sent.clear()

    def _certain_wire_s(self, size_bytes: int) -> float:
        """Return the least time that `size_bytes` take on the wire, by all that was measured; 0 if that is little."""
        # One pair that a change of the route has torn apart must not count, nor pairs of a link that was slower.
        pair_bps = median(self._pairs_bps) if len(self._pairs_bps) >= _MIN_PAIRS else 0.0
        if self.rate_bps is None or self.rate_bps > _AGREEMENT * pair_bps:
            return 0.0
        return 8 * size_bytes / max(pair_bps, self.rate_bps)

    def _measure_pair(self, frame: _Sent, received_s: float) -> None:
        """Measure the rate by a pair of frames, which needs no round trip: how far apart they arrive."""
        if frame.size_bytes < _LARGE_BYTES:
            return
        apart_s, sent_apart_s = received_s - self._received_s, frame.sent_s - self._last_sent_s
        if frame.sent_s < self._received_s and apart_s > _SPREAD * sent_apart_s + _MIN_SPREAD_S:
            self._pairs_bps.append(8 * frame.size_bytes / apart_s)
        elif _SPREAD * apart_s + _MIN_SPREAD_S < self._certain_wire_s(frame.size_bytes):
            self._pairs_bps.clear()  # the link has become faster

    def _measure(self, acked: Sequence[_Sent], busy_s: float, now_s: float) -> None:
        kept = math.exp(-(now_s - self._updated_s) / _MEMORY_S)
        size_bytes = sum(each.size_bytes for each in acked)
        self._bytes = kept * self._bytes + size_bytes
        self._busy_s = kept * self._busy_s + busy_s
        self._frames = kept * self._frames + len(acked)
        self._updated_s = now_s
        deviation_s = abs(busy_s - size_bytes * self._busy_s / self._bytes) / len(acked)
        noise_s = len(acked) * self._noise_s
        if size_bytes >= _LARGE_BYTES and busy_s > 2 * noise_s:
            self._known_bps, self._known_s = 8 * size_bytes / (busy_s - noise_s), now_s
        elif 8 * size_bytes > self._known_bps * (busy_s + noise_s):
            self._known_bps = math.inf
        self._deviation_s += _SMOOTHING * (deviation_s - self._deviation_s)
