"""Mailbox of the newest frame."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from marimo_rfb.encode.dirty_tiles import TileMask, no_tiles
from marimo_rfb.frame import Frame, FrameData
from marimo_rfb.tone.tone import Tone

__all__ = ["LatestFrame"]


# A rendition that is further behind compares the pixels.
MAX_CHANGES = 64


class _Change(NamedTuple):
    """Where a frame differs from the one before; `None` if that is not known."""

    before_seq: int
    seq: int
    dirty: TileMask | None


class LatestFrame:
    """Holds the newest frame, which replaces the one before. Any thread."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._newest: Frame | None = None
        self._next_seq = 1
        self._count = 0
        self._changes: deque[_Change] = deque(maxlen=MAX_CHANGES)
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
        self,
        data: FrameData,
        *,
        tone: Tone | None = None,
        pixel_ratio: float = 1.0,
        is_rgb: bool = False,
        dirty: TileMask | None = None,
    ) -> Frame:
        """Make `data` the newest frame; return it with its sequence number.

        Args:
            data: what was published.
            tone: how to show it; `None` if it has a tone of its own.
            pixel_ratio: device pixels per logical pixel.
            is_rgb: whether its colors are RGB whatever the options say.
            dirty: the only tiles in which it differs from the frame before; `None` if that is not known.
        """
        with self._lock:
            frame = Frame(data, self._take_number(), self._clock(), pixel_ratio, is_rgb, tone)
            before, self._newest = self._newest, frame
            self._count += 1
            if before is None or before.data.shape != data.shape or before.tone is not frame.tone:
                dirty = None
            self._note_change(before, frame, dirty)
        return frame

    def show_anew(self, tone: Tone) -> Frame:
        """Show the data of the newest frame in another tone; return the frame that it is now, which is not counted."""
        with self._lock:
            assert self._newest is not None
            before = self._newest
            self._newest = replace(before, seq=self._take_number(), published_s=self._clock(), given_tone=tone)
            self._note_change(before, self._newest, None)
            return self._newest

    def dirty_since(self, seq: int) -> TileMask | None:
        """Return the tiles in which the newest frame differs from frame `seq`; `None` if that is not known."""
        with self._lock:
            newest, changes = self._newest, list(self._changes)
        if newest is None:
            return None
        dirty = no_tiles(newest.width, newest.height)
        for change in reversed(changes):
            if change.seq == seq:
                return dirty
            if change.dirty is None:
                return None
            dirty |= change.dirty
            if change.before_seq == seq:
                return dirty
        return None

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

    def _note_change(self, before: Frame | None, frame: Frame, dirty: TileMask | None) -> None:
        self._changes.append(_Change(0 if before is None else before.seq, frame.seq, dirty))

    def _take_number(self) -> int:
        number = self._next_seq
        self._next_seq += 1
        return number
