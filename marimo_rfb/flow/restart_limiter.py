"""What a viewer asks for that costs a whole picture."""

from dataclasses import dataclass, replace

from marimo_rfb.flow.token_bucket import TokenBucket

__all__ = ["BURST", "RATE_HZ", "RestartLimiter", "RestartRequest"]

# A person who tries the codecs, or a page whose decoder fails, stays below both.
BURST = 10
RATE_HZ = 5.0


@dataclass(frozen=True, slots=True)
class RestartRequest:
    """Begin with a key frame.

    Attributes:
        codec: the one to go on with; `None` for the one there is.
        resets_window: whether to take what is in flight as done.
    """

    codec: str | None = None
    resets_window: bool = False


class RestartLimiter:
    """Rates restarts, and puts off what comes too often: of many wishes the newest ones come true, none is lost.

    `now_s` is in seconds, of any clock.
    """

    def __init__(self) -> None:
        self._bucket = TokenBucket(rate_hz=RATE_HZ, burst=BURST)
        self._pending: RestartRequest | None = None

    def request(self, *, codec: str | None = None, resets_window: bool = False) -> None:
        """Ask for a restart; what was pending before and has not come true is part of it."""
        pending = self._pending or RestartRequest()
        if codec is not None:
            pending = replace(pending, codec=codec)
        self._pending = replace(pending, resets_window=pending.resets_window or resets_window)

    def take(self, now_s: float) -> RestartRequest | None:
        """Return the restart whose time has come, once; `None` when there is none."""
        if self._pending is None or not self._bucket.take(now_s):
            return None
        pending, self._pending = self._pending, None
        return pending

    def wait_s(self, now_s: float) -> float | None:
        """Return how long until what was put off may be taken; `None` when nothing was."""
        return None if self._pending is None else self._bucket.wait_s(now_s)
