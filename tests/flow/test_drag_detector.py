from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import golden

from marimo_rfb.events import check_event
from marimo_rfb.flow.drag_detector import DRAG_SLOP_CSS_PX, DragDetector, describe_drag

WIDTH, HEIGHT = 64, 48
FAR = 10 * DRAG_SLOP_CSS_PX
CASES = [pytest.param(case, id=case["name"]) for case in golden("discrete.json")]

PLACES = st.floats(-100.0, 200.0)


def pointer(kind: str, x: float, y: float = 5.0, **fields: Any) -> dict[str, Any]:
    return check_event({"type": f"pointer_{kind}", "x": x, "y": y, "button": 1, **fields}, now_s=1.0)


def drags(*events: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    tracker = DragDetector()
    found = [drag for event in events if (drag := tracker.feed(event)) is not None]
    assert all(drag.keys() == {"type", "start", "end"} and drag["type"] == "drag" for drag in found)
    return [(drag["start"], drag["end"]) for drag in found]


def rect(start: tuple[float, float], end: tuple[float, float]) -> tuple[int, int, int, int]:
    drag = describe_drag(pointer("down", *start), pointer("up", *end), width=WIDTH, height=HEIGHT)
    edges: tuple[int, int, int, int] = drag["rect"]
    return edges


@pytest.mark.parametrize("case", CASES)
def test_the_golden_drags_are_found(case: dict[str, Any]) -> None:
    tracker = DragDetector()
    found = [tracker.feed(event) for event in case["events"]]
    assert [drag for drag in found if drag] == [event for event in case["told"] if event["type"] == "drag"]


@pytest.mark.parametrize("case", CASES)
def test_the_golden_events_are_ones_that_a_viewer_may_send(case: dict[str, Any]) -> None:
    for event in case["events"]:
        # JSON has no tuples.
        sent = {name: tuple(value) if isinstance(value, list) else value for name, value in event.items()}
        assert check_event(event, now_s=0.0).items() >= sent.items()


def test_what_is_found_are_the_events_themselves() -> None:
    down, up = pointer("down", 0), pointer("up", FAR)
    ((start, end),) = drags(down, up)
    assert start is down
    assert end is up


def test_a_press_that_does_not_say_where_it_is_is_inside() -> None:
    assert len(drags(pointer("down", 0), pointer("up", FAR))) == 1


def test_a_press_with_css_pixels_is_measured_in_frame_pixels_against_a_release_without() -> None:
    down, up = pointer("down", 0, css_x=0, css_y=5), pointer("up", FAR)
    assert drags(down, up) == [(down, up)]


def test_sixteen_presses_are_remembered_and_the_oldest_is_forgotten() -> None:
    downs = [pointer("down", 0, pointer_id=n) for n in range(17)]
    ups = [pointer("up", FAR, pointer_id=n) for n in range(17)]
    assert drags(*downs, *ups) == list(zip(downs[1:], ups[1:], strict=True))


def test_a_press_again_is_the_newest() -> None:
    downs = [pointer("down", 0, pointer_id=n) for n in range(16)]
    again, more = pointer("down", 0, pointer_id=0), pointer("down", 0, pointer_id=16)
    ups = [pointer("up", FAR, pointer_id=n) for n in range(17)]
    expected = [(again, ups[0]), *zip(downs[2:], ups[2:16], strict=True), (more, ups[16])]
    assert drags(*downs, again, more, *ups) == expected


@given(st.lists(st.tuples(st.sampled_from(["down", "move", "up"]), PLACES, st.integers(0, 2), st.integers(0, 2))))
def test_a_drag_starts_and_ends_with_one_pointer_and_one_button(what: list[tuple[str, float, int, int]]) -> None:
    events = [pointer(kind, x, pointer_id=id_, button=button) for kind, x, id_, button in what]
    for start, end in drags(*events):
        assert (start["type"], end["type"]) == ("pointer_down", "pointer_up")
        assert (start["pointer_id"], start["button"]) == (end["pointer_id"], end["button"])


def test_a_drag_says_what_a_notebook_needs() -> None:
    down = pointer("down", 10, 20.5, buttons=[1, 2], modifiers=["Shift"], timestamp=1.5)
    up = pointer("up", 2.25, 30, modifiers=["Alt"], timestamp=2.5)
    drag = describe_drag(down, up, width=WIDTH, height=HEIGHT)
    assert drag == {
        "type": "drag",
        "start": (10.0, 20.5),
        "end": (2.25, 30.0),
        "rect": (2, 20, 11, 31),
        "button": 1,
        "buttons": (1, 2),
        "modifiers": ("Shift",),
        "timestamp": 2.5,
    }
    assert all(type(value) is float for value in (*drag["start"], *drag["end"]))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param((10.0, 5.0), (20.0, 9.0), (10, 5, 21, 10), id="down and right"),
        pytest.param((20.0, 9.0), (10.0, 5.0), (10, 5, 21, 10), id="up and left"),
        pytest.param((10.2, 5.9), (20.9, 9.1), (10, 5, 21, 10), id="within pixels"),
        pytest.param((10.5, 5.5), (10.5, 20.0), (10, 5, 11, 21), id="one pixel wide"),
        pytest.param((60.0, 40.0), (500.0, 500.0), (60, 40, 64, 48), id="out at the bottom right"),
        pytest.param((3.0, 4.0), (-0.5, -90.0), (0, 0, 4, 5), id="out at the top left"),
        pytest.param((-50.0, -50.0), (500.0, 500.0), (0, 0, 64, 48), id="all of it"),
        pytest.param((63.9, 47.9), (63.9, 47.9), (63, 47, 64, 48), id="the last pixel"),
    ],
)
def test_the_rectangle_is_ordered_whole_and_within_the_frame(
    start: tuple[float, float], end: tuple[float, float], expected: tuple[int, int, int, int]
) -> None:
    assert rect(start, end) == expected


@pytest.mark.parametrize(
    ("start", "end"),
    [((-9.0, 5.0), (-2.0, 9.0)), ((70.0, 5.0), (90.0, 9.0)), ((5.0, 48.0), (9.0, 60.0)), ((5.0, -9.0), (9.0, -0.5))],
)
def test_what_lies_outside_of_the_frame_is_an_empty_rectangle(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    left, top, right, bottom = rect(start, end)
    assert np.zeros((HEIGHT, WIDTH))[top:bottom, left:right].size == 0


@given(st.tuples(PLACES, PLACES), st.tuples(PLACES, PLACES))
def test_the_rectangle_slices_the_frame_to_what_was_dragged_over(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    left, top, right, bottom = rect(start, end)
    assert 0 <= left <= right <= WIDTH
    assert 0 <= top <= bottom <= HEIGHT
    x, y = np.arange(WIDTH), np.arange(HEIGHT)
    # A pixel is dragged over where its square touches what lies between both ends.
    over_x = (x + 1 > min(start[0], end[0])) & (x <= max(start[0], end[0]))
    over_y = (y + 1 > min(start[1], end[1])) & (y <= max(start[1], end[1]))
    over = over_y[:, None] & over_x[None, :]
    assert over[top:bottom, left:right].all()
    assert over.sum() == (bottom - top) * (right - left)


class TestUnderWay:
    def under_way(self, *events: dict[str, Any]) -> list[dict[str, Any] | None]:
        """Return what each event goes on with."""
        tracker, found = DragDetector(), []
        for event in events:
            tracker.feed(event)
            found.append(tracker.drag_start(event))
        return found

    def test_a_move_goes_on_with_the_press_it_came_far_enough_from(self) -> None:
        down = pointer("down", 0)
        moves = [pointer("move", 1), pointer("move", FAR), pointer("move", 0)]
        assert self.under_way(down, *moves, pointer("up", FAR), pointer("move", FAR)) == [
            None,
            None,
            down,
            down,
            None,
            None,
        ]

    def test_a_move_without_a_press_goes_on_with_nothing(self) -> None:
        assert self.under_way(pointer("move", 0), pointer("move", FAR)) == [None, None]

    def test_a_press_outside_is_none(self) -> None:
        assert self.under_way(pointer("down", 0, inside=False), pointer("move", FAR)) == [None, None]

    def test_two_fingers_drag_each_for_itself(self) -> None:
        one, other = pointer("down", 0, pointer_id=1), pointer("down", 50, pointer_id=2)
        moves = [pointer("move", FAR, pointer_id=1), pointer("move", 51, pointer_id=2)]
        assert self.under_way(one, other, *moves)[2:] == [one, None]

    def test_of_two_buttons_the_first_one_counts(self) -> None:
        left, right = pointer("down", 0), pointer("down", 0, button=2)
        move = pointer("move", FAR)
        assert self.under_way(left, right, move, pointer("up", FAR), move)[2:] == [left, None, right]

    def test_other_events_go_on_with_nothing(self) -> None:
        wheel = check_event({"type": "wheel", "x": FAR, "y": 5, "dx": 0, "dy": 1}, now_s=1.0)
        assert self.under_way(pointer("down", 0), pointer("move", FAR), wheel)[2] is None


def test_a_drag_under_way_is_described_in_the_same_way() -> None:
    down, move = pointer("down", 10, 20), pointer("move", 15, 25, timestamp=3.0)
    drag = describe_drag(down, move, width=WIDTH, height=HEIGHT, kind="dragging")
    assert (drag["type"], drag["rect"], drag["timestamp"]) == ("dragging", (10, 20, 16, 26), 3.0)
