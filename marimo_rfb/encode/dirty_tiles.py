"""Dirty tiles: which parts of a picture differ from an earlier one, on a grid of square tiles.

A mask is a bool array `(rows, columns)` with one element for each tile, those at the right and bottom edges cut off.
"""

import operator
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import FrameError
from marimo_rfb.frame import PixelArray

__all__ = [
    "TILE",
    "Rect",
    "TileMask",
    "around_tiles",
    "as_rects",
    "find_dirty_tiles",
    "grid_of",
    "mask_of_rects",
    "no_tiles",
    "rects_of_mask",
]

TileMask = npt.NDArray[np.bool_]

# A JPEG with half color resolution codes blocks of 16 x 16 pixels, so rectangles on this grid have no seams.
TILE = 16
# Of the words in the sampled rows: a picture that differs more differs everywhere, so there is no need to search.
MAX_SAMPLED = 0.5
SAMPLED_ROWS = 16
# Rows of tiles that are compared at once: few calls, and the result stays in the cache.
BAND_TILES = 8
# Each rectangle costs some hundred bytes and an image of its own, as much as so many tiles of a picture.
RECT_COST_TILES = 8
MAX_RECTS = 16
# To merge more of them takes longer than to send what lies between.
MAX_BOXES = 48
# Tiles on a side of the blocks that so many are rounded to.
BLOCK = 8
# The share of dirty tiles in a rectangle below which it is halved; a diagonal line has no empty rows.
MIN_DENSITY = 0.25


class Rect(NamedTuple):
    """A rectangle in pixels; `x` and `y` are those of its left upper corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def tiles(self) -> tuple[range, range]:
        """The rows and columns of the tiles that it touches."""
        rows = range(self.y // TILE, -(-(self.y + self.height) // TILE))
        return rows, range(self.x // TILE, -(-(self.x + self.width) // TILE))

    @property
    def slices(self) -> tuple[slice, slice]:
        """Its rows and columns, to index pixels."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    @property
    def area(self) -> int:
        """In pixels."""
        return self.width * self.height

    def halves(self) -> tuple["Rect", "Rect"] | None:
        """Return the halves of its longer side, cut between tiles; `None` if it is a single tile."""
        x, y, width, height = self
        if max(width, height) <= TILE:
            return None
        if width >= height:
            part = max(TILE, width // 2 // TILE * TILE)
            return Rect(x, y, part, height), Rect(x + part, y, width - part, height)
        part = max(TILE, height // 2 // TILE * TILE)
        return Rect(x, y, width, part), Rect(x, y + part, width, height - part)


class _Box(NamedTuple):
    """A rectangle in tiles, without its last row and column."""

    top: int
    left: int
    bottom: int
    right: int

    def union(self, other: "_Box") -> "_Box":
        return _Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )


def as_rects(rects: Iterable[Sequence[int]]) -> list[Rect]:
    """Return rectangles `(x, y, width, height)` of integers as `Rect`s.

    Raises:
        FrameError: they are not.
    """
    try:
        checked = [Rect(*map(operator.index, rect)) for rect in rects]
    except TypeError:
        checked = None
    if checked is None or any(rect.width < 0 or rect.height < 0 for rect in checked):
        raise FrameError(f"dirty has rectangles (x, y, width, height) of integers, in pixels; got {rects!r:.100}")
    return checked


def grid_of(width: int, height: int) -> tuple[int, int]:
    """Return how many rows and columns of tiles a picture of `width` x `height` pixels has."""
    return -(-height // TILE), -(-width // TILE)


def no_tiles(width: int, height: int) -> TileMask:
    """Return the mask without dirty tiles of a picture of `width` x `height` pixels."""
    return np.zeros(grid_of(width, height), np.bool_)


def find_dirty_tiles(before: PixelArray, after: PixelArray, *, max_share: float) -> TileMask | None:
    """Return the tiles in which two pictures differ, or `None` if they have another shape or differ in more.

    Args:
        before: uint8 `(height, width, 3 or 4)`, C order.
        after: likewise.
        max_share: the share of dirty tiles, 0 to 1, from which on the search ends.
    """
    if before.shape != after.shape:
        return None
    height, width, channels = after.shape
    mask = no_tiles(width, height)
    if before is after:
        return mask
    old, new = _rows_of_words(before), _rows_of_words(after)
    step = max(1, height // SAMPLED_ROWS)
    sampled = old[::step] != new[::step]
    if np.count_nonzero(sampled) > MAX_SAMPLED * sampled.size:
        return None
    starts = np.arange(0, old.shape[1], TILE * channels // old.itemsize)
    most, count = max_share * mask.size, np.int_(0)
    differs = np.empty((min(height, BAND_TILES * TILE), old.shape[1]), np.bool_)
    for top in range(0, height, BAND_TILES * TILE):
        band = slice(top, top + BAND_TILES * TILE)
        words = np.not_equal(old[band], new[band], out=differs[: height - top])
        if not words.any():
            continue
        for y in range(0, len(words), TILE):
            in_columns = np.logical_or.reduce(words[y : y + TILE], axis=0)
            count += np.count_nonzero(np.logical_or.reduceat(in_columns, starts, out=mask[(top + y) // TILE]))
        if count > most:
            return None
    return mask


def mask_of_rects(rects: Iterable[Rect], *, width: int, height: int) -> TileMask:
    """Return the tiles that the rectangles touch, of a picture of `width` x `height` pixels."""
    mask = no_tiles(width, height)
    for x, y, rect_width, rect_height in rects:
        left, top, right, bottom = max(0, x), max(0, y), min(x + rect_width, width), min(y + rect_height, height)
        if left < right and top < bottom:
            mask[top // TILE : -(-bottom // TILE), left // TILE : -(-right // TILE)] = True
    return mask


def rects_of_mask(mask: TileMask, *, width: int, height: int) -> list[Rect]:
    """Return a few rectangles that cover the dirty tiles of a picture of `width` x `height` pixels.

    By recursive X-Y cuts; rectangles whose common bounding box is hardly larger are merged.
    """
    boxes = list(islice(_cut(mask), MAX_BOXES + 1))
    if len(boxes) > MAX_BOXES:
        boxes = list(_cut(_coarse(mask)))
    boxes = _merged(boxes)
    return [
        Rect(left * TILE, top * TILE, min(right * TILE, width) - left * TILE, min(bottom * TILE, height) - top * TILE)
        for top, left, bottom, right in boxes
    ]


def around_tiles(mask: TileMask, rect: Rect) -> Rect | None:
    """Return the part of `rect`, on the grid of tiles, around its tiles in `mask`; `None` if it has none of them."""
    rows, columns = rect.tiles
    inside = mask[rows.start : rows.stop, columns.start : columns.stop]
    down, across = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    if not len(down):
        return None
    x, y = rect.x + TILE * int(across[0]), rect.y + TILE * int(down[0])
    width = min(rect.x + TILE * (int(across[-1]) + 1), rect.x + rect.width) - x
    height = min(rect.y + TILE * (int(down[-1]) + 1), rect.y + rect.height) - y
    return Rect(x, y, width, height)


def _rows_of_words(pixels: PixelArray) -> npt.NDArray[np.unsignedinteger]:
    """Return the rows of a picture as words of up to 64 bits."""
    height, width, channels = pixels.shape
    rows = pixels.reshape(height, width * channels)
    word = next(word for word in (np.uint64, np.uint32, np.uint16, np.uint8) if rows.shape[1] % word(0).itemsize == 0)
    return rows.view(word)


def _cut(mask: TileMask, top: int = 0, left: int = 0) -> Iterator[_Box]:
    """Yield boxes around the dirty tiles, by cutting along empty rows and columns, and sparse parts in halves."""
    height, width = mask.shape
    rows, columns = (list(_runs(np.logical_or.reduce(mask, axis=axis))) for axis in (1, 0))
    if rows == [(0, height)] and columns == [(0, width)]:
        if np.count_nonzero(mask) >= MIN_DENSITY * mask.size:
            yield _Box(top, left, top + height, left + width)
            return
        if height >= width:
            rows = [(0, height // 2), (height // 2, height)]
        else:
            columns = [(0, width // 2), (width // 2, width)]
    for y, end_y in rows:
        for x, end_x in columns:
            yield from _cut(mask[y:end_y, x:end_x], top + y, left + x)


def _runs(flags: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of true elements."""
    # Not by `np.diff`, which takes twenty times as long for so few elements.
    each = flags.tobytes()
    start = each.find(1)
    while start >= 0:
        end = each.find(0, start)
        yield start, (len(each) if end < 0 else end)
        start = -1 if end < 0 else each.find(1, end)


def _merged(boxes: list[_Box]) -> list[_Box]:
    """Merge boxes where that costs less than a further rectangle, and until there are at most `MAX_RECTS`."""
    boxes = list(boxes)
    while len(boxes) > 1:
        i, j, cost = _cheapest_pair(np.array(boxes))
        if cost > RECT_COST_TILES and len(boxes) <= MAX_RECTS:
            break
        one = boxes.pop(max(i, j))
        boxes[min(i, j)] = one.union(boxes[min(i, j)])
    return boxes


def _cheapest_pair(boxes: npt.NDArray[np.int_]) -> tuple[int, int, int]:
    """Return the two of the boxes that are merged at the least cost, and the cost: the tiles that are in neither."""
    low = np.minimum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.maximum(boxes[:, None, 2:], boxes[None, :, 2:])
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    costs = (high - low).prod(axis=2) - areas[:, None] - areas[None, :]
    np.fill_diagonal(costs, np.iinfo(costs.dtype).max)
    i, j = divmod(int(costs.argmin()), len(boxes))
    return i, j, int(costs[i, j])


def _coarse(mask: TileMask) -> TileMask:
    """Return a mask of the same shape with all tiles of a block dirty if one of them is."""
    return np.kron(_blocks(mask), np.ones((BLOCK, BLOCK), np.bool_))[: mask.shape[0], : mask.shape[1]]


def _blocks(mask: TileMask) -> TileMask:
    rows, columns = (range(0, side, BLOCK) for side in mask.shape)
    by_rows = np.logical_or.reduceat(mask, rows, axis=0)
    return np.logical_or.reduceat(by_rows, columns, axis=1)
