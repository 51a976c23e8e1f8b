"""Events that cells re-run for, one at a time."""

from collections import deque
from collections.abc import Callable

from marimo_rfb.events import EventDict

__all__ = ["CAPACITY", "RerunQueue"]

CAPACITY = 1024


class RerunQueue:
    """Applies each event, and the next one when the cells that re-run for it have run. On the kernel's thread.

    Without it two quick events would be one run of the cells, which would see the second one only.

    Args:
        apply: takes an event, and returns whether cells re-run for it.
        after_reruns: calls a function when the cells that were asked to re-run have run.
        is_pending: whether some of these cells have not run yet. Asked when another event comes, so that a call that
            `after_reruns` lost does not keep back all events after it.
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

    def put(self, event: EventDict) -> None:
        """Apply `event` in its turn; of more than `CAPACITY` that wait the oldest is dropped."""
        self._events.append(event)
        if not (self._waiting and self._is_pending()):
            self._apply_next()

    def _apply_next(self) -> None:
        self._waiting = False
        while self._events and not self._waiting:
            if self._apply(self._events.popleft()):
                self._waiting = True
                self._after_reruns(self._apply_next)
