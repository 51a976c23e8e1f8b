"""Throttle for values of which only the newest counts."""

import math

__all__ = ["Throttle"]


class Throttle:
    """Limits deliveries to `max_hz` per second and always delivers the newest value (trailing edge).

    The caller keeps the newest value and calls `offer` for each one. If `offer` returns a delay, the caller schedules
    a delivery after that many seconds; it may happen later, for example when the loop that delivers is busy. The
    delivery calls `taken` and reads the value then; a value offered later gets a delivery of its own.

    Deliveries are at least `1 / max_hz` seconds apart; every offered value is delivered or replaced by a newer one.

    `now_s` is in seconds, of a monotonic clock. Has no lock: if several threads call it, the caller must lock.
    """

    def __init__(self, max_hz: float) -> None:
        assert max_hz > 0
        self._interval_s = 1 / max_hz
        self._earliest_s = -math.inf
        self._pending = False

    @property
    def pending(self) -> bool:
        """Whether a delivery is scheduled and has not happened."""
        return self._pending

    def offer(self, now_s: float) -> float | None:
        """Record a newer value.

        Returns:
            Seconds until its delivery, 0.0 for at once; `None` when a delivery is already scheduled, which will include
            this value.
        """
        if self._pending:
            return None
        self._pending = True
        return max(0.0, self._earliest_s - now_s)

    def taken(self, now_s: float) -> None:
        """Record that the newest value is delivered now."""
        assert self._pending
        self._pending = False
        self._earliest_s = now_s + self._interval_s
