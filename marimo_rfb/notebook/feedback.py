"""Cells that run again and again by what they do themselves."""

from collections import Counter
from collections.abc import Callable, Hashable

__all__ = ["MAX_READS", "FeedbackGuard"]

# Of one value by one cell, before the kernel looks at what else there is to do. A slider that is dragged comes to one:
# each of its steps is a request of its own.
MAX_READS = 5


class FeedbackGuard:
    """Tells when a cell reads one value again and again because what it does makes itself run.

    While state that cells set makes cells run, the kernel's loop does nothing else, so what is asked of the loop with
    the first reading comes true when that is over. On the kernel's thread.

    Args:
        soon: calls a function when the kernel's loop comes to it.
        found: called once for each value that is read in a circle.
    """

    def __init__(self, soon: Callable[[Callable[[], None]], None], found: Callable[[], None]) -> None:
        self._soon = soon
        self._found = found
        self._reads: Counter[Hashable] = Counter()
        self._told_of: object = None

    def note(self, reader: Hashable, value_id: object) -> None:
        """Note that the cell `reader` reads the value that `value_id` numbers."""
        if not self._reads:
            self._soon(self._reads.clear)
        self._reads[reader, value_id] += 1
        if self._reads[reader, value_id] > MAX_READS and self._told_of != value_id:
            self._told_of = value_id
            self._found()
