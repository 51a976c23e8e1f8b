"""When a picture that changes has come to rest."""

import math

__all__ = ["Debouncer"]


class Debouncer:
    """Tells once after each change when there was no other for `delay_s` seconds. `now_s` is in seconds, of any clock.

    Attributes:
        due_s: when to look; infinite while nothing is to be told.
    """

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self.due_s = math.inf

    def on_change(self, now_s: float) -> None:
        """Note that it changed."""
        self.due_s = now_s + self._delay_s

    def take(self, now_s: float) -> bool:
        """Tell whether it has come to rest since it changed last, and not again before it changes."""
        if now_s < self.due_s:
            return False
        self.due_s = math.inf
        return True
