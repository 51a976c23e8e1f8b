"""How often one viewer gets a picture."""

import asyncio
from collections.abc import Callable

from marimo_rfb.flow.spacing import Spacing

__all__ = ["Pace"]


class Pace:
    """Rests after each picture as long as the viewer's limit wants. On the hub's loop only.

    Args:
        rested: called when a rest is over.
    """

    def __init__(self, rested: Callable[[], None]) -> None:
        self._rested = rested
        self._spacing = Spacing()
        self._is_limited = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def rests(self) -> bool:
        """Whether the next picture has to wait."""
        return self._timer is not None

    def limit(self, fps: float | None) -> None:
        """Let at most `fps` pictures go a second from now on; `None` for no limit."""
        self._spacing.limit(fps)
        self._is_limited = fps is not None
        self._rest()

    def sent(self) -> None:
        """Note that a picture went."""
        if self._is_limited:
            self._spacing.came(_now_s())
            self._rest()

    def stop(self) -> None:
        """End the rest without a word."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _rest(self) -> None:
        self.stop()
        wait_s = self._spacing.wait_s(_now_s())
        if wait_s > 0:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._end)

    def _end(self) -> None:
        # A timer may come a little early, by the resolution of the clock.
        self._rest()
        if self._timer is None:
            self._rested()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
