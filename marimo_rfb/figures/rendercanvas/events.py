"""Translation of a view's events to rendercanvas'."""

from typing import Any

from marimo_rfb.events import InputEvent

__all__ = ["canvas_event"]

# Of renderview, whose present version has `type` and `timestamp` for rendercanvas' `event_type` and `time_stamp`.
# A canvas emits `resize` and `close` by itself.
_FIELDS = {
    **dict.fromkeys(
        ("pointer_down", "pointer_up", "pointer_move", "pointer_enter", "pointer_leave"),
        ("button", "buttons", "modifiers", "ntouches", "touches"),
    ),
    "double_click": ("button", "buttons", "modifiers"),
    "wheel": ("dx", "dy", "buttons", "modifiers"),
    "key_down": ("key", "modifiers"),
    "key_up": ("key", "modifiers"),
    "char": ("data", "input_type", "is_composing"),
}


def canvas_event(event: InputEvent, pixel_ratio: float) -> dict[str, Any] | None:
    """Return `event` as a canvas gets it; `None` if canvases get no such events.

    Args:
        event: its lengths are frame pixels.
        pixel_ratio: frame pixels per logical pixel, which are the unit of a canvas.
    """
    names = _FIELDS.get(event.type)
    if names is None:
        return None
    fields = event.event
    translated: dict[str, Any] = {"event_type": event.type, "time_stamp": fields["timestamp"]}
    for axis in ("x", "y"):
        if axis in fields:
            translated[axis] = fields[axis] / pixel_ratio
    for name in names:
        value = fields[name]
        translated[name] = tuple(value) if isinstance(value, list) else value
    if "touches" in translated:
        translated["touches"] = {
            number: {**touch, "x": touch["x"] / pixel_ratio, "y": touch["y"] / pixel_ratio}
            for number, touch in fields["touches"].items()
        }
    return translated
