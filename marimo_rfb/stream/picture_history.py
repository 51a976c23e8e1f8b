"""The newest frame of a stream, and what changed before it, so that viewers get only what they lack."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from marimo_rfb.encode.dirty_tiles import Rect, TileMask, find_dirty_tiles, no_tiles, rects_of_mask
from marimo_rfb.frame import Frame
from marimo_rfb.wire.picture_state import PictureState

__all__ = ["Parts", "PictureHistory", "Taken"]

# Of the picture's area: the parts that changed are not sent alone if they are larger, as the whole hardly costs more.
MAX_SHARE = 0.4
MAX_CHANGES = 64

_chains = itertools.count(1)


class Parts(NamedTuple):
    """The parts of a picture that differ from that of an earlier frame, or from any after it."""

    base_seq: int
    rects: list[Rect]


class Taken(NamedTuple):
    """What is to be shown to some viewers.

    Attributes:
        frame: the newest frame, or the oldest of those before it that look the same.
        seq: the sequence number of the newest frame.
        chain: the history.
        behind: what those viewers have that lack it.
        parts: what brings as many of them up to date as possible; `None` if all of them need the whole picture.
    """

    frame: Frame
    seq: int
    chain: int
    behind: tuple[PictureState | None, ...]
    parts: Parts | None


class _Change(NamedTuple):
    """Where a frame differs from the one before."""

    seq: int
    dirty: TileMask


class PictureHistory:
    """The newest frame that any rendition of a stream has taken, and which tiles changed in each of the last ones.

    All renditions share it, so that parts of one apply to pictures of another. Any thread.

    Args:
        dirty_since: returns the only tiles in which the newest frame differs from that of a sequence number; `None` if
            that is not known.
        clock: returns the time in seconds, monotonic.

    Attributes:
        chain: names the history.
    """

    def __init__(
        self,
        dirty_since: Callable[[int], TileMask | None] = lambda seq: None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.chain = next(_chains)
        self._dirty_since = dirty_since
        self._clock = clock
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._seq = 0
        self._changes: deque[_Change] = deque(maxlen=MAX_CHANGES)
        self._changed_s: npt.NDArray[np.float64] = np.zeros((0, 0))  # when each tile was last seen to change

    @property
    def changes_little(self) -> bool:
        """Whether the newest frame differs from the one before in parts of it at most."""
        return len(self._changes) > 1

    def is_behind(self, state: PictureState | None) -> bool:
        """Return whether a viewer that has `state` lacks the newest frame."""
        frame = self._frame
        return frame is not None and (state is None or state.frame_seq < frame.seq)

    def take(self, frame: Frame, states: Collection[PictureState | None]) -> Taken:
        """Make `frame` the newest one, unless there is a newer one; return what it is to viewers that have `states`."""
        with self._lock:
            if self._frame is None or frame.seq > self._seq:
                self._show(frame)
            assert self._frame is not None
            behind = tuple(state for state in states if self.is_behind(state))
            return Taken(self._frame, self._seq, self.chain, behind, self._parts_for(behind))

    def resting(self, seq: int, rest_s: float) -> TileMask | None:
        """Return the tiles that have not changed for `rest_s` seconds; `None` if `seq` is not the newest frame."""
        with self._lock:
            return self._clock() - self._changed_s >= rest_s if seq == self._seq else None

    def clear(self) -> None:
        """Forget the frame, because nobody watches."""
        with self._lock:
            self._frame = None
            self._changes.clear()

    def _show(self, frame: Frame) -> None:
        dirty = None if self._frame is None else self._dirty(self._frame, frame)
        if dirty is None:
            self._changes.clear()
            dirty = no_tiles(frame.width, frame.height)
            self._frame = frame
            self._changed_s = np.full(dirty.shape, self._clock())
        elif dirty.any():
            self._frame = frame
            self._changed_s[dirty] = self._clock()
        self._seq = frame.seq
        self._changes.append(_Change(frame.seq, dirty))

    def _dirty(self, before: Frame, after: Frame) -> TileMask | None:
        """Return where two frames differ in what viewers see; `None` for everywhere."""
        if before.pixel_ratio != after.pixel_ratio:
            return None
        known = self._dirty_since(before.seq)
        if known is not None:
            return known
        return find_dirty_tiles(before.pixels, after.pixels, max_share=MAX_SHARE)

    def _parts_for(self, states: Iterable[PictureState | None]) -> Parts | None:
        assert self._frame is not None
        width, height = self._frame.width, self._frame.height
        seqs = {state.frame_seq for state in states if state is not None and state.chain == self.chain}
        oldest = min(seqs, default=self._seq)
        dirty = no_tiles(width, height)
        best: Parts | None = None
        for change in reversed(self._changes):
            if change.seq < oldest:
                break
            if change.seq in seqs:
                if np.count_nonzero(dirty) > MAX_SHARE * dirty.size:
                    break
                rects = rects_of_mask(dirty, width=width, height=height)
                if sum(rect.area for rect in rects) > MAX_SHARE * width * height:
                    break
                best = Parts(change.seq, rects)
            dirty = dirty | change.dirty
        return best
