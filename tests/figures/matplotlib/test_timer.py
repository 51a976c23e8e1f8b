from typing import Any

import pytest
from fake_screen import FakeScreen

from marimo_rfb.figures.matplotlib.backend import FigureCanvas
from marimo_rfb.figures.matplotlib.timer import Timer


def new_timer(canvas: FigureCanvas, screen: FakeScreen, **arguments: Any) -> Timer:
    return Timer(canvas, clock=lambda: screen.now_s, **arguments)


def test_a_timer_calls_again_and_again_until_it_is_stopped(canvas: FigureCanvas, screen: FakeScreen) -> None:
    calls: list[float] = []
    timer = new_timer(canvas, screen, interval=100)
    timer.add_callback(lambda: calls.append(screen.now_s))
    timer.start()
    for _ in range(5):
        screen.pass_s(0.1)
    assert len(calls) == 5
    timer.stop()
    screen.pass_s(1)
    assert len(calls) == 5


def test_a_timer_of_a_single_shot_calls_once(canvas: FigureCanvas, screen: FakeScreen) -> None:
    calls: list[int] = []
    timer = new_timer(canvas, screen, interval=100, callbacks=[(calls.append, (1,), {})])
    timer.single_shot = True
    timer.start()
    for _ in range(3):
        screen.pass_s(0.1)
    assert calls == [1]


def test_a_callback_that_returns_false_is_not_called_again(canvas: FigureCanvas, screen: FakeScreen) -> None:
    calls: list[int] = []

    def call() -> bool:
        calls.append(1)
        return False

    timer = new_timer(canvas, screen, interval=100)
    timer.add_callback(call)
    timer.start()
    screen.pass_s(0.1)
    screen.pass_s(0.1)
    assert calls == [1]


def test_another_interval_counts_from_now(canvas: FigureCanvas, screen: FakeScreen) -> None:
    calls: list[float] = []
    timer = new_timer(canvas, screen, interval=1000)
    timer.add_callback(lambda: calls.append(screen.now_s))
    timer.start()
    timer.interval = 100
    screen.pass_s(0.1)
    assert len(calls) == 1
    screen.pass_s(1.0)
    assert len(calls) == 2  # and the one of the first interval is gone


def test_a_timer_waits_until_somebody_looks(canvas: FigureCanvas, screen: FakeScreen) -> None:
    calls: list[int] = []
    timer = new_timer(canvas, screen, interval=100, callbacks=[(calls.append, (1,), {})])
    timer.start()
    screen.watched = False
    screen.pass_s(0.1)
    screen.pass_s(5)
    assert calls == []
    screen.watched = True
    canvas.wake()
    assert calls == [1]  # none to catch up


def test_a_timer_of_a_figure_that_is_not_shown_yet_waits(canvas: FigureCanvas) -> None:
    calls: list[int] = []
    timer = canvas.new_timer(interval=100, callbacks=[(calls.append, (1,), {})])
    timer.start()
    screen = FakeScreen()
    canvas.attach(screen)
    canvas.wake()
    assert calls == [1]


def test_what_a_timer_changes_is_drawn_at_once(canvas: FigureCanvas, screen: FakeScreen) -> None:
    timer = new_timer(canvas, screen, interval=100)
    timer.add_callback(lambda: canvas.figure.axes[0].set_xlim(0, 5))
    timer.start()
    screen.pass_s(0.1)
    assert len(screen.pictures) == 2


def test_an_error_in_a_callback_does_not_stop_the_timer(canvas: FigureCanvas, screen: FakeScreen) -> None:
    timer = new_timer(canvas, screen, interval=100)
    timer.add_callback(lambda: 1 / 0)
    timer.start()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            screen.pass_s(0.1)
