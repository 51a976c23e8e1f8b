"""Congestion window: limits the frames in flight to one viewer."""

import math
from collections import deque
from collections.abc import Callable

__all__ = ["CongestionWindow"]

_WINDOW_S = 10.0
_RATE_SPAN_S = 1.0
# In frames: a smaller bandwidth-delay product is loopback noise.
_TOLERANCE = 0.05


class CongestionWindow:
    """Congestion window with cumulative acks; its limit adapts to the path to the viewer.

    The limit is `min_frames`, which keep encoder, network and decoder busy at once, plus the bandwidth-delay product,
    as in BBR: the smallest round-trip time multiplied by the highest ack rate of the last seconds. The smallest
    round-trip time contains no queueing delay, and the ack rate is what network and browser really sustain; so the
    window fills a long path and builds up no queue on a narrow one.

    `now_s` is in seconds, of any clock; a clock that is set only makes the limit wrong for a while.
    """

    def __init__(self, *, min_frames: int = 2, max_frames: int = 32) -> None:
        self._min_frames, self._max_frames = min_frames, max_frames
        self._in_flight: deque[int] = deque()
        self._acks: deque[tuple[float, int]] = deque()
        self._rtt_s = WindowedMinMax(min)
        self._rate_hz = WindowedMinMax(max)
        self._acked = 0  # in `_acks`
        self._limit = min_frames

    @property
    def in_flight(self) -> int:
        """Number of frames that were sent and not acked."""
        return len(self._in_flight)

    @property
    def limit(self) -> int:
        """Maximum number of frames in flight."""
        return self._limit

    @property
    def has_credit(self) -> bool:
        return len(self._in_flight) < self._limit

    @property
    def rtt_s(self) -> float | None:
        """The smallest round-trip time of the last seconds; `None` before the first measurement."""
        return self._rtt_s.value

    def on_sent(self, seq: int) -> None:
        """Record that frame `seq` was sent."""
        assert not self._in_flight or seq >= self._in_flight[-1]
        self._in_flight.append(seq)

    def on_ack(self, seq: int, now_s: float) -> int:
        """Record the ack of every frame up to `seq`; return the number of frames it removes from flight.

        An old ack removes none; an ack beyond the last sent frame removes all that are in flight and no more.
        """
        freed = 0
        while self._in_flight and self._in_flight[0] <= seq:
            self._in_flight.popleft()
            freed += 1
        if freed:
            self._measure_rate(freed, now_s)
        return freed

    def on_rtt(self, rtt_s: float, now_s: float) -> None:
        """Record a round-trip time to the viewer's socket."""
        self._rtt_s.add(rtt_s, now_s)
        self._update_limit()

    def on_probed_rtt(self, rtt_s: float, now_s: float) -> None:
        """Record the round trip of a path that had run empty; what was measured before no longer counts."""
        self._rtt_s = WindowedMinMax(min)
        self.on_rtt(rtt_s, now_s)

    def on_ack_timeout(self) -> None:
        """Remove the oldest frame from flight, because its ack timed out."""
        if self._in_flight:
            self._in_flight.popleft()

    def reset(self) -> None:
        """Remove all frames from flight, because the viewer starts over."""
        self._in_flight.clear()

    def _measure_rate(self, freed: int, now_s: float) -> None:
        self._acks.append((now_s, freed))
        self._acked += freed
        while now_s - self._acks[0][0] > _RATE_SPAN_S:
            self._acked -= self._acks.popleft()[1]
        first_s, first_freed = self._acks[0]
        if (span_s := now_s - first_s) > 0:
            # Without a minimum span, a burst of acks after a pause would yield an absurd rate.
            self._rate_hz.add((self._acked - first_freed) / max(span_s, 0.1), now_s)
            self._update_limit()

    def _update_limit(self) -> None:
        rtt_s, rate_hz = self._rtt_s.value, self._rate_hz.value
        bdp_frames = 0 if rtt_s is None or rate_hz is None else math.ceil(rtt_s * rate_hz - _TOLERANCE)
        self._limit = min(self._min_frames + max(0, bdp_frames), self._max_frames)


class WindowedMinMax:
    """The `min` or `max` of the values of the last ten to twenty seconds, in two buckets of ten seconds.

    Attributes:
        value: that; `None` before the first one.
    """

    def __init__(self, extreme: Callable[[float, float], float]) -> None:
        self._extreme = extreme
        self._started_s = -math.inf
        self._old: float | None = None
        self._new: float | None = None
        self.value: float | None = None

    def add(self, value: float, now_s: float) -> None:
        if now_s - self._started_s >= _WINDOW_S:
            self._old = self._new if now_s - self._started_s < 2 * _WINDOW_S else None
            self._new, self._started_s = None, now_s
        self._new = value if self._new is None else self._extreme(self._new, value)
        self.value = self._new if self._old is None else self._extreme(self._old, self._new)
