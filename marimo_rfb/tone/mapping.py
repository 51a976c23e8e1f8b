"""Mapping of whole pictures: by a table if there are few different numbers, else in blocks that stay in the cache."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.tone.colormap import all_opaque

__all__ = ["each_byte", "each_color", "gray_pixels", "reordered", "table_of"]

Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[Any]

# Numbers per block: what a block needs, some 20 bytes a number, stays in a cache of the second level.
BLOCK = 1 << 15
# Below it, computing is faster than making a table.
TABLE_PAYS_FROM = 1 << 14
ROWS = 16


def table_of(dtype: np.dtype[Any], compute: Callable[[Numbers], Numbers]) -> Numbers | None:
    """Return what `compute` makes of every number of a type of 8 or 16 bits, by its bits; `None` for wider types."""
    if dtype.itemsize > 2:
        return None
    if dtype.kind == "b":
        return compute(np.arange(256) > 0)
    bits = np.arange(1 << (8 * dtype.itemsize), dtype=f"u{dtype.itemsize}")
    return compute(bits.view(dtype.newbyteorder("=")))


def each_color(data: Numbers, compute: Callable[[Numbers], Numbers], table: Numbers | None) -> Pixels:
    """Return the colors of numbers as `(height, width, 3)` RGB, or `(height, width, 4)` RGBA if any is not opaque.

    Args:
        data: `(height, width)`.
        compute: maps a block of numbers to uint32 colors.
        table: of `compute`, by `table_of`.
    """
    flat = _flat(data)
    height, width = data.shape
    packed = np.empty(data.size * 3 + 1, np.uint8)
    # One four-byte write per pixel, three bytes apart and in ascending order: the fourth byte of each is overwritten by
    # the next. Twice as fast as three strided copies.
    shown = np.ndarray((data.size,), np.uint32, packed, 0, (3,))
    is_opaque = table is not None and all_opaque(table)
    for start in range(0, data.size, BLOCK):
        colors = _block(flat[start : start + BLOCK], compute, table)
        if not is_opaque and not all_opaque(colors):
            rgba = _mapped(flat, np.empty(data.size, np.uint32), compute, table)
            return rgba.view(np.uint8).reshape(height, width, 4)
        shown[start : start + BLOCK] = colors
    return packed[:-1].reshape(height, width, 3)


def each_byte(data: Numbers, compute: Callable[[Numbers], Numbers], table: Numbers | None) -> Pixels:
    """Return what `compute`, or its `table`, makes of `data`: uint8 of the same shape, in C order."""
    return _mapped(_flat(data), np.empty(data.size, np.uint8), compute, table).reshape(data.shape)


def gray_pixels(gray: Pixels) -> Pixels:
    """Return `gray`, `(height, width)`, as RGB."""
    return _channels(gray, lambda rows: (rows, rows, rows), 3)


def reordered(colors: Pixels) -> Pixels:
    """Return BGR or BGRA as RGB or RGBA."""
    channels = colors.shape[2]
    return _channels(colors, lambda rows: [rows[..., channel] for channel in (2, 1, 0, 3)[:channels]], channels)


def _channels(source: Pixels, split: Callable[[Pixels], Any], count: int) -> Pixels:
    # Channel by channel: three to four times as fast as copying a reversed or repeated view.
    made = np.empty((*source.shape[:2], count), np.uint8)
    for top in range(0, len(source), ROWS):
        rows = made[top : top + ROWS]
        for channel, values in enumerate(split(source[top : top + ROWS])):
            rows[..., channel] = values
    return made


def _flat(data: Numbers) -> Numbers:
    return np.ascontiguousarray(data, data.dtype.newbyteorder("=")).reshape(-1)


def _block(numbers: Numbers, compute: Callable[[Numbers], Numbers], table: Numbers | None) -> Numbers:
    if table is None:
        return compute(numbers)
    return table.take(numbers.view(f"u{numbers.dtype.itemsize}"), mode="clip")


def _mapped(flat: Numbers, into: Numbers, compute: Callable[[Numbers], Numbers], table: Numbers | None) -> Numbers:
    for start in range(0, flat.size, BLOCK):
        into[start : start + BLOCK] = _block(flat[start : start + BLOCK], compute, table)
    return into
