from typing import Any

import pytest
from support import golden

from marimo_rfb.notebook.events.page_event import page_event

PRESS = {"type": "pointer_down", "x": 3.5, "y": 4, "button": 1, "buttons": [1], "modifiers": ["Shift"], "timestamp": 5}
RELEASE = {**PRESS, "type": "pointer_up", "x": 13.5, "y": 20.0, "buttons": [], "timestamp": 6}


def told(event: Any) -> Any:
    return page_event(event, width=640, height=480)


def test_nothing_is_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert told(None) is None
    assert caplog.records == []


def test_a_press_comes_out_checked() -> None:
    event = told({**PRESS, "future": "field"})
    assert event == {
        "type": "pointer_down",
        "x": 3.5,
        "y": 4,
        "button": 1,
        "buttons": (1,),
        "modifiers": ("Shift",),
        "ntouches": 0,
        "touches": {},
        "timestamp": 5,
    }


def test_a_drag_is_described_in_frame_pixels() -> None:
    assert told({"type": "drag", "start": PRESS, "end": RELEASE}) == {
        "type": "drag",
        "start": (3.5, 4.0),
        "end": (13.5, 20.0),
        "rect": (3, 4, 14, 21),
        "button": 1,
        "buttons": (1,),
        "modifiers": ("Shift",),
        "timestamp": 6,
    }


@pytest.mark.parametrize("case", [pytest.param(c["told"], id=c["name"]) for c in golden("discrete.json")])
def test_all_that_our_page_tells_is_understood(case: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    assert [told(event)["type"] for event in case] == [event["type"] for event in case]
    assert caplog.records == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        5,
        "pointer_down",
        [],
        ["type"],
        True,
        {"type": None},
        {"type": "click"},
        {"type": ["drag"]},
        {"type": "pointer_down"},
        {**PRESS, "x": "3"},
        {**PRESS, "x": float("nan")},
        {**PRESS, "x": 1e300},
        {**PRESS, "buttons": [1] * 1000},
        {**PRESS, "modifiers": {"Shift": True}},
        {**PRESS, "timestamp": -1},
        {"type": "key_down", "key": "a" * 10_000},
        {"type": "drag"},
        {"type": "drag", "start": PRESS},
        {"type": "drag", "start": PRESS, "end": None},
        {"type": "drag", "start": 1, "end": 2},
        {"type": "drag", "start": [], "end": "x"},
        {"type": "drag", "start": PRESS, "end": {"type": "key_up", "key": "a"}},
        {"type": "drag", "start": {"type": "show"}, "end": {"type": "hide"}},
        {"type": "drag", "start": {"type": "drag", "start": PRESS, "end": RELEASE}, "end": RELEASE},
    ],
)
def test_what_makes_no_sense_is_nothing_and_logged(event: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert told(event) is None
    assert len(caplog.records) == 1
    assert caplog.records[0].getMessage().startswith("a page reported an invalid event: ")


def test_what_is_logged_is_short(caplog: pytest.LogCaptureFixture) -> None:
    told({"type": "x" * 100_000})
    told({**PRESS, "x": "y" * 100_000})
    assert max(len(record.getMessage()) for record in caplog.records) < 300
