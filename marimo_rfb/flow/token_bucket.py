"""Token-bucket rate limiter."""

__all__ = ["TokenBucket"]


class TokenBucket:
    """Allows bursts of `burst` calls, and `rate_hz` calls per second on average. `now_s`: seconds, of any clock."""

    def __init__(self, *, rate_hz: float, burst: int) -> None:
        self._rate_hz = rate_hz
        self._burst = burst
        self._tokens = float(burst)
        self._filled_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Take a token; return whether there was one."""
        self._fill(now_s)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def wait_s(self, now_s: float) -> float:
        """Return how long until a token is available, seconds."""
        self._fill(now_s)
        return max(0.0, (1 - self._tokens) / self._rate_hz)

    def _fill(self, now_s: float) -> None:
        if self._filled_s is not None:
            # A clock that is set back must not remove tokens.
            self._tokens += max(0.0, now_s - self._filled_s) * self._rate_hz
            self._tokens = min(self._tokens, self._burst)
        self._filled_s = now_s
