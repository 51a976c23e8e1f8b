"""Where the newest frame waits."""

import threading
import time
from collections.abc import Callable

from marimo_rfb.frame import Frame, Pixels

__all__ = ["Slot"]


class Slot:
    """Holds the newest frame; an older one that nobody took is gone. Any thread."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._newest: Frame | None = None
        self._next_seq = 1

    @property
    def newest(self) -> Frame | None:
        return self._newest

    def put(self, pixels: Pixels, *, pixel_ratio: float = 1.0) -> Frame:
        """Make `pixels` the newest frame and return it, numbered."""
        with self._lock:
            frame = Frame(pixels, self._next_seq, self._clock(), pixel_ratio)
            self._next_seq += 1
            self._newest = frame
        return frame
