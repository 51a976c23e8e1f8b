"""What was published at the place of a press."""

from marimo_rfb.events import EventDict
from marimo_rfb.frame import Frame
from marimo_rfb.tone.number_text import number_of

__all__ = ["PICKED", "picked"]

# The fields that `picked` adds.
PICKED = ("rgb", "value")


def picked(event: EventDict, frame: Frame | None) -> EventDict:
    """Return a press with the color, and the number if there are numbers, of the pixel of `frame` under it.

    Other events, and presses outside of the frame, are returned as they are.
    """
    if event["type"] != "pointer_down" or frame is None:
        return event
    x, y = event["x"], event["y"]
    if not (0 <= x < frame.width and 0 <= y < frame.height):
        return event
    column, row = int(x), int(y)
    red, green, blue = frame.pixels_in(slice(row, row + 1), slice(column, column + 1))[0, 0, :3].tolist()
    numbers = {"value": number_of(frame.data[row, column])} if frame.data.ndim == 2 else {}
    return {**event, "rgb": (red, green, blue), **numbers}
