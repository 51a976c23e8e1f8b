"""Queue of events that become the value of a view one at a time."""

from collections import deque
from collections.abc import Callable

from marimo_rfb.events import EventDict

__all__ = ["CAPACITY", "RerunQueue"]

CAPACITY = 1024


# marimo may reorder requests, so `after_reruns` may call back before the cells ran. The limit is for disabled cells,
# which never run.
_MAX_POSTPONED = 20


class RerunQueue:
    """Applies events one by one, each after the re-runs that the previous event caused. Kernel's thread only.

    Without the queue, the cells would run once for two quick events and miss the first one.

    Args:
        apply: applies an event; returns whether cells will re-run for it.
        after_reruns: calls a function between cell runs, usually after the re-runs requested before.
        is_pending: returns whether any of these cells has yet to run; only called by the function passed to
            `after_reruns`.
    """

    def __init__(
        self,
        apply: Callable[[EventDict], bool],
        *,
        after_reruns: Callable[[Callable[[], None]], None],
        is_pending: Callable[[], bool],
    ) -> None:
        self._apply = apply
        self._after_reruns = after_reruns
        self._is_pending = is_pending
        self._events: deque[EventDict] = deque(maxlen=CAPACITY)
        self._waiting = False
        self._postponed = 0

    def put(self, event: EventDict) -> None:
        """Apply `event` in its turn; if more than `CAPACITY` events are waiting, drop the oldest."""
        self._events.append(event)
        # While waiting, even if no cell is pending: a running cell may not have read the value yet.
        if not self._waiting:
            self._apply_waiting()

    def _after(self) -> None:
        if self._is_pending() and self._postponed < _MAX_POSTPONED:
            self._postponed += 1
            self._after_reruns(self._after)
        else:
            self._apply_waiting()

    def _apply_waiting(self) -> None:
        self._waiting, self._postponed = False, 0
        while self._events and not self._waiting:
            if self._apply(self._events.popleft()):
                self._after_reruns(self._after)
                self._waiting = True
