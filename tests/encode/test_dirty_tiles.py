import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support import noise

from marimo_rfb.encode.dirty_tiles import (
    MAX_RECTS,
    TILE,
    Rect,
    TileMask,
    find_dirty_tiles,
    mask_of_rects,
    no_tiles,
    rects_of_mask,
)
from marimo_rfb.frame import Frame, PixelArray

sides = st.integers(1, 70)


def changed(pixels: PixelArray, *rects: Rect) -> PixelArray:
    after = pixels.copy()
    for x, y, width, height in rects:
        after[y : y + height, x : x + width] ^= 1
    return after


def spread(mask: TileMask, width: int, height: int) -> TileMask:
    """The mask by pixels."""
    return np.kron(mask, np.ones((TILE, TILE), np.bool_))[:height, :width]


@settings(max_examples=50)
@given(width=sides, height=sides, channels=st.sampled_from([3, 4]), data=st.data())
def test_the_tiles_are_those_in_which_pixels_differ(
    width: int, height: int, channels: int, data: st.DataObject
) -> None:
    before = np.resize(noise(width, height), (height, width, channels))
    after = before.copy()
    pixel = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1), st.integers(0, channels - 1))
    for place in data.draw(st.lists(pixel, max_size=8)):
        after[place] ^= data.draw(st.integers(1, 255))
    differs = (before != after).any(axis=2)
    expected = mask_of_rects([Rect(int(x), int(y), 1, 1) for y, x in np.argwhere(differs)], width=width, height=height)
    mask = find_dirty_tiles(before, after, max_share=1.0)
    # A picture whose sampled rows differ in most places counts as another one.
    assert mask is None or np.array_equal(mask, expected)
    if differs.mean() < 0.01:
        assert mask is not None


def test_a_picture_of_another_size_is_another_one() -> None:
    assert find_dirty_tiles(noise(32, 32), noise(32, 33), max_share=1.0) is None


def test_the_same_array_is_not_looked_at() -> None:
    pixels = noise(32, 32)
    mask = find_dirty_tiles(pixels, pixels, max_share=0.4)
    assert mask is not None
    assert not mask.any()


@pytest.mark.parametrize(("rows", "found"), [(9, True), (10, True), (11, False), (25, False)])
def test_the_search_ends_where_too_much_differs(rows: int, found: bool) -> None:
    before = noise(64, 25 * TILE)
    # One pixel in each tile, so that no sample tells.
    after = before.copy()
    after[8 : rows * TILE : TILE, ::TILE] ^= 1
    assert (find_dirty_tiles(before, after, max_share=0.4) is not None) == found


@given(mask=hnp.arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40))), data=st.data())
def test_the_rectangles_cover_all_dirty_tiles_and_are_few(mask: TileMask, data: st.DataObject) -> None:
    rows, columns = mask.shape
    width = data.draw(st.integers((columns - 1) * TILE + 1, columns * TILE))
    height = data.draw(st.integers((rows - 1) * TILE + 1, rows * TILE))
    rects = rects_of_mask(mask, width=width, height=height)
    covered = mask_of_rects(rects, width=width, height=height)
    assert not (mask & ~covered).any()
    assert len(rects) <= MAX_RECTS
    assert bool(rects) == bool(mask.any())
    for x, y, rect_width, rect_height in rects:
        assert x % TILE == 0
        assert y % TILE == 0
        assert 0 < rect_width <= width - x
        assert 0 < rect_height <= height - y


@given(
    tiles=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=4, unique=True),
)
def test_a_few_tiles_far_from_each_other_are_a_few_small_rectangles(tiles: list[tuple[int, int]]) -> None:
    mask = np.zeros((300, 300), np.bool_)
    for row, column in tiles:
        mask[row * 10, column * 10] = True
    rects = rects_of_mask(mask, width=300 * TILE, height=300 * TILE)
    assert sum(rect.width * rect.height for rect in rects) <= 11 * len(tiles) * TILE * TILE


def test_a_diagonal_line_is_several_rectangles_instead_of_one_large_one() -> None:
    mask = np.eye(64, dtype=np.bool_)
    rects = rects_of_mask(mask, width=1024, height=1024)
    assert sum(rect.width * rect.height for rect in rects) < 0.1 * 1024 * 1024


@given(st.lists(st.builds(Rect, *(st.integers(0, 40) for _ in range(4))), max_size=5))
def test_the_mask_of_rectangles_has_the_tiles_that_they_touch(rects: list[Rect]) -> None:
    pixels = np.zeros((80, 80), np.bool_)
    for x, y, width, height in rects:
        pixels[y : y + height, x : x + width] = True
    mask = mask_of_rects(rects, width=80, height=80)
    tiles = pixels.reshape(5, TILE, 5, TILE).any(axis=(1, 3))
    assert np.array_equal(mask, tiles)


def test_a_part_is_copied_in_order() -> None:
    pixels = noise(40, 30)
    part = Frame(pixels, 1, 0.0).part(*Rect(3, 4, 5, 6).slices).pixels
    assert part.flags.c_contiguous
    assert np.array_equal(part, pixels[4:10, 3:8])


def test_of_a_small_change_only_its_tiles_are_dirty() -> None:
    before = noise(100, 50)
    mask = find_dirty_tiles(before, changed(before, Rect(17, 20, 2, 13)), max_share=0.4)
    expected = no_tiles(100, 50)
    expected[1:3, 1] = True
    assert mask is not None
    assert np.array_equal(mask, expected)
    assert spread(mask, 100, 50).shape == (50, 100)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 200), st.integers(1, 200))
def test_halves_of_a_rectangle_are_cut_between_tiles(column: int, row: int, width: int, height: int) -> None:
    rect = Rect(column * TILE, row * TILE, width, height)
    halves = rect.halves()
    if halves is None:
        assert max(width, height) <= TILE
        return
    first, second = halves
    assert first.area + second.area == rect.area
    assert min(first.width, first.height, second.width, second.height) >= 1
    assert (second.x % TILE, second.y % TILE) == (0, 0)
    assert max(first.area, second.area) < rect.area


def test_pictures_are_the_same_when_every_byte_is() -> None:
    picture = noise(7, 50)
    mask = find_dirty_tiles(picture, picture.copy(), max_share=1)
    assert mask is not None
    assert not mask.any()


@pytest.mark.parametrize("height", [1, 5, 16, 17, 50])
def test_one_other_byte_in_any_row_makes_another_picture(height: int) -> None:
    picture = noise(3, height)
    for row in range(height):
        other = picture.copy()
        other[row, 2, 1] ^= 1
        mask = find_dirty_tiles(picture, other, max_share=1)
        assert mask is not None
        assert np.argwhere(mask).tolist() == [[row // TILE, 0]]


def test_another_shape_is_another_picture() -> None:
    assert find_dirty_tiles(noise(6, 4), np.zeros((6, 4, 3), np.uint8), max_share=1) is None
    assert find_dirty_tiles(np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6, 4), np.uint8), max_share=1) is None
