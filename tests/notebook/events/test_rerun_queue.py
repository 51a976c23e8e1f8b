from collections.abc import Callable

import pytest

from marimo_rfb.events import EventDict
from marimo_rfb.notebook.events.rerun_queue import CAPACITY, RerunQueue


class Cells:
    """What runs when: cells that are asked to re-run, and what is to be called afterwards."""

    def __init__(self) -> None:
        self.values: list[int] = []
        self.pending = False
        self.readers = True
        self.after: list[Callable[[], None]] = []
        self.queue = RerunQueue(
            self.apply, after_reruns=lambda function: self.after.append(function), is_pending=lambda: self.pending
        )

    def apply(self, event: EventDict) -> bool:
        self.values.append(event["id"])
        self.pending = self.readers
        return self.readers

    def put(self, *ids: int) -> None:
        for number in ids:
            self.queue.put({"type": "key_down", "id": number})

    def run(self) -> None:
        """Run the cells, and then what is called afterwards."""
        self.pending = False
        after, self.after = self.after, []
        for function in after:
            function()


@pytest.fixture
def cells() -> Cells:
    return Cells()


def test_each_event_has_a_run_of_its_own(cells: Cells) -> None:
    cells.put(1, 2, 3)
    seen = []
    while cells.pending:
        seen.append(list(cells.values))
        cells.run()
    assert seen == [[1], [1, 2], [1, 2, 3]]


def test_without_cells_that_rerun_nothing_waits(cells: Cells) -> None:
    cells.readers = False
    cells.put(1, 2, 3)
    assert (cells.values, cells.after) == ([1, 2, 3], [])


def test_an_event_that_comes_while_a_cell_runs_waits_although_none_is_pending(cells: Cells) -> None:
    cells.put(1)
    cells.pending = False
    cells.put(2)
    assert cells.values == [1]
    cells.run()
    assert cells.values == [1, 2]


def test_after_a_call_that_cannot_be_ordered_the_next_event_is_applied(cells: Cells) -> None:
    def fail(function: Callable[[], None]) -> None:
        raise RuntimeError

    queue = RerunQueue(cells.apply, after_reruns=fail, is_pending=lambda: False)
    for number in (1, 2):
        with pytest.raises(RuntimeError):
            queue.put({"type": "key_down", "id": number})
    assert cells.values == [1, 2]


def test_a_call_that_comes_too_early_is_asked_for_again(cells: Cells) -> None:
    cells.put(1, 2)
    (early,) = cells.after
    cells.after.clear()
    early()
    assert (cells.values, len(cells.after)) == ([1], 1)
    cells.run()
    assert cells.values == [1, 2]


def test_cells_that_never_run_keep_nothing_back_for_good(cells: Cells) -> None:
    cells.put(1, 2)
    for _ in range(30):
        cells.after.pop(0)()
    assert cells.values == [1, 2]


def test_of_too_many_the_oldest_is_lost(cells: Cells) -> None:
    cells.put(*range(CAPACITY + 2))
    for _ in range(CAPACITY + 2):
        cells.run()
    assert cells.values == [0, *range(2, CAPACITY + 2)]
