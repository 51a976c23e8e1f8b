"""When the next of many may come."""

import math

__all__ = ["Spacing"]


class Spacing:
    """Keeps what comes again and again at most so often a second.

    What comes late by less than half a spacing does not delay the next, so that the rate is kept although nothing comes
    to the point. `now_s` is in seconds, of a monotonic clock.
    """

    def __init__(self) -> None:
        self._spacing_s = 0.0
        self._due_s = -math.inf

    def limit(self, fps: float | None) -> None:
        """Let at most `fps` come a second from the last one on; `None` for no limit."""
        spacing_s = 0.0 if fps is None else 1 / fps
        self._due_s += spacing_s - self._spacing_s
        self._spacing_s = spacing_s

    def wait_s(self, now_s: float) -> float:
        """Return how long the next one has to wait."""
        return max(0.0, self._due_s - now_s)

    def came(self, now_s: float) -> None:
        """Note that one came."""
        is_punctual = now_s - self._due_s < self._spacing_s / 2
        self._due_s = (self._due_s if is_punctual else now_s) + self._spacing_s
