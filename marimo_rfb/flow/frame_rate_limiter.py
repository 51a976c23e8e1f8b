"""Limits the rate of a recurring action."""

import math

__all__ = ["FrameRateLimiter"]


class FrameRateLimiter:
    """Limits frames to `max_fps` per second.

    A frame that is late by less than half an interval does not delay the next one, so that jitter does not lower the
    rate. `now_s` is in seconds, of a monotonic clock.
    """

    def __init__(self) -> None:
        self._interval_s = 0.0
        self._due_s = -math.inf

    def set_max_fps(self, max_fps: float | None) -> None:
        """Set the limit, which already applies to the interval after the last frame; `None` for no limit."""
        interval_s = 0.0 if max_fps is None else 1 / max_fps
        self._due_s += interval_s - self._interval_s
        self._interval_s = interval_s

    def wait_s(self, now_s: float) -> float:
        """Return how long the next frame has to wait, seconds."""
        return max(0.0, self._due_s - now_s)

    def on_frame(self, now_s: float) -> None:
        """Record a frame."""
        is_punctual = now_s - self._due_s < self._interval_s / 2
        self._due_s = (self._due_s if is_punctual else now_s) + self._interval_s
