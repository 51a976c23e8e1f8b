"""How busy a page is with its pictures, and how far apart they are sent to it because of that."""

import math

from marimo_rfb.flow.delivery_rate import Delivery

__all__ = ["PageLoad"]

# Pictures come somewhat faster than the page shows them until one waits there for a part of that time, then slower.
_GAIN, _DRAIN = 0.95, 1.1
_MAX_QUEUE = 0.25
_SMOOTHING = 0.3


class PageLoad:
    """Measures the page of one viewer by its acks.

    A page may be busy with several pictures at a time, as it paints one while it decodes the next. So only those that
    it got while it was busy tell how many it can show, and only the others how long one takes that waits for none.

    Attributes:
        latency_s: from the receipt of a picture to its ack, smoothed.
    """

    def __init__(self) -> None:
        self.latency_s = 0.0
        self._least_latency_s = math.inf  # of a picture that waits for none
        self._capacity_s = 0.0  # how far apart the page can show pictures, smoothed; 0 before the first one

    @property
    def interval_s(self) -> float:
        """How far apart pictures are to be sent, so that the page is never idle and few wait there."""
        is_queued = self.latency_s > self._least_latency_s + _MAX_QUEUE * self._capacity_s
        return self._capacity_s * (_DRAIN if is_queued else _GAIN)

    def on_delivery(self, delivery: Delivery, *, ack_delay_s: float) -> None:
        """Record what an ack tells, and how long the page says that it had the picture."""
        if self._capacity_s == 0 or delivery.is_page_busy or delivery.page_s < self._capacity_s:
            self._capacity_s = _smoothed(self._capacity_s, delivery.page_s)
        if delivery.is_live:
            latency_s = min(max(0.0, ack_delay_s), delivery.latency_s)
            self.latency_s = _smoothed(self.latency_s, latency_s)
            is_least = not delivery.is_page_busy or latency_s < self._least_latency_s
            self._least_latency_s = latency_s if is_least else self._least_latency_s

    def is_full(self, in_flight: int, *, rtt_s: float) -> bool:
        """Return whether a further picture would wait for another that waits, if `in_flight` are under way."""
        held_s = rtt_s + self._least_latency_s + self._capacity_s
        return self._capacity_s > 0 and in_flight * self._capacity_s >= held_s

    def on_scaled(self, factor: float) -> None:
        """Expect pictures that take `factor` of the time."""
        self.latency_s *= factor
        self._least_latency_s *= factor


def _smoothed(average: float, value: float) -> float:
    return average + _SMOOTHING * (value - average)
