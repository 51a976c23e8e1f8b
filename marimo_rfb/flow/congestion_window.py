"""How many frames one viewer may have under way."""

import math
from collections import deque
from collections.abc import Callable

__all__ = ["CongestionWindow"]

_WINDOW_S = 10.0
_RATE_SPAN_S = 1.0
# A round trip this much below one frame is loopback noise, not a frame's worth of way.
_TOLERANCE = 0.05


class CongestionWindow:
    """Credit by cumulative acks, with a limit that follows the way to the viewer.

    The limit is `least` frames, which keep encoder, network and decoder busy at once, plus as many as arrive during one
    round trip: the smallest round trip times the largest rate of acks of the last seconds (the bandwidth-delay
    product, as in BBR). The smallest round trip is free of queues and the rate of acks is what network and browser
    really sustain, so a long way is filled and a narrow one does not build up a queue.

    `now_s` is in seconds, of any clock; one that is set makes the limit wrong for a while and nothing else.
    """

    def __init__(self, *, min_frames: int = 2, max_frames: int = 32) -> None:
        self._min_frames, self._max_frames = min_frames, max_frames
        self._in_flight: deque[int] = deque()
        self._acks: deque[tuple[float, int]] = deque()
        self._rtt_s = WindowedMinMax(min)
        self._rate_hz = WindowedMinMax(max)

    @property
    def in_flight(self) -> int:
        """How many frames were sent and not acked."""
        return len(self._in_flight)

    @property
    def limit(self) -> int:
        """How many frames may be in flight."""
        rtt_s, rate_hz = self._rtt_s.value, self._rate_hz.value
        on_the_way = 0 if rtt_s is None or rate_hz is None else math.ceil(rtt_s * rate_hz - _TOLERANCE)
        return min(self._min_frames + max(0, on_the_way), self._max_frames)

    @property
    def has_credit(self) -> bool:
        return len(self._in_flight) < self.limit

    @property
    def rtt_s(self) -> float | None:
        """The smallest round trip of the last seconds; `None` before the first."""
        return self._rtt_s.value

    def on_sent(self, seq: int) -> None:
        """Note that frame `seq` was sent."""
        assert not self._in_flight or seq >= self._in_flight[-1]
        self._in_flight.append(seq)

    def on_ack(self, seq: int, now_s: float) -> int:
        """Note that the viewer is done with every frame up to `seq`; return how many that frees.

        An ack of a frame that was never sent frees nothing it should not, and an old one frees nothing.
        """
        freed = 0
        while self._in_flight and self._in_flight[0] <= seq:
            self._in_flight.popleft()
            freed += 1
        if freed:
            self._measure_rate(freed, now_s)
        return freed

    def on_rtt(self, rtt_s: float, now_s: float) -> None:
        """Note a round trip to the viewer's socket and back."""
        self._rtt_s.add(rtt_s, now_s)

    def on_ack_timeout(self) -> None:
        """Count the oldest frame in flight as done, because nobody waits for its ack any longer."""
        if self._in_flight:
            self._in_flight.popleft()

    def reset(self) -> None:
        """Forget what is in flight: the viewer starts over."""
        self._in_flight.clear()

    def _measure_rate(self, freed: int, now_s: float) -> None:
        self._acks.append((now_s, freed))
        while now_s - self._acks[0][0] > _RATE_SPAN_S:
            self._acks.popleft()
        first_s, first_freed = self._acks[0]
        if (span_s := now_s - first_s) > 0:
            count = sum(n for _, n in self._acks) - first_freed
            # A burst of acks after a pause would read as an absurd rate; what a short span shows is bounded by its
            # count.
            self._rate_hz.add(count / max(span_s, 0.1), now_s)


class WindowedMinMax:
    """The extreme value (`min` or `max`) of the last ten to twenty seconds, in two buckets of ten."""

    def __init__(self, extreme: Callable[[float, float], float]) -> None:
        self._extreme = extreme
        self._started_s = -math.inf
        self._old: float | None = None
        self._new: float | None = None

    @property
    def value(self) -> float | None:
        if self._old is None or self._new is None:
            return self._new if self._old is None else self._old
        return self._extreme(self._old, self._new)

    def add(self, value: float, now_s: float) -> None:
        if now_s - self._started_s >= _WINDOW_S:
            self._old = self._new if now_s - self._started_s < 2 * _WINDOW_S else None
            self._new, self._started_s = None, now_s
        self._new = value if self._new is None else self._extreme(self._new, value)
