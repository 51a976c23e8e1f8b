from typing import Any

import pytest
from fake_screen import FakeScreen

from marimo_rfb.events import EVENT_TYPES, InputEvent, check_event
from marimo_rfb.figures.matplotlib.backend import FigureCanvas
from marimo_rfb.figures.matplotlib.events import EventTranslator
from marimo_rfb.wire.messages import StatusText

NAMES = (
    "button_press_event",
    "button_release_event",
    "motion_notify_event",
    "scroll_event",
    "key_press_event",
    "key_release_event",
    "figure_enter_event",
    "figure_leave_event",
    "pick_event",
)


class Desk:
    """A figure with somebody who points at it."""

    def __init__(self, canvas: FigureCanvas) -> None:
        self.canvas = canvas
        self.translator = EventTranslator(canvas)
        self.told: list[Any] = []
        for name in NAMES:
            canvas.mpl_connect(name, self.told.append)

    def send(self, kind: str, now_s: float = 0.0, **fields: Any) -> list[Any]:
        """Send an event; return what matplotlib told."""
        self.told.clear()
        fields = {name: float(value) if name in ("x", "y") else value for name, value in fields.items()}
        event = check_event({"type": kind, **fields}, now_s=now_s)
        with self.canvas.handling():
            self.translator.process(InputEvent("viewer-1", None, event, 0))
        return list(self.told)


@pytest.fixture
def desk(canvas: FigureCanvas, screen: FakeScreen) -> Desk:
    return Desk(canvas)


def test_a_press_is_at_its_place_from_the_bottom_and_in_data(desk: Desk) -> None:
    x, y = desk.canvas.figure.axes[0].transData.transform((5, 2))
    (press,) = desk.send("pointer_down", x=x, y=240 - y, button=1, buttons=[1], modifiers=["Shift", "Control"])
    assert (press.name, press.button, press.dblclick) == ("button_press_event", 1, False)
    assert (press.x, press.y) == (int(x), int(y))
    assert (press.xdata, press.ydata) == pytest.approx((5, 2))
    assert press.inaxes is desk.canvas.figure.axes[0]
    assert press.modifiers == {"ctrl", "shift"}


def test_places_are_device_pixels(desk: Desk) -> None:
    desk.canvas.resize(640, 480, 2.0)
    with desk.canvas.handling():
        x, y = desk.canvas.figure.axes[0].transData.transform((5, 2))
    (press,) = desk.send("pointer_down", x=x, y=480 - y, button=1, buttons=[1])
    assert (press.xdata, press.ydata) == pytest.approx((5, 2))


@pytest.mark.parametrize(("renderview", "matplotlib"), [(1, 1), (2, 3), (3, 2), (4, 8), (5, 9)])
def test_buttons_have_matplotlibs_numbers(desk: Desk, renderview: int, matplotlib: int) -> None:
    (press,) = desk.send("pointer_down", x=100, y=100, button=renderview, buttons=[renderview])
    (release,) = desk.send("pointer_up", x=100, y=100, button=renderview, buttons=[])
    assert (press.button, release.name, release.button) == (matplotlib, "button_release_event", matplotlib)


def test_a_button_that_matplotlib_does_not_know_is_ignored(desk: Desk) -> None:
    assert desk.send("pointer_down", x=100, y=100, button=9, buttons=[9]) == []


def test_a_move_has_the_buttons_that_are_held(desk: Desk) -> None:
    (move,) = desk.send("pointer_move", x=160, y=120, buttons=[1, 3, 9], modifiers=["Alt"])
    assert (move.name, move.buttons, move.modifiers) == ("motion_notify_event", {1, 2}, {"alt"})
    (move,) = desk.send("pointer_move", x=160, y=121)
    assert move.buttons == frozenset()


def test_the_pointer_enters_and_leaves_the_axes(desk: Desk) -> None:
    crossed: list[str] = []
    for name in ("axes_enter_event", "axes_leave_event"):
        desk.canvas.mpl_connect(name, lambda event, name=name: crossed.append(name))
    for x in (160, 161, 1, 2, 160):
        desk.send("pointer_move", x=x, y=120)
    assert crossed == ["axes_enter_event", "axes_leave_event", "axes_enter_event"]


@pytest.mark.parametrize(("dy", "step", "button"), [(100, -1, "down"), (-50, 0.5, "up")])
def test_the_wheel_scrolls_in_notches(desk: Desk, dy: float, step: float, button: str) -> None:
    (scroll,) = desk.send("wheel", x=160, y=120, dx=3, dy=dy)
    assert (scroll.name, scroll.step, scroll.button) == ("scroll_event", step, button)


def test_a_sideways_wheel_is_ignored(desk: Desk) -> None:
    assert desk.send("wheel", x=160, y=120, dx=30, dy=0) == []


def test_the_second_of_two_quick_presses_is_a_double_click(desk: Desk) -> None:
    presses = []
    for at_s in (1.0, 1.2, 1.4, 2.0):
        presses += desk.send("pointer_down", now_s=at_s, x=100, y=100, button=1, buttons=[1])
        desk.send("pointer_up", now_s=at_s + 0.05, x=100, y=100, button=1)
    assert [press.dblclick for press in presses] == [False, True, False, False]
    assert desk.send("double_click", x=100, y=100, button=1) == []  # told already


@pytest.mark.parametrize("other", [{"x": 120}, {"button": 2}, {"now_s": 9.0}])
def test_two_presses_that_do_not_belong_together_are_no_double_click(desk: Desk, other: dict[str, Any]) -> None:
    first = {"now_s": 1.0, "x": 100, "y": 100, "button": 1}
    desk.send("pointer_down", **first)
    (press,) = desk.send("pointer_down", **{**first, "now_s": 1.1, **other})
    assert not press.dblclick


def test_keys_are_told_with_the_place_of_the_pointer(desk: Desk) -> None:
    desk.send("pointer_move", x=160, y=100)
    (down,) = desk.send("key_down", key="ArrowLeft", modifiers=["Control"])
    assert (down.name, down.key, down.x, down.y) == ("key_press_event", "ctrl+left", 160, 140)
    assert down.inaxes is desk.canvas.figure.axes[0]
    (up,) = desk.send("key_up", key="ArrowLeft")
    assert (up.name, up.key) == ("key_release_event", "left")


def test_a_held_key_is_told_with_presses(desk: Desk) -> None:
    desk.send("key_down", key="x")
    (press,) = desk.send("pointer_down", x=160, y=100, button=1)
    assert press.key == "x"


def test_a_key_before_the_pointer_came_has_no_place(desk: Desk) -> None:
    (down,) = desk.send("key_down", key="a")
    assert (down.x, down.y, down.inaxes) == (None, None, None)


def test_the_pointer_enters_and_leaves_the_figure(desk: Desk) -> None:
    assert [event.name for event in desk.send("pointer_enter", x=1, y=1)] == ["figure_enter_event"]
    assert [event.name for event in desk.send("pointer_leave", x=-1, y=1)] == ["figure_leave_event"]


def test_a_viewer_that_is_gone_points_at_nothing(desk: Desk, screen: FakeScreen) -> None:
    desk.send("pointer_move", x=160, y=120)
    assert screen.messages[-1] != StatusText(text="")
    gone = InputEvent("viewer-1", None, {"type": "close", "timestamp": 1.0}, 0)
    desk.translator.process(gone)
    assert [event.name for event in desk.told] == ["motion_notify_event", "figure_leave_event"]
    assert screen.messages[-1] == StatusText(text="")


def test_a_press_on_an_artist_picks_it(desk: Desk) -> None:
    (axes,) = desk.canvas.figure.axes
    (points,) = axes.plot([3, 7], [8, 4], "o", picker=5)
    x, y = axes.transData.transform((7, 4))
    picks = [e for e in desk.send("pointer_down", x=x, y=240 - y, button=1, buttons=[1]) if e.name == "pick_event"]
    assert [(pick.artist, list(pick.ind)) for pick in picks] == [(points, [1])]


@pytest.mark.parametrize("kind", ["show", "hide", "focus_in", "focus_out"])
def test_what_matplotlib_has_no_event_for_is_ignored(desk: Desk, kind: str) -> None:
    assert kind in EVENT_TYPES
    assert desk.send(kind) == []
