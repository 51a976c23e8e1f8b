import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import golden

from marimo_rfb.errors import WireError
from marimo_rfb.events import EVENT_TYPES, InputEvent, UnknownEvent, check_event, merge_events

POINTER = {
    "x": 10.5,
    "y": 20,
    "button": 1,
    "buttons": [1, 2],
    "modifiers": ["Shift", "Alt"],
    "ntouches": 1,
    "touches": {"3": {"x": 1, "y": 2.5, "pressure": 0.5}},
}
CHECKED_POINTER = {
    **POINTER,
    "buttons": (1, 2),
    "modifiers": ("Shift", "Alt"),
}
DOUBLE_CLICK = {name: POINTER[name] for name in ("x", "y", "button", "buttons", "modifiers")}
WHEEL = {"dx": 0, "dy": -100.5, "x": 1, "y": 2, "buttons": [], "modifiers": ["Control"]}
KEY = {"key": "Escape", "code": "Escape", "modifiers": []}
CHAR = {"data": "é", "input_type": "insertCompositionText", "is_composing": True}
PASTE = {"data": "größer\n" * 500}

WHOLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    **{name: ({}, {}) for name in ("show", "hide", "focus_in", "focus_out")},
    **{f"pointer_{what}": (POINTER, CHECKED_POINTER) for what in ("down", "up", "move", "enter", "leave")},
    "double_click": (DOUBLE_CLICK, {**DOUBLE_CLICK, "buttons": (1, 2), "modifiers": ("Shift", "Alt")}),
    "wheel": (WHEEL, {**WHEEL, "buttons": (), "modifiers": ("Control",)}),
    "key_down": (KEY, {**KEY, "modifiers": ()}),
    "key_up": (KEY, {**KEY, "modifiers": ()}),
    "char": (CHAR, CHAR),
    "paste": (PASTE, PASTE),
    "tool": ({"name": "home"}, {"name": "home"}),
}

MINIMAL: dict[str, dict[str, Any]] = {
    "pointer_move": {"x": 1, "y": 2},
    "double_click": {"x": 1, "y": 2},
    "wheel": {"dx": 1, "dy": 2, "x": 3, "y": 4},
    "key_down": {"key": "a"},
    "char": {"data": "a"},
    "paste": {"data": "a"},
    "tool": {"name": "pan"},
}


def check(kind: str, **fields: Any) -> dict[str, Any]:
    return check_event({"type": kind, **fields}, now_s=5.5)


def test_every_type_has_a_case_here() -> None:
    assert WHOLE.keys() == EVENT_TYPES.keys()


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_event_is_kept(kind: str) -> None:
    sent, expected = WHOLE[kind]
    assert check(kind, timestamp=1.25, **sent) == {"type": kind, "timestamp": 1.25, **expected}


@pytest.mark.parametrize("kind", WHOLE)
def test_an_event_without_a_time_gets_the_one_it_came_at(kind: str) -> None:
    assert check(kind, **WHOLE[kind][0])["timestamp"] == 5.5


def test_a_time_of_today_is_kept() -> None:
    assert check("focus_in", timestamp=1_790_000_000.25)["timestamp"] == 1_790_000_000.25


@pytest.mark.parametrize("timestamp", [-1, 1e13, math.nan, math.inf, True, None])
def test_a_time_that_is_none_is_refused(timestamp: object) -> None:
    with pytest.raises(WireError, match="timestamp must be seconds"):
        check("focus_in", timestamp=timestamp)


def test_what_is_held_may_be_left_out_when_nothing_is() -> None:
    assert check("pointer_move", **MINIMAL["pointer_move"]) == {
        "type": "pointer_move",
        "x": 1,
        "y": 2,
        "button": 0,
        "buttons": (),
        "modifiers": (),
        "ntouches": 0,
        "touches": {},
        "timestamp": 5.5,
    }
    assert check("char", data="a") == {
        "type": "char",
        "data": "a",
        "input_type": "insertText",
        "is_composing": False,
        "timestamp": 5.5,
    }


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, fields in MINIMAL.items() for name in fields])
def test_a_field_that_cannot_be_guessed_must_be_there(kind: str, name: str) -> None:
    fields = {key: value for key, value in MINIMAL[kind].items() if key != name}
    with pytest.raises(WireError, match=f"event {kind}: {name} is missing"):
        check(kind, **fields)


def test_extras_are_kept_and_unknown_fields_are_not() -> None:
    extras = {
        "inside": False,
        "pixel_ratio": 2.0,
        "css_x": 1.5,
        "css_y": 2.5,
        "pointer_id": 4,
        "pointer_type": "pen",
        "pressure": 0.25,
        "tilt_x": -90,
        "tilt_y": 12.5,
        "twist": 359,
    }
    event = check("pointer_down", **POINTER, **extras, future=1, __class__="x")
    assert event == {"type": "pointer_down", "timestamp": 5.5, **CHECKED_POINTER, **extras}


def test_touches_keep_what_is_known_of_a_finger() -> None:
    known = {"x": 1, "y": 2, "pressure": 0.5, "css_x": 0.5, "css_y": 1}
    touches = {"1": {**known, "future": {}}, "2": {}}
    assert check("pointer_move", x=0, y=0, touches=touches)["touches"] == {"1": known, "2": {}}


def test_a_paste_may_be_long_and_other_texts_may_not() -> None:
    assert len(check("paste", data="ü" * 32_768)["data"]) == 32_768
    with pytest.raises(WireError, match="event paste: data must be a string of at most 32768 characters"):
        check("paste", data="ü" * 32_769)
    with pytest.raises(WireError, match="event char: data must be a string of at most 256 characters"):
        check("char", data="ü" * 257)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", math.nan),
        ("x", math.inf),
        ("x", 1e10),
        ("x", -1e10),
        pytest.param("x", 10**400, id="x-huge integer"),
        ("x", "1"),
        ("x", True),
        ("x", None),
        ("x", [1]),
        ("button", -1),
        ("button", 1.5),
        ("button", 2**40),
        ("button", True),
        ("buttons", 1),
        ("buttons", "12"),
        ("buttons", {"0": 1}),
        ("buttons", [-1]),
        ("buttons", [None]),
        ("buttons", [1] * 33),
        ("modifiers", "Shift"),
        ("modifiers", [1]),
        pytest.param("modifiers", ["x" * 257], id="modifiers-long text"),
        ("ntouches", "1"),
        ("touches", []),
        ("touches", {"1": 1}),
        ("touches", {"1": {"x": "0"}}),
        ("touches", {"1": {"x": math.nan}}),
        ("touches", {"1": {"css_x": "0"}}),
        ("tilt_x", "1"),
        ("tilt_y", math.inf),
        ("twist", None),
        pytest.param("touches", {"x" * 257: {}}, id="touches-long name"),
        pytest.param("touches", {str(i): {} for i in range(33)}, id="touches-many"),
        ("timestamp", "now"),
        ("timestamp", math.inf),
        ("inside", 1),
        ("pixel_ratio", None),
        ("css_x", "1"),
        ("pointer_id", -1),
        ("pointer_type", 1),
        ("pressure", math.nan),
    ],
)
def test_a_hostile_value_is_refused_and_named(name: str, value: object) -> None:
    fields = {"x": 0, "y": 0, name: value}
    with pytest.raises(WireError, match=f"event pointer_move: {name} must"):
        check("pointer_move", **fields)


@pytest.mark.parametrize(("kind", "name"), [("key_down", "key"), ("key_up", "code"), ("char", "data")])
@pytest.mark.parametrize("value", [pytest.param("x" * 257, id="long"), 1, None, ["a"]])
def test_text_is_text_and_short(kind: str, name: str, value: object) -> None:
    fields = {**MINIMAL["key_down"], **MINIMAL["char"], name: value}
    with pytest.raises(WireError, match=f"event {kind}: {name} must be a string"):
        check(kind, **fields)


@pytest.mark.parametrize("event", [{}, {"type": None}, {"type": 1}, {"type": ["wheel"]}])
def test_an_event_without_a_type_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(WireError, match="type is missing or not a string"):
        check_event(event, now_s=0.0)


@pytest.mark.parametrize("kind", ["hologram", "", "resize", "close", pytest.param("x" * 10_000, id="long")])
def test_an_unknown_type_is_told_apart_from_a_broken_event(kind: str) -> None:
    with pytest.raises(UnknownEvent, match="unknown event type") as caught:
        check_event({"type": kind}, now_s=0.0)
    assert len(str(caught.value)) < 100


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(sorted({name for fields in EVENT_TYPES.values() for name in fields} | {"timestamp", "inside"}))


@given(st.sampled_from(sorted(EVENT_TYPES)), st.dictionaries(names, values))
def test_whatever_the_fields_are_the_event_is_checked_or_refused(kind: str, fields: dict[str, Any]) -> None:
    try:
        event = check_event({**WHOLE[kind][0], **fields, "type": kind}, now_s=1.0)
    except WireError:
        return
    assert event["type"] == kind
    assert math.isfinite(event["timestamp"])
    assert merge_events(event, event) is None or kind in ("pointer_move", "wheel")


def merged(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for event in events:
        both = merge_events(out[-1], event) if out else None
        if both is None:
            out.append(event)
        else:
            out[-1] = both
    return out


@pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in golden("merge.json")])
def test_python_merges_as_the_page_does(case: Any) -> None:
    assert merged(case["events"]) == case["merged"]


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES.keys() | {"resize", "close"}))
def test_only_moves_wheels_and_resizes_merge(kind: str) -> None:
    event = {"type": kind, "dx": 0, "dy": 0, "buttons": (), "modifiers": ()}
    assert (merge_events(event, event) is not None) == (kind in ("pointer_move", "wheel", "resize"))


@pytest.mark.parametrize(
    ("kind", "name", "other"),
    [
        ("pointer_move", "buttons", (1,)),
        ("pointer_move", "modifiers", ("Shift",)),
        ("pointer_move", "ntouches", 2),
        ("pointer_move", "pointer_id", 2),
        ("wheel", "buttons", (1,)),
        ("wheel", "modifiers", ("Shift",)),
    ],
)
def test_events_stay_apart_when_something_else_is_held(kind: str, name: str, other: object) -> None:
    older = {"type": kind, "buttons": (), "modifiers": (), "ntouches": 0, "dx": 1, "dy": 1}
    assert merge_events(older, {**older, name: other}) is None


def test_turns_of_the_wheel_add_up_where_the_pointer_was_last() -> None:
    older = {"type": "wheel", "dx": 1, "dy": -100, "x": 5, "y": 5, "buttons": (), "modifiers": (), "timestamp": 1}
    newer = {**older, "dx": 2, "dy": 30, "x": 6, "timestamp": 2}
    assert merge_events(older, newer) == {**newer, "dx": 3, "dy": -70}


def test_merging_changes_neither_event() -> None:
    older = {"type": "wheel", "dx": 1, "dy": 1, "buttons": (), "modifiers": ()}
    newer = {"type": "wheel", "dx": 2, "dy": 2, "buttons": (), "modifiers": ()}
    merge_events(older, newer)
    assert (older["dx"], newer["dx"]) == (1, 2)


def test_the_logical_form_has_css_pixels_and_no_extras() -> None:
    event = {"type": "pointer_down", "x": 200, "y": 100, "css_x": 50.0, "css_y": 25.0, "inside": True, "pixel_ratio": 2}
    input_event = InputEvent("viewer-1", None, event, received_us=0)
    assert input_event.logical() == {"type": "pointer_down", "x": 50.0, "y": 25.0, "pixel_ratio": 2}
    assert input_event.event["x"] == 200


def test_the_logical_form_has_the_touches_in_css_pixels_too() -> None:
    told, untold = {"x": 200, "y": 100, "pressure": 0.5, "css_x": 50.0, "css_y": 25.0}, {"x": 400, "y": 100}
    event = check("pointer_move", x=200, y=100, css_x=50.0, css_y=25.0, touches={"1": told, "2": untold, "3": {}})
    input_event = InputEvent("viewer-1", None, event, received_us=0)
    assert input_event.logical()["touches"] == {"1": {"x": 50.0, "y": 25.0, "pressure": 0.5}}
    assert input_event.event["touches"]["1"] == told


def test_the_logical_form_of_an_event_without_css_pixels_is_in_frame_pixels_throughout() -> None:
    event = check("pointer_move", x=200, y=100, touches={"1": {"x": 200, "y": 100}})
    assert InputEvent("viewer-1", None, event, received_us=0).logical() == event


def test_the_logical_form_of_a_key_is_the_key() -> None:
    event = {"type": "key_down", "key": "a", "modifiers": ()}
    assert InputEvent("viewer-1", None, event, received_us=0).logical() == event


def test_an_input_event_tells_its_type() -> None:
    assert InputEvent("viewer-1", "ann", {"type": "wheel"}, received_us=1).type == "wheel"
