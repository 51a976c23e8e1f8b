"""Copies what is published; of a small change only that."""

import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from marimo_rfb.encode.dirty_tiles import TileMask, find_dirty_tiles, no_tiles, rects_of_mask
from marimo_rfb.frame import FrameData, PixelArray
from marimo_rfb.stream.picture_history import MAX_SHARE

__all__ = ["FrameCopier"]

# Smaller pictures are copied in no time.
MIN_BYTES = 1 << 18
# For the newest frame, one that is being encoded, and the next one.
MAX_BUFFERS = 3


class FrameCopier:
    """Copies the frames of one stream, which nobody sees change. One thread at a time.

    Bytes that differ little from those of the frame before are copied into the memory of an earlier one that nobody
    has any more, and only where they differ from that: to compare costs as much as to copy, and to do both twice that.
    """

    def __init__(self) -> None:
        self._buffers: deque[_Buffer] = deque(maxlen=MAX_BUFFERS)  # that of the last copy is last

    def copy(
        self, data: FrameData, *, before: FrameData | None, dirty: TileMask | None, compares: bool
    ) -> tuple[FrameData, TileMask | None]:
        """Return a copy of `data` in C order, and where it differs from `before`; `None` if that is not known.

        Args:
            data: what was published.
            before: the frame before; `None` if there is none.
            dirty: where `data` differs from it, as the publisher says, who is believed; `None` if that is not known.
            compares: whether to look for it, if it is not known.
        """
        is_large = data.dtype == np.uint8 and data.nbytes >= MIN_BYTES and not isinstance(data, np.ma.MaskedArray)
        if not is_large or (dirty is None and not compares):
            self._buffers.clear()
            return data.copy(order="C"), dirty
        if before is None or not self._buffers or self._buffers[-1].lent() is not before or before.shape != data.shape:
            self._buffers.clear()
            return self._copy_all(data), dirty
        if dirty is None and data.flags.c_contiguous:
            dirty = find_dirty_tiles(_with_channels(before), _with_channels(data), max_share=MAX_SHARE)
        if dirty is None:
            self._buffers.clear()
            return self._copy_all(data), None
        if not dirty.any():
            return before, dirty
        for buffer in self._buffers:
            buffer.lacks |= dirty
        spare = next((buffer for buffer in self._buffers if buffer.lent() is None), None)
        if spare is None:
            return self._copy_all(data), dirty
        spare.update(data)
        return self._lend(spare), dirty

    def clear(self) -> None:
        """Free the memory of earlier frames, because nobody watches."""
        self._buffers.clear()

    def _copy_all(self, data: FrameData) -> FrameData:
        return self._lend(_Buffer(data))

    def _lend(self, buffer: "_Buffer") -> FrameData:
        if buffer in self._buffers:
            self._buffers.remove(buffer)
        self._buffers.append(buffer)
        return buffer.lend()


class _Buffer:
    """A copy of a frame.

    Attributes:
        lent: returns the array by which others have it, `None` once nobody does.
        lacks: where the newest frame differs from it.
    """

    def __init__(self, data: FrameData) -> None:
        self._memory: PixelArray = data.copy(order="C")
        self.lent: Callable[[], FrameData | None] = lambda: None
        self.lacks = no_tiles(*data.shape[1::-1])

    def update(self, data: FrameData) -> None:
        """Copy what it lacks of `data`."""
        height, width = data.shape[:2]
        for rect in rects_of_mask(self.lacks, width=width, height=height):
            self._memory[rect.slices] = data[rect.slices]
        self.lacks[:] = False

    def lend(self) -> FrameData:
        """Return an array of it that nobody has yet."""
        copy: PixelArray = np.asarray(_Loan(self._memory))
        self.lent = weakref.ref(copy)
        return copy


class _Loan:
    """The owner of memory, as far as NumPy knows.

    A view refers to the array that owns the memory, past the one that it was made of: but not past this, which is none.
    """

    def __init__(self, memory: PixelArray) -> None:
        self._memory = memory

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self._memory.__array_interface__


def _with_channels(data: FrameData) -> PixelArray:
    return data if data.ndim == 3 else data[:, :, np.newaxis]
