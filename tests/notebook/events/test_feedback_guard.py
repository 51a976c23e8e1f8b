from collections.abc import Callable

import pytest

from marimo_rfb.notebook.events.feedback_guard import MAX_READS, FeedbackGuard


class Desk:
    def __init__(self) -> None:
        self.found = 0
        self.later: list[Callable[[], None]] = []
        self.guard = FeedbackGuard(lambda function: self.later.append(function), self.find)

    def find(self) -> None:
        self.found += 1

    def loop(self) -> None:
        later, self.later = self.later, []
        for each in later:
            each()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_cell_that_reads_one_value_in_a_circle_is_found_once(desk: Desk) -> None:
    for _ in range(MAX_READS):
        desk.guard.note("cell", 1)
    assert desk.found == 0
    for _ in range(100):
        desk.guard.note("cell", 1)
    assert desk.found == 1
    desk.loop()
    for _ in range(100):
        desk.guard.note("cell", 2)
    assert desk.found == 2


def test_one_that_runs_for_each_step_of_a_slider_is_not(desk: Desk) -> None:
    for _ in range(1000):
        desk.guard.note("cell", 1)
        desk.loop()
    assert desk.found == 0


def test_nor_are_many_cells_or_many_values(desk: Desk) -> None:
    for number in range(1000):
        desk.guard.note(f"cell {number}", 1)
        desk.guard.note("cell", number)
    assert desk.found == 0
    assert len(desk.later) == 1
