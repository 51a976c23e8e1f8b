"""Limits the bits a second that are sent to one viewer."""

__all__ = ["BitrateLimiter"]

# What is sent late, because it has to be encoded first, does not make the next one as late, up to this.
_MAX_CREDIT_S = 0.03


class BitrateLimiter:
    """Keeps the average below `max_bitrate`, with one message ahead. `now_s` is in seconds, of a monotonic clock.

    Attributes:
        max_bitrate: bits a second; `None` for no limit.
    """

    def __init__(self, max_bitrate: float | None = None) -> None:
        self.max_bitrate = max_bitrate
        self._until_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Return for how long the next message has to wait, seconds."""
        return max(0.0, self._until_s - now_s)

    def on_sent(self, size_bytes: int, now_s: float) -> None:
        """Record a message."""
        if self.max_bitrate is not None:
            self._until_s = max(self._until_s, now_s - _MAX_CREDIT_S) + 8 * size_bytes / self.max_bitrate
