"""Where the newest frame waits."""

import threading
import time
from collections.abc import Callable

from marimo_rfb.frame import Frame, PixelArray

__all__ = ["LatestFrame"]


class LatestFrame:
    """Holds the newest frame; an older one that nobody took is gone. Any thread."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._newest: Frame | None = None
        self._next_seq = 1
        self._count = 0

    @property
    def count(self) -> int:
        """How many frames there were."""
        return self._count

    @property
    def newest(self) -> Frame | None:
        return self._newest

    def put(self, pixels: PixelArray, *, pixel_ratio: float = 1.0) -> Frame:
        """Make `pixels` the newest frame and return it, numbered."""
        with self._lock:
            frame = Frame(pixels, self._next_seq, self._clock(), pixel_ratio)
            self._next_seq += 1
            self._newest = frame
            self._count += 1
        return frame

    def renumber(self, seq: int) -> int | None:
        """Return another number for the newest frame, if that is frame `seq`; the next frame has a higher one."""
        with self._lock:
            if self._newest is None or self._newest.seq != seq:
                return None
            return self._take_number()

    def next_seq(self) -> int:
        """Return a number above all that there were; the next frame has a higher one."""
        with self._lock:
            return self._take_number()

    def _take_number(self) -> int:
        number = self._next_seq
        self._next_seq += 1
        return number
