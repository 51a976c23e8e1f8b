from fake_screen import FakeScreen

from marimo_rfb.figures.screens.idle_draws import IdleDraws
from marimo_rfb.figures.screens.screens import Screens


def draws_on(screen: FakeScreen) -> tuple[IdleDraws, list[str]]:
    screens, drawn = Screens(), []
    screens.add(screen)
    return IdleDraws(screens, lambda: drawn.append("draw")), drawn


def test_several_requests_are_one_draw() -> None:
    screen = FakeScreen()
    idle, drawn = draws_on(screen)
    idle.schedule()
    idle.schedule()
    assert drawn == []
    screen.idle()
    screen.idle()
    assert drawn == ["draw"]
    idle.schedule()
    screen.idle()
    assert drawn == ["draw", "draw"]


def test_a_draw_can_wait() -> None:
    screen = FakeScreen()
    idle, drawn = draws_on(screen)
    idle.schedule(0.5)
    idle.schedule()  # is scheduled already
    screen.idle()
    screen.pass_s(0.4)
    assert drawn == []
    screen.pass_s(0.1)
    assert drawn == ["draw"]


def test_nothing_is_drawn_while_nobody_looks() -> None:
    screen = FakeScreen()
    screen.watched = False
    idle, drawn = draws_on(screen)
    idle.schedule()
    screen.idle()
    assert drawn == []
    screen.watched = True
    idle.schedule()
    screen.idle()
    assert drawn == ["draw"]
