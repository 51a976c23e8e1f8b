"""How often something may happen."""

__all__ = ["RateLimiter"]


class RateLimiter:
    """So many times a second, counted from the first. `now_s` is in seconds, of any clock."""

    def __init__(self, max_hz: int) -> None:
        self._most_hz = max_hz
        self._second_s = -1.0
        self._taken = 0

    def take(self, now_s: float) -> bool:
        """Count once more, and tell whether that is not too often."""
        if not 0 <= now_s - self._second_s < 1.0:  # a clock may be set back
            self._second_s, self._taken = now_s, 0
        self._taken += 1
        return self._taken <= self._most_hz
