"""Mailbox of the newest frame."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from marimo_rfb.frame import Frame, FrameData
from marimo_rfb.tone.tone import Tone

__all__ = ["LatestFrame"]


class LatestFrame:
    """Holds the newest frame, which replaces the one before. Any thread."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._newest: Frame | None = None
        self._next_seq = 1
        self._count = 0
        self._when_taken: list[Callable[[], None]] = []

    @property
    def count(self) -> int:
        """Number of frames so far."""
        return self._count

    @property
    def newest(self) -> Frame | None:
        return self._newest

    def call_when_taken(self, function: Callable[[], None]) -> None:
        """Call `function` once, when a frame is next taken to be encoded, on that thread; it must return at once."""
        with self._lock:
            self._when_taken.append(function)

    def note_taken(self) -> None:
        """Record that a frame was taken to be encoded."""
        with self._lock:
            functions, self._when_taken = self._when_taken, []
        for function in functions:
            function()

    def put(
        self, data: FrameData, *, tone: Tone | None = None, pixel_ratio: float = 1.0, is_rgb: bool = False
    ) -> Frame:
        """Make `data` the newest frame; return it with its sequence number. Without `tone`, the frame has its own."""
        with self._lock:
            frame = Frame(data, self._take_number(), self._clock(), pixel_ratio, is_rgb, tone)
            self._newest = frame
            self._count += 1
        return frame

    def show_anew(self, tone: Tone) -> Frame:
        """Show the data of the newest frame in another tone; return the frame that it is now, which is not counted."""
        with self._lock:
            assert self._newest is not None
            self._newest = replace(self._newest, seq=self._take_number(), published_s=self._clock(), given_tone=tone)
            return self._newest

    def renumber(self, seq: int) -> int | None:
        """Return a new sequence number for the newest frame if that is frame `seq`, otherwise `None`."""
        with self._lock:
            if self._newest is None or self._newest.seq != seq:
                return None
            return self._take_number()

    def next_seq(self) -> int:
        """Return and consume the next sequence number."""
        with self._lock:
            return self._take_number()

    def _take_number(self) -> int:
        number = self._next_seq
        self._next_seq += 1
        return number
