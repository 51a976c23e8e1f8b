"""Events of a view, as vispy emits them: `make test-extras`."""

from typing import Any

import numpy as np
import pytest
from fake_screen import FakeScreen

from marimo_rfb.events import InputEvent, check_event
from marimo_rfb.figures.vispy.events import EventTranslator

pytest.importorskip("vispy")


class Told:
    """What a canvas emits."""

    def __init__(self, canvas: Any) -> None:
        self.events: list[Any] = []
        for name in canvas.events:
            if name.startswith(("mouse", "key")):
                canvas.events[name].connect(self.events.append)
        self._translator = EventTranslator(canvas.native)

    def act(self, kind: str, **fields: Any) -> None:
        event = check_event({"type": kind, **fields}, now_s=1.0)
        self._translator.process(InputEvent("viewer-1", None, event, received_us=0))

    @property
    def last(self) -> Any:
        return self.events[-1]


@pytest.fixture
def told(canvas: Any) -> Told:
    return Told(canvas)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_places_are_logical_pixels(canvas: Any, told: Told, screen: FakeScreen, ratio: float) -> None:
    canvas.native.resize(round(320 * ratio), round(240 * ratio), ratio)
    told.act("pointer_down", x=100 * ratio, y=50 * ratio, button=1, buttons=[1])
    assert (told.last.type, told.last.pos.tolist()) == ("mouse_press", [100, 50])


def test_a_drag_knows_its_press_and_its_buttons(told: Told) -> None:
    told.act("pointer_down", x=10, y=20, button=2, buttons=[2])
    press = told.last
    assert (press.button, press.buttons, press.is_dragging) == (2, [2], False)
    for x in (11, 12, 13):
        told.act("pointer_move", x=x, y=20, buttons=[2])
    assert (told.last.button, told.last.press_event) == (2, press)
    assert told.last.trail()[:, 0].tolist() == [11, 12, 13]
    told.act("pointer_up", x=13, y=20, button=2, buttons=[])
    assert (told.last.type, told.last.button, told.last.buttons) == ("mouse_release", 2, [])
    told.act("pointer_move", x=14, y=20, buttons=[])
    assert (told.last.button, told.last.press_event) == (None, None)


def test_a_wheel_turns_by_notches_up_being_positive(told: Told) -> None:
    told.act("wheel", x=1, y=1, dx=0, dy=-200, buttons=[], modifiers=["Shift"])
    assert (told.last.type, told.last.delta.tolist(), told.last.modifiers) == ("mouse_wheel", [0, 2], ("Shift",))


def test_a_double_click_is_the_pages(told: Told) -> None:
    for _ in range(2):
        told.act("pointer_down", x=5, y=5, button=1, buttons=[1])
        told.act("pointer_up", x=5, y=5, button=1, buttons=[])
    told.act("double_click", x=5, y=5, button=1, buttons=[])
    assert [event.type for event in told.events].count("mouse_double_click") == 1


def test_keys_have_vispys_names_modifiers_and_text(told: Told) -> None:
    told.act("key_down", key="A", modifiers=["Shift", "CapsLock"])
    assert (told.last.type, told.last.key, told.last.text, told.last.modifiers) == ("key_press", "A", "A", ("Shift",))
    told.act("key_up", key="ArrowLeft", modifiers=["Control", "Alt", "Meta"])
    assert (told.last.type, told.last.key, told.last.text) == ("key_release", "Left", "")
    assert told.last.modifiers == ("Control", "Alt", "Meta")


def test_escape_leaves_the_picture_and_closes_no_canvas(told: Told) -> None:
    told.act("key_down", key="Escape", modifiers=[])
    assert told.events == []


def test_what_vispy_does_not_know_is_ignored(told: Told) -> None:
    told.act("pointer_enter", x=1, y=1)
    told.act("char", data="a")
    assert told.events == []


def test_a_drag_turns_the_camera_and_is_drawn_once(canvas: Any, told: Told, screen: FakeScreen) -> None:
    azimuth, drawn = canvas.camera.azimuth, len(screen.pictures)
    with canvas.native.handling():
        told.act("pointer_down", x=100, y=120, button=1, buttons=[1])
        told.act("pointer_move", x=150, y=120, buttons=[1])
        told.act("pointer_move", x=180, y=120, buttons=[1])
        told.act("pointer_up", x=180, y=120, button=1, buttons=[])
    assert canvas.camera.azimuth != azimuth
    assert len(screen.pictures) == drawn + 1
    assert np.array_equal(screen.pictures[-1], canvas.render(alpha=False))


def test_the_wheel_zooms(canvas: Any, told: Told, screen: FakeScreen) -> None:
    distance = canvas.camera.distance
    told.act("wheel", x=160, y=120, dx=0, dy=-100, buttons=[], modifiers=[])
    assert canvas.camera.distance < distance
