"""What a rendition has sent, so that it can send what changed since."""

import itertools
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from marimo_rfb.encode.dirty_tiles import Rect, TileMask, mask_of_rects, no_tiles, rects_of_mask
from marimo_rfb.frame import Frame
from marimo_rfb.wire.picture_state import PictureState

__all__ = ["MAX_SHARE", "Parts", "PictureHistory"]

# Of the picture's area: the parts that changed are not sent alone if they are larger, as the whole hardly costs more.
MAX_SHARE = 0.4
# Of a settled picture, which is lossless, so that its size is in proportion to its area.
MAX_SETTLED_SHARE = 0.8
MAX_CHANGES = 64

_chains = itertools.count(1)


class Parts(NamedTuple):
    """Some parts of a picture, and the oldest picture that they bring up to date.

    Attributes:
        position: the position of that picture.
        seq: the sequence number of its frame.
        rects: the parts.
    """

    position: int
    seq: int
    rects: list[Rect]


class _Change(NamedTuple):
    """Where a picture differs from the one before."""

    position: int
    seq: int
    dirty: TileMask


class PictureHistory:
    """The last pictures of a rendition by position, and which tiles changed from each to the next.

    One thread at a time, except for `is_behind`.

    Attributes:
        chain: names the rendition.
        frame: the newest frame, or the oldest of those before it that look the same.
        seq: the sequence number of the newest frame.
        position: the position of the newest picture.
    """

    def __init__(self) -> None:
        self.chain = next(_chains)
        self.frame: Frame | None = None
        self.seq = 0
        self.position = 0
        self._changes: deque[_Change] = deque(maxlen=MAX_CHANGES)
        self._lossy: TileMask | None = None
        self._settled_position = 0
        # Whether nobody has had the newest frame, nor one before that could still be updated.
        self._is_new = True

    def is_behind(self, state: PictureState | None) -> bool:
        """Return whether a viewer that has `state` lacks the newest picture. Any thread."""
        frame = self.frame
        return frame is not None and (state is None or state.frame_seq < frame.seq)

    def show(self, frame: Frame, dirty: TileMask | None) -> None:
        """Make `frame` the newest one.

        Args:
            frame: the frame.
            dirty: where it differs from the one before; `None` for everywhere.
        """
        if dirty is None:
            self._changes.clear()
            self._lossy, self._is_new = None, True
            dirty = no_tiles(frame.width, frame.height)
            self.frame = frame
        elif dirty.any():
            self.frame = frame
        self.seq = self.position = frame.seq
        self._changes.append(_Change(frame.seq, frame.seq, dirty))

    def settle(self, position: int) -> None:
        """Record that the newest frame was sent without loss, which may not have been to all viewers."""
        assert self.frame is not None
        self.position = self._settled_position = position
        self._lossy = no_tiles(self.frame.width, self.frame.height)
        self._changes.append(_Change(position, self.seq, self._lossy))

    def parts_for(self, states: Iterable[PictureState | None]) -> Parts | None:
        """Return the parts that bring viewers up to date, as many of them as possible.

        Returns:
            `None` if all of them need the whole picture.
        """
        assert self.frame is not None
        positions = {state.position for state in states if state is not None and state.chain == self.chain}
        oldest = min(positions, default=self.position)
        dirty = no_tiles(self.frame.width, self.frame.height)
        best: Parts | None = None
        for change in reversed(self._changes):
            if change.position < oldest:
                break
            if change.position in positions:
                parts = self._parts(change, dirty, max_share=MAX_SHARE)
                if parts is None:
                    break
                best = parts
            dirty = dirty | change.dirty
        return best

    def lossy_parts(self) -> Parts | None:
        """Return where the newest picture is lossy; `None` for everywhere."""
        if self._lossy is None:
            return None
        same = self._changes[-1]
        for change in reversed(self._changes):
            same = change
            if change.dirty.any():
                break
        return self._parts(same, self._lossy, max_share=MAX_SETTLED_SHARE)

    def sent_parts(self, parts: Parts, lossless: Iterable[Rect]) -> bool:
        """Record that `parts` were sent, some of them lossless; return whether the picture is exact everywhere now."""
        assert self.frame is not None
        if parts.position < self._settled_position:  # to viewers that have not had the settled picture
            self._lossy = None
        if self._lossy is not None:
            width, height = self.frame.width, self.frame.height
            exact = mask_of_rects(lossless, width=width, height=height)
            self._lossy = (self._lossy | mask_of_rects(parts.rects, width=width, height=height)) & ~exact
        return self._lossy is not None and not self._lossy.any()

    def sent_whole(self, *, is_lossless: bool) -> None:
        """Record that the whole picture was sent, and whether it is exact."""
        assert self.frame is not None
        if not is_lossless:
            self._lossy = None
        elif self._is_new:
            self._lossy = no_tiles(self.frame.width, self.frame.height)
        self._is_new = False

    def _parts(self, change: _Change, dirty: TileMask, *, max_share: float) -> Parts | None:
        assert self.frame is not None
        if np.count_nonzero(dirty) > max_share * dirty.size:
            return None
        width, height = self.frame.width, self.frame.height
        rects = rects_of_mask(dirty, width=width, height=height)
        return Parts(change.position, change.seq, rects) if _area(rects) <= max_share * width * height else None


def _area(rects: Iterable[Rect]) -> int:
    return sum(rect.width * rect.height for rect in rects)
