"""Measures the round trip of a busy path, as often as needed and when it seems to have become longer."""

import math

from marimo_rfb.flow.delivery_rate import Delivery

__all__ = ["RttProbe"]

# Pictures that take this much longer than the least round trip have waited, or the round trip is longer now.
_EXCESS_S = 0.015
# A queue of our own is gone before, because pacing sees it.
_PATIENCE_S = 1.0
_INTERVAL_S = 5.0
# On a busy path nothing finds no queue, so that the round trip would seem longer and longer.
_CONFIRMED_FOR_S = 10.0


class RttProbe:
    """Tells the round trip from a queue, as BBR does: it lets the path run empty, and looks at the next picture.

    `now_s` is in seconds, of a monotonic clock.

    Attributes:
        is_draining: whether no picture may be sent while one is in flight.
    """

    def __init__(self) -> None:
        self.is_draining = False
        self._rate_bps: float | None = None  # before pictures began to take longer, because then it seems to be lower
        self._since_s = math.inf  # when they began to
        self._min_path_s = math.inf  # the least that they took since the path is running empty
        self._probed_s = -math.inf
        self._alone_s: float | None = None  # when a picture was acked that had found the path empty

    def on_delivery(self, delivery: Delivery, now_s: float, *, rtt_s: float, rate_bps: float) -> float | None:
        """Record a delivery; return the round trip if the path had run empty for it.

        Args:
            delivery: what an ack tells.
            now_s: when it came.
            rtt_s: the least round trip, as it was measured before.
            rate_bps: the delivery rate, bits a second, as it was measured by that.
        """
        wire_s = 8 * delivery.size_bytes / (self._rate_bps or rate_bps)
        path_s = min(delivery.path_s, delivery.transit_s - wire_s)
        if delivery.is_alone or self._alone_s is None:
            self._alone_s = now_s
        if path_s - rtt_s <= _EXCESS_S:
            self._rate_bps = rate_bps
            is_confirmed = self.is_draining and delivery.is_alone
            self._end()
            self.is_draining = now_s - self._alone_s >= _CONFIRMED_FOR_S
            return max(path_s, rtt_s) if is_confirmed else None
        self._since_s = min(self._since_s, now_s)
        if not self.is_draining:
            self.is_draining = now_s - self._since_s >= _PATIENCE_S and now_s - self._probed_s >= _INTERVAL_S
            return None
        self._min_path_s = min(self._min_path_s, path_s)
        if not delivery.is_alone:
            return None
        longer_s, self._probed_s = self._min_path_s, now_s
        self._end()
        return longer_s

    def _end(self) -> None:
        self.is_draining, self._since_s, self._min_path_s = False, math.inf, math.inf
