"""In what size to render for those who look on."""

import math

__all__ = ["DEBOUNCE_S", "LOOP_WINDOW_S", "MAX_AREA", "MIN_SIDE", "ResizeDebouncer", "fitted"]

Size = tuple[int, int]

DEBOUNCE_S = 0.15
MIN_SIDE = 16
MAX_AREA = 3840 * 2160

# A picture that makes its own view grow does so by a border or a scroll bar at a time, as soon as it is shown. A person
# who sizes a view by its corner makes little steps too, with the arrow keys two a second, and is not to be stopped.
_MAX_LOOP_STEP = 32
LOOP_WINDOW_S = 1.0
_LOOP_STEPS = 6


class ResizeDebouncer:
    """Follows the size of a view once it has rested, and stops where the view follows the picture.

    A view that takes its size from the picture can be larger than the picture by a border, and both would grow for
    ever. After six little growths in a row, each soon after a change of ours, growth is no news any longer, until the
    view is smaller than the picture, or larger by more.

    `now_s` is in seconds, of a monotonic clock.

    Attributes:
        size: width and height to render in, device pixels; `None` before there was a view.
        due_s: when to call `settle`; infinite while the view rests.
        loop_detected: whether the view grew by itself, so that growth is ignored.
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
        """Note the size of the view, device pixels."""
        wanted = fitted(view, max_side=self._max_side)
        if wanted == self._reported:
            return
        self._reported, self._reported_s = wanted, now_s
        self.due_s = math.inf if wanted == self.size else now_s + DEBOUNCE_S

    def update(self, now_s: float) -> None:
        """Take over the size of a view that has rested."""
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
    """Return the size of a picture for `view`: even, as video codecs want it, and no larger than `MAX_AREA` pixels.

    Args:
        view: width and height, above 0.
        max_side: the longest side there may be, even.
    """
    width, height = view
    assert width > 0 and height > 0
    scale = min(1.0, max_side / width, max_side / height, math.sqrt(MAX_AREA / (width * height)))
    return _even(width * scale), _even(height * scale)


def _even(side: float) -> int:
    return max(MIN_SIDE, int(side) // 2 * 2)


def _is_small_growth(old: Size, new: Size) -> bool:
    return new != old and all(0 <= b - a <= _MAX_LOOP_STEP for a, b in zip(old, new, strict=True))
