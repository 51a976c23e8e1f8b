from typing import Any

import pytest

from marimo_rfb.events import InputEvent, check_event
from marimo_rfb.figures.rendercanvas.events import canvas_event


def translated(pixel_ratio: float = 1.0, **fields: Any) -> dict[str, Any] | None:
    return canvas_event(InputEvent("viewer-1", None, check_event(fields, now_s=3.5), 0), pixel_ratio)


def test_a_press_has_the_names_and_tuples_of_rendercanvas() -> None:
    assert translated(type="pointer_down", x=10, y=20, button=1, buttons=[1], modifiers=["Shift"]) == {
        "event_type": "pointer_down",
        "time_stamp": 3.5,
        "x": 10,
        "y": 20,
        "button": 1,
        "buttons": (1,),
        "modifiers": ("Shift",),
        "ntouches": 0,
        "touches": {},
    }


def test_places_are_in_logical_pixels() -> None:
    touches = {"7": {"x": 30, "y": 40, "pressure": 0.5}}
    event = translated(2.0, type="pointer_move", x=10, y=20, ntouches=1, touches=touches)
    assert event is not None
    assert (event["x"], event["y"]) == (5, 10)
    assert event["touches"] == {"7": {"x": 15, "y": 20, "pressure": 0.5}}


def test_fields_beyond_those_of_rendercanvas_are_dropped() -> None:
    event = translated(type="pointer_move", x=1, y=2, css_x=1, css_y=2, inside=True, pointer_id=3, pressure=0.5)
    assert event is not None
    assert event.keys() == {
        "event_type",
        "time_stamp",
        "x",
        "y",
        "button",
        "buttons",
        "modifiers",
        "ntouches",
        "touches",
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "wheel", "dx": 0, "dy": -100, "x": 4, "y": 6}, {"dx": 0, "dy": -100, "x": 2, "y": 3, "buttons": ()}),
        ({"type": "key_down", "key": "a", "modifiers": ["Control"]}, {"key": "a", "modifiers": ("Control",)}),
        ({"type": "char", "data": "ä"}, {"data": "ä", "is_composing": False}),
        ({"type": "double_click", "x": 4, "y": 6, "button": 1}, {"x": 2, "y": 3, "button": 1}),
        ({"type": "pointer_leave", "x": 4, "y": 6}, {"x": 2, "y": 3}),
    ],
)
def test_other_events_keep_their_fields(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    event = translated(2.0, **fields)
    assert event is not None
    assert event["event_type"] == fields["type"]
    assert event.items() >= expected.items()


@pytest.mark.parametrize("fields", [{"type": "show"}, {"type": "focus_in"}, {"type": "tool", "name": "pan"}])
def test_events_that_canvases_do_not_know_are_none(fields: dict[str, Any]) -> None:
    assert translated(**fields) is None
