"""Events that cells re-run for, one at a time."""

from collections import deque
from collections.abc import Callable

from marimo_rfb.events import EventDict

__all__ = ["CAPACITY", "RerunQueue"]

CAPACITY = 1024


# A host takes some requests before others that came first, so `after_reruns` may be early. A disabled cell never runs.
_MAX_POSTPONED = 20


class RerunQueue:
    """Applies each event, and the next one when the cells that re-run for it have run. On the kernel's thread.

    Without it two quick events would be one run of the cells, which would see the second one only.

    Args:
        apply: takes an event, and returns whether cells re-run for it.
        after_reruns: calls a function between the runs of cells, as a rule after those that were asked for before.
        is_pending: whether some of these cells have not run yet; asked in that call only.
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
        """Apply `event` in its turn; of more than `CAPACITY` that wait the oldest is dropped."""
        self._events.append(event)
        # Even if no cell is pending: one that runs just now may not have read the value yet.
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
