from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.pressed_state import MAX_KEYS_HELD, PressedState


def pointer(kind: str, *buttons: int, x: float = 1) -> dict[str, Any]:
    return {"type": f"pointer_{kind}", "x": x, "button": 0, "buttons": buttons, "timestamp": 1.0}


def key(kind: str, name: str) -> dict[str, Any]:
    return {"type": f"key_{kind}", "key": name, "timestamp": 1.0}


def test_what_is_held_is_let_go_where_it_was_last() -> None:
    held = PressedState()
    held.update(key("down", "a"))
    held.update(pointer("down", 1))
    held.update(pointer("move", 1, 2, x=7))
    assert held.release(9.0) == [
        {"type": "key_up", "key": "a", "timestamp": 9.0},
        {"type": "pointer_up", "x": 7, "button": 1, "buttons": (), "timestamp": 9.0},
    ]
    assert held.release(9.0) == []


def test_what_was_let_go_is_not_held() -> None:
    held = PressedState()
    for event in (key("down", "a"), key("up", "a"), key("up", "b"), pointer("down", 1), pointer("up")):
        held.update(event)
    held.update({"type": "wheel"})
    assert held.release(9.0) == []


@given(st.lists(st.tuples(st.sampled_from(["down", "up"]), st.integers(0, 50).map(str))))
def test_each_key_is_let_go_once_and_no_more_than_so_many(said: list[tuple[str, str]]) -> None:
    held, down = PressedState(), dict[str, None]()
    for kind, name in said:
        held.update(key(kind, name))
        if kind == "up":
            down.pop(name, None)
        elif len(down) < MAX_KEYS_HELD:
            down[name] = None
    assert [event["key"] for event in held.release(9.0)] == list(down)
