"""Double clicks."""

import math
from typing import Any

__all__ = ["DoubleClicks"]

# As most desktops have it.
MAX_INTERVAL_S = 0.4
MAX_DISTANCE_CSS_PX = 5.0


class DoubleClicks:
    """Finds the presses that are the second of a double click."""

    def __init__(self) -> None:
        self._last: tuple[dict[str, Any], float, float] | None = None

    def is_second(self, fields: dict[str, Any], x: float, y: float, *, pixel_ratio: float) -> bool:
        """Return whether a press at `x` and `y`, device pixels, ends a double click; a third press begins anew."""
        last, self._last = self._last, (fields, x, y)
        if last is None:
            return False
        first, first_x, first_y = last
        is_second = (
            first["button"] == fields["button"]
            and fields["timestamp"] - first["timestamp"] < MAX_INTERVAL_S
            and math.dist((first_x, first_y), (x, y)) < MAX_DISTANCE_CSS_PX * pixel_ratio
        )
        if is_second:
            self._last = None
        return bool(is_second)
