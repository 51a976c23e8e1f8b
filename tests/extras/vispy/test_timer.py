"""Timers of vispy's back end: `make test-extras`."""

from typing import Any

import pytest
from fake_screen import FakeScreen
from kernel import Cell, Notebook

from marimo_rfb.figures.vispy.timer import TimerBackend

app: Any = pytest.importorskip("vispy.app")


class Ticks(list[float]):
    """When a timer has called, in seconds of the screen's time."""

    def __init__(self, screen: FakeScreen, **arguments: Any) -> None:
        self.timer = app.Timer(connect=lambda event: self.append(round(screen.now_s, 3)), **arguments)
        self.timer._backend = TimerBackend(self.timer, clock=lambda: screen.now_s)


def pass_in_steps(screen: FakeScreen, steps: int, step_s: float = 0.1) -> None:
    for _ in range(steps):
        screen.pass_s(step_s)


def test_a_timer_calls_at_its_interval_until_it_is_stopped(screen: FakeScreen) -> None:
    ticks = Ticks(screen, interval=0.2)
    pass_in_steps(screen, 3)
    assert ticks == []
    ticks.timer.start()
    pass_in_steps(screen, 5)
    assert ticks == [0.5, 0.7]
    ticks.timer.interval = 0.1
    pass_in_steps(screen, 2)
    assert ticks == [0.5, 0.7, 0.9, 1.0]
    ticks.timer.stop()
    pass_in_steps(screen, 5)
    assert len(ticks) == 4


def test_a_timer_ends_after_its_iterations(screen: FakeScreen) -> None:
    ticks = Ticks(screen, interval=0.1, iterations=2)
    ticks.timer.start()
    pass_in_steps(screen, 6)
    assert ticks == [0.1, 0.2]
    assert not ticks.timer.running


def test_a_timer_waits_while_nobody_looks(canvas: Any, screen: FakeScreen) -> None:
    ticks = Ticks(screen, interval=0.1)
    ticks.timer.start()
    pass_in_steps(screen, 2)
    screen.watched = False
    pass_in_steps(screen, 5)
    assert ticks == [0.1, 0.2]
    screen.watched = True
    canvas.native.wake()
    pass_in_steps(screen, 2)
    assert ticks == [0.1, 0.2, 0.8, 0.9]


def test_a_timer_that_was_stopped_while_nobody_looked_stays_so(canvas: Any, screen: FakeScreen) -> None:
    screen.watched = False
    ticks = Ticks(screen, interval=0.1)
    ticks.timer.start()
    ticks.timer.stop()
    screen.watched = True
    canvas.native.wake()
    pass_in_steps(screen, 3)
    assert ticks == []


def test_what_a_timer_changes_is_one_draw(canvas: Any, screen: FakeScreen) -> None:
    def turn(_event: object) -> None:
        canvas.camera.azimuth += 10
        canvas.camera.elevation += 10

    timer = app.Timer(0.1, connect=turn)
    timer._backend = TimerBackend(timer, clock=lambda: screen.now_s)
    timer.start()
    pass_in_steps(screen, 1)
    assert len(screen.pictures) == 2


def test_an_error_reaches_the_screen_and_the_timer_goes_on(screen: FakeScreen) -> None:
    ticks = Ticks(screen, interval=0.1)

    def fail(_event: object) -> None:
        raise ValueError("no such time")

    ticks.timer.connect(fail)
    ticks.timer.start()
    for _ in range(2):
        with pytest.raises(ValueError, match="no such time"):
            screen.pass_s(0.1)
    assert ticks == [0.1, 0.2]


def test_an_error_of_a_timer_that_waited_stops_no_other(canvas: Any, screen: FakeScreen) -> None:
    def fail(_event: object) -> None:
        raise ValueError("no such time")

    screen.watched = False
    ticks, failing = Ticks(screen, interval=0.1), Ticks(screen, interval=0.1)
    failing.timer.connect(fail)
    for each in (ticks, failing):
        each.timer.start()
    screen.watched = True
    canvas.native.wake()  # calls none of them itself
    for _ in range(2):
        with pytest.raises(ValueError, match="no such time"):
            screen.pass_s(0.1)
    assert (len(ticks), len(failing)) == (2, 2)


def test_a_timer_ends_with_the_run_of_its_cell(notebook: Notebook, screen: FakeScreen) -> None:
    cell = Cell()
    with notebook.running(cell):
        ticks = Ticks(screen, interval=0.1)
        ticks.timer.start()
    pass_in_steps(screen, 2)
    with notebook.running(cell):
        pass
    pass_in_steps(screen, 5)
    assert ticks == [0.1, 0.2]
