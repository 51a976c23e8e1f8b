"""When the newest of many values is handed over."""

import math

__all__ = ["Throttle"]


class Throttle:
    """Limits how often values are handed over, so that the newest one always is.

    The one who has values keeps the newest and tells `offer` of each; a number of seconds is the order to hand over
    what is newest by then, once that time has passed. The hand-over may take longer, as when the loop that does it is
    busy. Who hands over calls `taken` and takes the value then: what is offered later is a hand-over of its own.

    Hand-overs are at least `1 / max_hz` seconds apart, and one is ordered whenever a value was offered since the last.

    `now_s` is in seconds, of a monotonic clock. Not locked: called by several threads, it needs the caller's lock.
    """

    def __init__(self, max_hz: float) -> None:
        assert max_hz > 0
        self._interval_s = 1 / max_hz
        self._earliest_s = -math.inf
        self._pending = False

    @property
    def pending(self) -> bool:
        """Whether a hand-over is ordered and has not happened."""
        return self._pending

    def offer(self, now_s: float) -> float | None:
        """Note that there is a newer value.

        Returns:
            Seconds to wait before it may be handed over, 0.0 for at once; `None` when a hand-over is on its way, which
            takes this value along.
        """
        if self._pending:
            return None
        self._pending = True
        return max(0.0, self._earliest_s - now_s)

    def taken(self, now_s: float) -> None:
        """Note that the newest value is handed over now."""
        assert self._pending
        self._pending = False
        self._earliest_s = now_s + self._interval_s
