"""Rate limit for requests that cost a key frame."""

from dataclasses import dataclass, replace

from marimo_rfb.flow.token_bucket import TokenBucket

__all__ = ["BURST", "RATE_HZ", "RestartLimiter", "RestartRequest"]

# A user who tries the codecs, or a page whose decoder fails, stays below both.
BURST = 10
RATE_HZ = 5.0


@dataclass(frozen=True, slots=True)
class RestartRequest:
    """A request to restart with a key frame.

    Attributes:
        codec: the codec to switch to; `None` to keep the current one.
        resets_window: whether to treat all frames in flight as acked.
    """

    codec: str | None = None
    resets_window: bool = False


class RestartLimiter:
    """Limits the rate of restarts. Merges and defers the requests above the limit; no request is lost.

    Of several codecs requested, the newest counts. `now_s` is in seconds, of any clock.
    """

    def __init__(self) -> None:
        self._bucket = TokenBucket(rate_hz=RATE_HZ, burst=BURST)
        self._pending: RestartRequest | None = None

    def request(self, *, codec: str | None = None, resets_window: bool = False) -> None:
        """Request a restart, merged with the pending request if there is one."""
        pending = self._pending or RestartRequest()
        if codec is not None:
            pending = replace(pending, codec=codec)
        self._pending = replace(pending, resets_window=pending.resets_window or resets_window)

    def take(self, now_s: float) -> RestartRequest | None:
        """Return and remove the pending restart if the limit allows it; otherwise `None`."""
        if self._pending is None or not self._bucket.take(now_s):
            return None
        pending, self._pending = self._pending, None
        return pending

    def wait_s(self, now_s: float) -> float | None:
        """Return how long until `take` may return the pending restart, seconds; `None` when none is pending."""
        return None if self._pending is None else self._bucket.wait_s(now_s)
