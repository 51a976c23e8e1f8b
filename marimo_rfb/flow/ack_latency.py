"""Measures the time from sending a frame to its ack."""

from collections import deque

__all__ = ["DISPLAY_TIME_S", "AckLatency"]

# Time a browser takes to decode and show a picture; part of the ack latency, but not of the round trip.
DISPLAY_TIME_S = 0.02

_MAX_PENDING = 64


class AckLatency:
    """Measures the time from sending a frame to its ack. `now_s` is in seconds, of a monotonic clock."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, float]] = deque(maxlen=_MAX_PENDING)

    def on_sent(self, seq: int, now_s: float) -> None:
        """Record that frame `seq` was sent."""
        self._sent.append((seq, now_s))

    def on_ack(self, seq: int, now_s: float) -> float | None:
        """Return the ack latency of the newest sent frame up to `seq`, seconds; `None` when it is unknown."""
        latency_s = None
        while self._sent and self._sent[0][0] <= seq:
            latency_s = now_s - self._sent.popleft()[1]
        return latency_s
