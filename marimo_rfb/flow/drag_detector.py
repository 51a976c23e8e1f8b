"""Distinguishes drags from clicks, and computes the rectangle of a drag."""

import math
from dataclasses import dataclass

from marimo_rfb.events import EventDict

__all__ = ["DRAG_SLOP_CSS_PX", "MAX_PRESSES", "DragDetector", "describe_drag"]

# How far a hand moves during a click.
DRAG_SLOP_CSS_PX = 3
# A release that is lost must not keep its press for good.
MAX_PRESSES = 16

LEFT_BUTTON = 1

_PLACED = ("pointer_down", "pointer_move", "pointer_up")


@dataclass(slots=True)
class _Press:
    start: EventDict
    moved: bool = False


class DragDetector:
    """Finds the drags in the events of one viewer.

    Pointer and button identify a press, so that two fingers, or the two buttons of a chord, drag independently. A drag
    that returns to its start still is a drag.

    Attributes:
        click: the `pointer_down` of a left-button press that the last event ended, unless it was a drag.
    """

    def __init__(self) -> None:
        self._presses: dict[tuple[int, int], _Press] = {}

    def feed(self, event: EventDict) -> EventDict | None:
        """Process the next event; return the drag that it ends, or `None`.

        Args:
            event: as `check_event` returns it. The detector keeps it until the press ends; do not change it.

        Returns:
            `{"type": "drag", "start": …, "end": …}` with the `pointer_down` and the `pointer_up` of the press, if the
            pointer moved more than `DRAG_SLOP_CSS_PX` away from the start: CSS pixels, or frame pixels where an event
            has no CSS pixels.
        """
        kind = event["type"]
        self.click = None
        if kind not in _PLACED:
            return None
        pointer = event.get("pointer_id", 0)
        self._move(pointer, event)
        key = (pointer, event["button"])
        if kind == "pointer_down":
            self._press(key, event)
        elif kind == "pointer_up" and (press := self._presses.pop(key, None)):
            if press.moved:
                return {"type": "drag", "start": press.start, "end": event}
            self.click = press.start if event["button"] == LEFT_BUTTON else None
        return None

    def drag_start(self, event: EventDict) -> EventDict | None:
        """Return the `pointer_down` of the drag that `event`, the last one fed, continues, or `None`."""
        if event["type"] != "pointer_move":
            return None
        pointer = event.get("pointer_id", 0)
        moved = (press.start for (owner, _), press in self._presses.items() if owner == pointer and press.moved)
        return next(moved, None)

    def _move(self, pointer: int, event: EventDict) -> None:
        for (owner, _), press in self._presses.items():
            if owner == pointer and not press.moved:
                press.moved = _distance(press.start, event) > DRAG_SLOP_CSS_PX

    def _press(self, key: tuple[int, int], event: EventDict) -> None:
        # The release of a press that is still here was lost.
        self._presses.pop(key, None)
        if not event.get("inside", True):
            return
        if len(self._presses) == MAX_PRESSES:
            del self._presses[next(iter(self._presses))]
        self._presses[key] = _Press(event)


def describe_drag(start: EventDict, end: EventDict, *, width: int, height: int, kind: str = "drag") -> EventDict:
    """Return a drag as the notebook receives it.

    Args:
        start: the `pointer_down`, as `check_event` returns it.
        end: the `pointer_up`, or a `pointer_move` before it, likewise.
        width: of the frame, pixels.
        height: of the frame, pixels.
        kind: the `type` of the returned event.

    Returns:
        `start` and `end`, `(x, y)` in frame pixels, not clipped; `rect`, `(left, top, right, bottom)` in whole frame
        pixels, clipped to the frame: `frame[top:bottom, left:right]` is the dragged area including the pixels of both
        ends, and is empty only if the whole drag lies outside; `button`, `buttons` and `modifiers` of the press;
        `timestamp` of the end, seconds.
    """
    left, right = _span(start["x"], end["x"], width)
    top, bottom = _span(start["y"], end["y"], height)
    return {
        "type": kind,
        "start": (float(start["x"]), float(start["y"])),
        "end": (float(end["x"]), float(end["y"])),
        "rect": (left, top, right, bottom),
        "button": start["button"],
        "buttons": start["buttons"],
        "modifiers": start["modifiers"],
        "timestamp": end["timestamp"],
    }


def _span(a: float, b: float, size: int) -> tuple[int, int]:
    low, high = math.floor(min(a, b)), math.floor(max(a, b)) + 1
    return min(max(low, 0), size), min(max(high, 0), size)


def _distance(a: EventDict, b: EventDict) -> float:
    names = ("css_x", "css_y")
    if not all(name in event for event in (a, b) for name in names):
        names = ("x", "y")
    return math.dist([a[name] for name in names], [b[name] for name in names])
