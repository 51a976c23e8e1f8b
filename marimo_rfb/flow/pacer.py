"""Pacing: how far apart the pictures of one viewer are sent."""

__all__ = ["Pacer"]

# Pictures are paced, as in BBR, so that the link takes one after the other: somewhat faster than that, because the rate
# may be more than was measured, but the less the longer the queue is, and slower than that if it is longer than this.
_GAIN = 1.1
_MIN_GAIN = 0.8
_QUEUE_S = 0.012
# On a longer round trip less, because the queue is seen only after it.
_GAIN_RTT_S = 0.06
# From when a picture may be sent until it is: it has to be encoded. A first guess, and the longest that counts.
_LEAD_S, _MAX_LEAD_S = 0.01, 0.03
_SMOOTHING = 0.3


class Pacer:
    """Spaces pictures so that the link is never idle, and none waits for another. `now_s` is of a monotonic clock."""

    def __init__(self) -> None:
        self._sent_by_s = 0.0  # when the link has taken what was sent, by the rate that was measured
        self._lead_s = _LEAD_S

    def wait_s(self, now_s: float) -> float:
        """Return for how long the next picture has to wait, seconds."""
        return max(0.0, self._sent_by_s - self._lead_s - now_s)

    def on_sent(self, now_s: float, *, wire_s: float, queue_s: float, rtt_s: float, min_interval_s: float) -> None:
        """Record a picture.

        Args:
            now_s: when it was sent.
            wire_s: how long it takes on the wire.
            queue_s: how long the last picture waited for others.
            rtt_s: the least round trip.
            min_interval_s: until the next picture, whatever the link takes.
        """
        if self._sent_by_s > 0:
            delay_s = now_s - (self._sent_by_s - self._lead_s)
            self._lead_s += _SMOOTHING * (min(max(0.0, delay_s), _MAX_LEAD_S) - self._lead_s)
        interval_s = max(wire_s / self._gain(queue_s, rtt_s), min_interval_s)
        self._sent_by_s = max(self._sent_by_s, now_s) + interval_s

    def reset(self) -> None:
        """Forget what was sent, because the viewer starts over."""
        self._sent_by_s = 0.0

    @staticmethod
    def _gain(queue_s: float, rtt_s: float) -> float:
        excess = (_GAIN - 1) * (1 - queue_s / _QUEUE_S)
        if excess > 0:
            excess *= _GAIN_RTT_S / max(rtt_s, _GAIN_RTT_S)
        return max(1 + excess, _MIN_GAIN)
