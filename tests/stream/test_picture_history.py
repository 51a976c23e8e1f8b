from collections.abc import Sequence

import numpy as np
from support import noise

from marimo_rfb.encode.dirty_tiles import Rect, TileMask, mask_of_rects
from marimo_rfb.frame import Frame
from marimo_rfb.stream.picture_history import Parts, PictureHistory
from marimo_rfb.wire.picture_state import PictureState

WIDTH, HEIGHT = 160, 80
CORNER = Rect(0, 0, 16, 16)
OTHER = Rect(96, 48, 16, 16)


class Course:
    """Frames of a history, each made of the last one."""

    def __init__(self, known: Sequence[Rect] | None = None) -> None:
        self.now_s = 100.0
        tiles = None if known is None else mask_of_rects(known, width=WIDTH, height=HEIGHT)
        self.history = PictureHistory(lambda seq: tiles, clock=lambda: self.now_s)
        self.pixels = noise(WIDTH, HEIGHT)
        self.seq = 0

    def show(self, *rects: Rect, pixel_ratio: float = 1.0) -> PictureState:
        """Take a frame that differs in `rects`; return what a viewer has that got it."""
        self.pixels = self.pixels.copy()
        for x, y, width, height in rects:
            self.pixels[y : y + height, x : x + width] += 1
        return self.take(pixel_ratio)

    def take(self, pixel_ratio: float = 1.0) -> PictureState:
        self.seq += 1
        taken = self.history.take(Frame(self.pixels, self.seq, 0.0, pixel_ratio), [])
        return PictureState(self.history.chain, taken.seq, bytes(50))

    def parts_for(self, *states: PictureState | None) -> Parts | None:
        return self.history.take(Frame(self.pixels, self.seq, 0.0), states).parts


def test_without_a_picture_nobody_is_behind() -> None:
    assert not PictureHistory().is_behind(None)


def test_who_has_a_picture_that_looks_the_same_is_not_behind() -> None:
    course = Course()
    had = course.show()
    course.show()
    assert not course.history.is_behind(had)
    assert course.history.is_behind(None)
    course.show(CORNER)
    assert course.history.is_behind(had)


def test_a_tile_rests_when_it_has_not_changed_for_some_time() -> None:
    course = Course()
    course.show()

    def moving(rest_s: float = 1.0) -> TileMask:
        resting = course.history.resting(course.seq, rest_s)
        assert resting is not None
        return ~resting

    def tiles(*rects: Rect) -> TileMask:
        return mask_of_rects(rects, width=WIDTH, height=HEIGHT)

    assert moving().all()
    course.now_s += 0.75
    course.show(CORNER)
    course.now_s += 0.75
    course.show(OTHER)
    assert np.array_equal(moving(), tiles(CORNER, OTHER))
    assert np.array_equal(moving(0.75), tiles(OTHER))
    course.now_s += 0.5
    course.show()  # which looks the same
    assert np.array_equal(moving(), tiles(OTHER))
    course.pixels = noise(WIDTH, HEIGHT, seed=9)
    course.take()
    assert moving().all()


def test_of_a_picture_that_is_not_the_newest_it_is_not_known_what_rests() -> None:
    course = Course()
    course.show()
    course.show(CORNER)
    assert course.history.resting(1, 0.0) is None


def test_the_oldest_picture_that_parts_suffice_for_counts() -> None:
    course = Course()
    states = [course.show(*rects) for rects in ((), (CORNER,), (OTHER,), (CORNER,))]
    assert course.parts_for(*states) == Parts(1, [CORNER, OTHER])
    assert course.parts_for(None, *states[1:]) == Parts(2, [CORNER, OTHER])
    assert course.parts_for(states[2]) == Parts(3, [CORNER])


def test_an_older_frame_is_superseded_by_what_another_rendition_took() -> None:
    course = Course()
    first = course.show()
    old = Frame(course.pixels, course.seq, 0.0)
    course.show(CORNER)
    taken = course.history.take(old, [first])
    assert (taken.seq, taken.behind, taken.parts) == (2, (first,), Parts(1, [CORNER]))
    assert np.array_equal(taken.frame.pixels, course.pixels)


def test_pictures_of_another_history_or_from_before_a_change_everywhere_need_the_whole() -> None:
    course, other = Course(), Course()
    course.show()
    other.show()
    course.show(CORNER)
    assert course.parts_for(other.show(CORNER), None) is None
    had = course.show(CORNER)
    course.show(Rect(0, 0, WIDTH, HEIGHT))
    course.show(CORNER)
    assert course.parts_for(had) is None


def test_a_picture_of_another_pixel_ratio_is_another_one_everywhere() -> None:
    course = Course()
    had = course.show()
    course.show(pixel_ratio=2.0)
    assert course.parts_for(had) is None
    assert course.history.is_behind(had)


def test_what_the_publisher_knows_is_not_compared() -> None:
    course = Course([OTHER])
    had = course.show()
    course.show(CORNER)
    assert course.parts_for(had) == Parts(1, [OTHER])


def test_parts_that_are_large_or_too_many_changes_ago_are_no_parts() -> None:
    course = Course()
    had = course.show()
    course.show(Rect(0, 0, WIDTH, HEIGHT // 2))
    assert course.parts_for(had) is None
    states = [course.show(CORNER) for _ in range(3, 67)]
    assert course.parts_for(states[0]) == Parts(3, [CORNER])
    states.append(course.show(CORNER))
    assert course.parts_for(states[0]) is None
    assert course.parts_for(states[1]) == Parts(4, [CORNER])


def test_a_history_that_was_cleared_begins_anew() -> None:
    course = Course()
    had = course.show()
    course.history.clear()
    assert not course.history.is_behind(None)
    course.show(CORNER)
    assert course.history.is_behind(had)
    assert course.parts_for(had) is None


def test_a_picture_changes_little_until_it_differs_everywhere() -> None:
    course = Course()
    assert not course.history.changes_little
    for rects, little in (((), False), ((), True), ((CORNER,), True), ((Rect(0, 0, WIDTH, HEIGHT),), False)):
        course.show(*rects)
        assert course.history.changes_little == little
