"""When the next of many may come."""

import math

__all__ = ["FrameRateLimiter"]


class FrameRateLimiter:
    """Keeps what comes again and again at most so often a second.

    What comes late by less than half a spacing does not delay the next, so that the rate is kept although nothing comes
    to the point. `now_s` is in seconds, of a monotonic clock.
    """

    def __init__(self) -> None:
        self._interval_s = 0.0
        self._due_s = -math.inf

    def set_max_fps(self, max_fps: float | None) -> None:
        """Let at most `fps` come a second from the last one on; `None` for no limit."""
        interval_s = 0.0 if max_fps is None else 1 / max_fps
        self._due_s += interval_s - self._interval_s
        self._interval_s = interval_s

    def wait_s(self, now_s: float) -> float:
        """Return how long the next one has to wait."""
        return max(0.0, self._due_s - now_s)

    def on_frame(self, now_s: float) -> None:
        """Note that one came."""
        is_punctual = now_s - self._due_s < self._interval_s / 2
        self._due_s = (self._due_s if is_punctual else now_s) + self._interval_s
