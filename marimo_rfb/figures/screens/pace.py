"""The pace of timers."""

from collections.abc import Callable

__all__ = ["Pace"]


class Pace:
    """Says when a timer is due next.

    Counts from the last due time, so that the time that callbacks take does not lower the rate; but without haste to
    catch up.

    Args:
        clock: monotonic time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due_s = clock()

    def next_delay_s(self, interval_s: float) -> float:
        """Return the seconds from now to the next due time, `interval_s` after the last one."""
        now_s = self._clock()
        self._due_s = max(self._due_s + interval_s, now_s)
        return self._due_s - now_s
