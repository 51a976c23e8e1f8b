from fake_screen import FakeScreen

from marimo_rfb.figures.screens.screens import Screens
from marimo_rfb.wire.messages import RubberBand, StatusText


def test_a_later_screen_gets_what_the_others_show() -> None:
    screens, early, late = Screens(), FakeScreen(), FakeScreen()
    screens.add(early)
    screens.post(StatusText(text="x=1"))
    screens.post(RubberBand(rect=(1, 2, 3, 4)))
    screens.post(StatusText(text="x=2"))
    screens.set_cursor("crosshair")
    screens.add(late)
    assert late.messages == [StatusText(text="x=2"), RubberBand(rect=(1, 2, 3, 4))]
    assert late.cursors == ["crosshair"]
    screens.remove(late)
    screens.post(RubberBand())
    assert len(late.messages) == 2
    assert early.messages[-1] == RubberBand()


def test_what_is_said_again_is_not_sent_again() -> None:
    screens, screen = Screens(), FakeScreen()
    screens.add(screen)
    for _ in range(2):
        screens.post(StatusText(text="x=1"))
    assert screen.messages == [StatusText(text="x=1")]


def test_one_that_is_watched_is_enough() -> None:
    screens, one, other = Screens(), FakeScreen(), FakeScreen()
    assert not screens
    assert not screens.watched
    for screen in (one, other):
        screens.add(screen)
        screen.watched = False
    assert not screens.awake
    other.has_page = False
    assert (screens.awake, screens.watched) == (True, False)
    one.watched = True
    assert screens.watched


def test_without_screens_nothing_is_called() -> None:
    screens = Screens()
    screens.call_soon(lambda: 1 / 0)
    screens.call_later(0.0, lambda: 1 / 0)
