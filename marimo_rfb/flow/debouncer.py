"""Debouncer: detects that a picture has settled."""

import math

__all__ = ["Debouncer"]


class Debouncer:
    """Fires once after a change, when no other change follows for `delay_s` seconds. `now_s` is of any clock, seconds.

    Attributes:
        due_s: when to call `take`; infinite while no change is pending.
    """

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self.due_s = math.inf

    def on_change(self, now_s: float) -> None:
        """Record a change."""
        self.due_s = now_s + self._delay_s

    def take(self, now_s: float) -> bool:
        """Return whether the last change has settled; `True` at most once per change."""
        if now_s < self.due_s:
            return False
        self.due_s = math.inf
        return True
