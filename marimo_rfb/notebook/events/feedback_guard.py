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
        call_soon: calls a function when the kernel's loop comes to it.
        on_loop: called once for each value that is read in a circle.
    """

    def __init__(self, call_soon: Callable[[Callable[[], None]], None], on_loop: Callable[[], None]) -> None:
        self._call_soon = call_soon
        self._on_loop = on_loop
        self._reads: Counter[Hashable] = Counter()
        self._reported: object = None

    def note(self, reader: Hashable, value_id: object) -> None:
        """Note that the cell `reader` reads the value that `value_id` numbers."""
        if not self._reads:
            self._call_soon(self._reads.clear)
        self._reads[reader, value_id] += 1
        if self._reads[reader, value_id] > MAX_READS and self._reported != value_id:
            self._reported = value_id
            self._on_loop()
