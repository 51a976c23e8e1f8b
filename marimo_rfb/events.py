"""Input events of a view: validation and merging of the renderview vocabulary.

An event is a plain dict with a `type`; lengths are frame pixels unless a name says `css_`, angles are degrees. Beyond
renderview, pointer and wheel events may have `inside`, `css_x`, `css_y`, `pointer_id`, `pointer_type`, `pressure`,
`tilt_x`, `tilt_y` and `twist`, each of the `touches` may have `css_x` and `css_y`, and there are `paste` with the text
as `data` and `tool`, a click on a figure's tool, with its `name`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marimo_rfb.errors import WireError

__all__ = ["EVENT_TYPES", "MERGED_WHEN_SAME", "InputEvent", "UnknownEvent", "check_event", "merge_events"]

EventDict = dict[str, Any]

MAX_TEXT = 256
MAX_PASTED = 32 * 1024
MAX_ITEMS = 32
MAX_MAGNITUDE = 1e9
MAX_TIME_S = 1e12


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event of one viewer.

    Attributes:
        viewer: id of the viewer that sent it, unique in the process.
        principal: the return value of `AccessOptions.authenticate` for that viewer; `None` without such a hook.
        event: the event itself, with at least `"type"` and `"timestamp"` (seconds).
        received_us: when the hub received it, microseconds since the epoch.
        view: the view of a notebook that it was done in; empty if the client named none.
    """

    viewer: str
    principal: Any
    event: EventDict
    received_us: int = field(compare=False)
    view: str = ""

    @property
    def type(self) -> str:
        """Type of the event, such as `"pointer_down"`."""
        return str(self.event["type"])

    def logical(self) -> EventDict:
        """Return the event as renderview defines it: `"x"` and `"y"` in logical (CSS) pixels relative to the canvas.

        The same applies to touches; a touch without CSS pixels is omitted. An event of a client that sends no CSS
        pixels keeps its frame pixels.
        """
        event = _in_css_pixels(self.event)
        if "css_x" in self.event and "touches" in event:
            placed = {key: touch for key, touch in event["touches"].items() if "css_x" in touch and "css_y" in touch}
            event["touches"] = {key: _in_css_pixels(touch) for key, touch in placed.items()}
        event.pop("inside", None)
        return event


def _in_css_pixels(place: Mapping[str, Any]) -> EventDict:
    placed = dict(place)
    for name, css_name in (("x", "css_x"), ("y", "css_y")):
        if css_name in placed:
            placed[name] = placed.pop(css_name)
    return placed


class UnknownEvent(WireError):
    """The event has a type unknown to this version; a newer page may send it."""


Check = Callable[[object], object]


def _number(value: object) -> object:
    # The comparison is also false for NaN and infinity; `math.isfinite` would overflow on an integer of 400 digits.
    if type(value) not in (int, float) or not abs(value) <= MAX_MAGNITUDE:  # type: ignore[arg-type]
        raise TypeError("must be a finite number")
    return value


def _time(value: object) -> object:
    # Seconds since the epoch exceed `MAX_MAGNITUDE`.
    if type(value) not in (int, float) or not 0 <= value <= MAX_TIME_S:  # type: ignore[operator]
        raise TypeError("must be seconds since the epoch")
    return value


def _count(value: object) -> object:
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not 0 <= value <= 2**31:
        raise TypeError("must be an integer, 0 or more")
    return value


def _text(value: object, max_length: int = MAX_TEXT) -> object:
    if type(value) is not str or len(value) > max_length:
        raise TypeError(f"must be a string of at most {max_length} characters")
    return value


def _pasted(value: object) -> object:
    return _text(value, MAX_PASTED)


def _flag(value: object) -> object:
    if type(value) is not bool:
        raise TypeError("must be true or false")
    return value


def _items(value: object, item: Check) -> object:
    if type(value) is not list or len(value) > MAX_ITEMS:
        raise TypeError(f"must be a list of at most {MAX_ITEMS}")
    return tuple(map(item, value))


def _buttons(value: object) -> object:
    return _items(value, _count)


def _modifiers(value: object) -> object:
    return _items(value, _text)


def _touches(value: object) -> object:
    if type(value) is not dict or len(value) > MAX_ITEMS:
        raise TypeError(f"must be an object of at most {MAX_ITEMS}")
    touches = {}
    for key, touch in value.items():
        if type(touch) is not dict:
            raise TypeError("must hold objects")
        touches[_text(key)] = {name: _number(touch[name]) for name in _OF_A_TOUCH if name in touch}
    return touches


_OF_A_TOUCH = ("x", "y", "pressure", "css_x", "css_y")
_POINTER: Mapping[str, Check] = {
    "x": _number,
    "y": _number,
    "button": _count,
    "buttons": _buttons,
    "modifiers": _modifiers,
}
_TOUCH: Mapping[str, Check] = {"ntouches": _count, "touches": _touches}
_KEY: Mapping[str, Check] = {"key": _text, "modifiers": _modifiers}
_EXTRAS: Mapping[str, Check] = {
    "timestamp": _time,
    "inside": _flag,
    "pixel_ratio": _number,
    "css_x": _number,
    "css_y": _number,
    "pointer_id": _count,
    "pointer_type": _text,
    "pressure": _number,
    "tilt_x": _number,
    "tilt_y": _number,
    "twist": _number,
    "code": _text,
}

# Required fields by event type. `resize` is not here: viewers send `set_viewport` instead.
EVENT_TYPES: Mapping[str, Mapping[str, Check]] = {
    "show": {},
    "hide": {},
    "focus_in": {},
    "focus_out": {},
    "pointer_down": {**_POINTER, **_TOUCH},
    "pointer_up": {**_POINTER, **_TOUCH},
    "pointer_move": {**_POINTER, **_TOUCH},
    "pointer_enter": {**_POINTER, **_TOUCH},
    "pointer_leave": {**_POINTER, **_TOUCH},
    "double_click": _POINTER,
    "wheel": {"dx": _number, "dy": _number, "x": _number, "y": _number, "buttons": _buttons, "modifiers": _modifiers},
    "key_down": _KEY,
    "key_up": _KEY,
    "char": {"data": _text, "input_type": _text, "is_composing": _flag},
    "paste": {"data": _pasted},
    "tool": {"name": _text},
}

_DEFAULTS: Mapping[str, object] = {
    "button": 0,
    "buttons": [],
    "modifiers": [],
    "ntouches": 0,
    "touches": {},
    "input_type": "insertText",
    "is_composing": False,
}


def check_event(event: Mapping[str, Any], *, now_s: float) -> EventDict:
    """Return `event` with its known fields validated; drop unknown fields, and set a missing `timestamp` to `now_s`.

    Raises:
        UnknownEvent: the type is not in the vocabulary.
        WireError: a field is missing or of the wrong type.
    """
    kind = event.get("type")
    if not isinstance(kind, str):
        raise WireError("event: type is missing or not a string")
    if kind not in EVENT_TYPES:
        raise UnknownEvent(f"unknown event type {kind[:40]!r}")
    checked: EventDict = {"type": kind}
    required = EVENT_TYPES[kind]
    try:
        for name, check in required.items():
            if name not in event and name not in _DEFAULTS:
                raise TypeError("is missing")
            checked[name] = check(event.get(name, _DEFAULTS.get(name)))
        for name, check in _EXTRAS.items():
            if name in event:
                checked[name] = check(event[name])
    except TypeError as exc:
        raise WireError(f"event {kind}: {name} {exc}") from exc
    checked.setdefault("timestamp", now_s)
    return checked


def merge_events(older: EventDict, newer: EventDict) -> EventDict | None:
    """Return one event that replaces two adjacent ones; `None` if both must be kept.

    Moves, wheel turns and resizes merge if buttons and modifiers are the same; presses, releases and keys never merge.
    """
    kind = newer["type"]
    if kind != older["type"] or kind not in MERGED_WHEN_SAME:
        return None
    if any(older.get(name) != newer.get(name) for name in MERGED_WHEN_SAME[kind]):
        return None
    if kind == "wheel":
        return {**newer, "dx": older["dx"] + newer["dx"], "dy": older["dy"] + newer["dy"]}
    return newer


MERGED_WHEN_SAME: Mapping[str, tuple[str, ...]] = {
    "resize": (),
    "pointer_move": ("buttons", "modifiers", "ntouches", "pointer_id"),
    "wheel": ("buttons", "modifiers"),
}
