"""Detection of feedback loops: cells that keep re-running themselves."""

from collections import Counter
from collections.abc import Callable, Hashable

__all__ = ["MAX_READS", "FeedbackGuard"]

# Reads of one value by one cell before the kernel's loop runs other callbacks. A dragged slider causes only one: each
# step is a separate request.
MAX_READS = 5


class FeedbackGuard:
    """Detects that a cell reads one value repeatedly because it makes itself re-run.

    While cells that set states make other cells run, the kernel's loop runs nothing else. So a callback scheduled with
    the first read runs only after that chain has ended, and resets the counters. Kernel's thread only.

    Args:
        call_soon: schedules a function on the kernel's loop.
        on_loop: called once for each value that is read in a loop.
    """

    def __init__(self, call_soon: Callable[[Callable[[], None]], None], on_loop: Callable[[], None]) -> None:
        self._call_soon = call_soon
        self._on_loop = on_loop
        self._reads: Counter[Hashable] = Counter()
        self._reported: object = None

    def note(self, reader: Hashable, value_id: object) -> None:
        """Record that the cell `reader` reads the value number `value_id`."""
        if not self._reads:
            self._call_soon(self._reads.clear)
        self._reads[reader, value_id] += 1
        if self._reads[reader, value_id] > MAX_READS and self._reported != value_id:
            self._reported = value_id
            self._on_loop()
