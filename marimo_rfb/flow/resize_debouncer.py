"""Debounces the size of a view into the size to render, and detects resize loops."""

import math

__all__ = ["DEBOUNCE_S", "LOOP_WINDOW_S", "MAX_AREA", "MIN_SIDE", "ResizeDebouncer", "fitted"]

Size = tuple[int, int]

DEBOUNCE_S = 0.15
MIN_SIDE = 16
MAX_AREA = 3840 * 2160

# A picture that makes its own view grow does so by a border or a scroll bar at a time, as soon as it is shown. A user
# who resizes a view also makes small steps, two a second with the arrow keys, and must not be stopped.
_MAX_LOOP_STEP = 32
LOOP_WINDOW_S = 1.0
_LOOP_STEPS = 6


class ResizeDebouncer:
    """Follows the size of a view once it is stable, and breaks the loop of a view that follows its picture.

    A view that takes its size from the picture can be larger than the picture by a border, so that both would grow
    forever. After six small growths in a row, each shortly after our own change, further growth is ignored until the
    view is smaller than the picture, or larger by a bigger step.

    `now_s` is in seconds, of a monotonic clock.

    Attributes:
        size: width and height to render, device pixels; `None` before the first view.
        due_s: when to call `update`; infinite while the size is stable.
        loop_detected: whether the view grows by itself, so that growth is ignored.
    """

    def __init__(self, *, max_side: int) -> None:
        self.size: Size | None = None
        self.due_s = math.inf
        self.loop_detected = False
        self._max_side = max_side
        self._reported: Size | None = None
        self._reported_s = -math.inf
        self._changed_s = -math.inf
        self._growths = 0

    def report(self, view: Size, now_s: float) -> None:
        """Record the size of the view, device pixels."""
        size = fitted(view, max_side=self._max_side)
        if size == self._reported:
            return
        self._reported, self._reported_s = size, now_s
        self.due_s = math.inf if size == self.size else now_s + DEBOUNCE_S

    def update(self, now_s: float) -> None:
        """Adopt the reported size if it is due."""
        if now_s < self.due_s:
            return
        assert self._reported is not None
        self.due_s = math.inf
        is_growth = self.size is not None and _is_small_growth(self.size, self._reported)
        if self.loop_detected and is_growth:
            return
        is_own = is_growth and self._reported_s - self._changed_s <= LOOP_WINDOW_S
        self._growths = self._growths + 1 if is_own else 0
        self.loop_detected = self._growths >= _LOOP_STEPS
        if not self.loop_detected:
            self.size, self._changed_s = self._reported, now_s


def fitted(view: Size, *, max_side: int) -> Size:
    """Return the picture size for `view`: even, as video codecs require, and at most `MAX_AREA` pixels.

    Args:
        view: width and height, above 0.
        max_side: maximum length of a side, even.
    """
    width, height = view
    assert width > 0 and height > 0
    scale = min(1.0, max_side / width, max_side / height, math.sqrt(MAX_AREA / (width * height)))
    return _even(width * scale), _even(height * scale)


def _even(side: float) -> int:
    return max(MIN_SIDE, int(side) // 2 * 2)


def _is_small_growth(old: Size, new: Size) -> bool:
    return new != old and all(0 <= b - a <= _MAX_LOOP_STEP for a, b in zip(old, new, strict=True))
