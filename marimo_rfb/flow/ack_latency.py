"""How long pictures take to be acked."""

from collections import deque

__all__ = ["DISPLAY_TIME_S", "AckLatency"]

# What a browser needs to decode a picture and show it, which is no part of the way there and back.
DISPLAY_TIME_S = 0.02

_MAX_PENDING = 64


class AckLatency:
    """From the sending of a frame to its ack. `now_s` is in seconds, of any clock that is not set."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, float]] = deque(maxlen=_MAX_PENDING)

    def on_sent(self, seq: int, now_s: float) -> None:
        """Note that frame `seq` was sent."""
        self._sent.append((seq, now_s))

    def on_ack(self, seq: int, now_s: float) -> float | None:
        """Return how long the newest frame up to `seq` took; `None` when it is not known."""
        delay_s = None
        while self._sent and self._sent[0][0] <= seq:
            delay_s = now_s - self._sent.popleft()[1]
        return delay_s
