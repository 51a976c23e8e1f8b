"""What a viewer asks for that costs a whole picture."""

from dataclasses import dataclass, replace

from marimo_rfb.flow.token_bucket import TokenBucket

__all__ = ["BURST", "RATE_HZ", "Restart", "Restarts"]

# A person who tries the codecs, or a page whose decoder fails, stays below both.
BURST = 10
RATE_HZ = 5.0


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin with a key frame.

    Attributes:
        transport: the one to go on with; `None` for the one there is.
        forgets: whether to take what is in flight as done.
    """

    transport: str | None = None
    forgets: bool = False


class Restarts:
    """Rates restarts, and puts off what comes too often: of many wishes the newest ones come true, none is lost.

    `now_s` is in seconds, of any clock.
    """

    def __init__(self) -> None:
        self._bucket = TokenBucket(rate_hz=RATE_HZ, burst=BURST)
        self._wished: Restart | None = None

    def wish(self, *, transport: str | None = None, forgets: bool = False) -> None:
        """Ask for a restart; what was wished before and has not come true is part of it."""
        wished = self._wished or Restart()
        if transport is not None:
            wished = replace(wished, transport=transport)
        self._wished = replace(wished, forgets=wished.forgets or forgets)

    def take(self, now_s: float) -> Restart | None:
        """Return the restart whose time has come, once; `None` when there is none."""
        if self._wished is None or not self._bucket.take(now_s):
            return None
        wished, self._wished = self._wished, None
        return wished

    def wait_s(self, now_s: float) -> float | None:
        """Return how long until what was put off may be taken; `None` when nothing was."""
        return None if self._wished is None else self._bucket.wait_s(now_s)
