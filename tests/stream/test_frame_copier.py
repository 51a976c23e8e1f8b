import random
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import noise

from marimo_rfb.encode.dirty_tiles import TILE, Rect, TileMask, mask_of_rects
from marimo_rfb.frame import FrameData
from marimo_rfb.stream.frame_copier import MIN_BYTES, FrameCopier

WIDTH, HEIGHT = 320, 290
SHAPES = [(HEIGHT, WIDTH, 3), (HEIGHT, WIDTH, 4), (2 * HEIGHT, 2 * WIDTH)]
CORNER = Rect(0, 0, TILE, TILE)


class Course:
    """Pictures that are copied one after the other, each made by writing to the last one."""

    def __init__(self, data: FrameData) -> None:
        assert data.nbytes >= MIN_BYTES
        self.copier = FrameCopier()
        self.data = data
        self.newest: FrameData | None = None

    def tiles(self, *rects: Rect) -> TileMask:
        height, width = self.data.shape[:2]
        return mask_of_rects(rects, width=width, height=height)

    def change(self, *rects: Rect) -> None:
        for x, y, width, height in rects:
            self.data[y : y + height, x : x + width] ^= 1

    def copy(self, *, dirty: TileMask | None = None, compares: bool = True) -> TileMask | None:
        self.newest, dirty = self.copier.copy(self.data, before=self.newest, dirty=dirty, compares=compares)
        np.testing.assert_array_equal(self.newest, self.data)
        return dirty

    def show(self, *rects: Rect) -> FrameData:
        """Change `rects`, copy the picture and return the copy."""
        self.change(*rects)
        self.copy()
        assert self.newest is not None
        return self.newest


def bytes_of(shape: tuple[int, ...]) -> FrameData:
    return np.random.default_rng(7).integers(0, 256, shape, np.uint8)


rects = st.builds(Rect, st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(1, 60), st.integers(1, 60))
steps = st.tuples(st.lists(rects, max_size=3), st.sampled_from(["compare", "tell", "neither"]), st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SHAPES), st.lists(steps, max_size=12), st.integers())
def test_nobody_who_holds_a_copy_or_a_part_of_it_sees_it_change(
    shape: tuple[int, ...], steps: list[tuple[list[Rect], str, bool]], seed: int
) -> None:
    course = Course(bytes_of(shape))
    held: list[tuple[FrameData, bytes]] = []
    rng = random.Random(seed)
    for changed, way, is_held in steps:
        course.change(*changed)
        dirty = course.copy(dirty=course.tiles(*changed) if way == "tell" else None, compares=way == "compare")
        if way == "neither":
            assert dirty is None
        assert course.newest is not None
        if is_held:
            part = course.newest[rng.randrange(HEIGHT) :]
            held.append((part, part.tobytes()))
        if held and rng.random() < 0.3:
            held.pop(rng.randrange(len(held)))
        for part, before in held:
            assert part.tobytes() == before


@pytest.mark.parametrize("shape", SHAPES)
def test_it_tells_in_which_tiles_a_picture_differs_from_the_one_before(shape: tuple[int, ...]) -> None:
    course = Course(bytes_of(shape))
    assert course.copy() is None
    course.change(CORNER)
    dirty = course.copy()
    assert dirty is not None
    np.testing.assert_array_equal(dirty, course.tiles(CORNER))
    assert course.copy(compares=False) is None
    course.change(Rect(0, 0, shape[1], shape[0]))
    assert course.copy() is None


def test_a_picture_that_has_not_changed_is_not_copied() -> None:
    course = Course(bytes_of(SHAPES[0]))
    first = course.show()
    assert course.show() is first


@pytest.mark.parametrize("compares", [True, False])
def test_a_small_change_is_copied_into_memory_that_nobody_has_any_more(compares: bool) -> None:
    course = Course(bytes_of(SHAPES[0]))
    places = []
    for _ in range(6):
        course.change(CORNER)
        course.copy(dirty=None if compares else course.tiles(CORNER), compares=compares)
        assert course.newest is not None
        places.append(course.newest.ctypes.data)
    assert places[:2] * 3 == places


def test_only_what_the_publisher_says_has_changed_is_copied() -> None:
    course = Course(bytes_of(SHAPES[0]))
    for _ in range(2):
        course.show(CORNER)
    before = course.data.copy()
    course.change(Rect(0, 0, WIDTH, HEIGHT))
    copy, _ = course.copier.copy(course.data, before=course.newest, dirty=course.tiles(CORNER), compares=True)
    before[:TILE, :TILE] = course.data[:TILE, :TILE]
    np.testing.assert_array_equal(copy, before)


def test_where_nobody_watches_no_memory_is_kept_for_the_next_picture() -> None:
    tracemalloc.start()
    try:
        course = Course(bytes_of(SHAPES[0]))
        for _ in range(3):
            course.show(CORNER)
        kept_bytes, _ = tracemalloc.get_traced_memory()
        course.copier.clear()
        assert kept_bytes - tracemalloc.get_traced_memory()[0] >= course.data.nbytes
    finally:
        tracemalloc.stop()


def test_a_picture_after_one_that_was_handed_over_is_copied_whole() -> None:
    course = Course(bytes_of(SHAPES[0]))
    course.show()
    course.newest = course.data.copy()
    course.change(Rect(0, 0, WIDTH, HEIGHT))
    assert course.copy() is None


@pytest.mark.parametrize(
    "other", [bytes_of(SHAPES[1]), bytes_of((HEIGHT + 1, WIDTH, 3)), np.ones((HEIGHT, WIDTH), np.float32)]
)
def test_a_picture_of_another_size_or_type_is_copied_whole(other: FrameData) -> None:
    course = Course(bytes_of(SHAPES[0]))
    course.show()
    for course.data in (other, bytes_of(SHAPES[0])):
        assert course.copy() is None


@pytest.mark.parametrize(
    "data", [bytes_of(SHAPES[0])[:, ::-1], bytes_of((3, HEIGHT, WIDTH)).transpose(1, 2, 0), noise(5, 7), noise(7, 5)]
)
def test_a_copy_is_in_order_whatever_the_picture_is(data: Any) -> None:
    copier, before = FrameCopier(), data.copy()
    for _ in range(3):
        copy, _ = copier.copy(data, before=None, dirty=None, compares=True)
        assert copy.flags.c_contiguous
        np.testing.assert_array_equal(copy, before)
    data[...] = 255 - data
    np.testing.assert_array_equal(copy, before)


def test_a_copy_of_a_masked_array_does_not_follow_its_mask() -> None:
    picture = np.ma.masked_equal(np.zeros((HEIGHT, WIDTH, 4), np.uint8), 1)
    copy, _ = FrameCopier().copy(picture, before=None, dirty=None, compares=True)
    picture[0, 0] = np.ma.masked
    assert not np.ma.getmaskarray(copy).any()
