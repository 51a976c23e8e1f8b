from collections.abc import Callable

from fake_screen import FakeScreen

from marimo_rfb.figures.screens.screens import Screens
from marimo_rfb.figures.screens.watched_calls import WatchedCalls


def calls_on(screen: FakeScreen) -> tuple[WatchedCalls, list[str]]:
    screens, log = Screens(), []
    screens.add(screen)

    def run(function: Callable[[], None]) -> None:
        log.append("run")
        function()

    return WatchedCalls(screens, run), log


def test_a_function_is_called_after_its_delay() -> None:
    screen = FakeScreen()
    calls, log = calls_on(screen)
    calls.add(0.5, lambda: log.append("called"))
    screen.pass_s(0.4)
    assert log == []
    screen.pass_s(0.1)
    assert log == ["run", "called"]


def test_while_nobody_looks_it_waits() -> None:
    screen = FakeScreen()
    calls, log = calls_on(screen)
    calls.add(0.5, lambda: log.append("called"))
    screen.watched = False
    screen.pass_s(1)
    assert log == []
    screen.watched = True
    calls.wake()
    assert log == ["run", "called"]


def test_what_waits_can_be_forgotten() -> None:
    screen = FakeScreen()
    calls, log = calls_on(screen)
    screen.watched = False
    calls.add(0, lambda: log.append("called"))
    screen.pass_s(1)
    calls.clear()
    screen.watched = True
    calls.wake()
    assert log == []
