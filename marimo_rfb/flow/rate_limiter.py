"""Fixed-window rate limiter."""

__all__ = ["RateLimiter"]


class RateLimiter:
    """Allows `max_hz` calls in each window of one second. `now_s` is in seconds, of any clock."""

    def __init__(self, max_hz: int) -> None:
        self._max_hz = max_hz
        self._window_start_s = -1.0
        self._taken = 0

    def take(self, now_s: float) -> bool:
        """Count a call; return whether it is within the limit."""
        if not 0 <= now_s - self._window_start_s < 1.0:  # a clock may be set back
            self._window_start_s, self._taken = now_s, 0
        self._taken += 1
        return self._taken <= self._max_hz
