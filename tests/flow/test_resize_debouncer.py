import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.resize_debouncer import DEBOUNCE_S, MAX_AREA, MIN_SIDE, ResizeDebouncer, fitted

MAX_SIDE = 16384
Size = tuple[int, int]

sides = st.integers(1, 2**53)


def made() -> ResizeDebouncer:
    return ResizeDebouncer(max_side=MAX_SIDE)


def settled(fit: ResizeDebouncer, size: Size, now_s: float) -> float:
    """Report a size and let it rest; return the time after it."""
    fit.report(size, now_s)
    now_s += DEBOUNCE_S
    fit.update(now_s)
    return now_s


class TestFitted:
    @pytest.mark.parametrize(
        ("view", "picture"),
        [
            ((800, 600), (800, 600)),
            ((801, 601), (800, 600)),
            ((1, 1), (16, 16)),
            ((3840, 2160), (3840, 2160)),
            ((7680, 4320), (3840, 2160)),
            ((8000, 100), (8000, 100)),
            ((100_000, 100), (16384, 16)),
            ((5, 4000), (16, 4000)),
        ],
    )
    def test_it_is_even_and_neither_too_large_nor_too_small(self, view: Size, picture: Size) -> None:
        assert fitted(view, max_side=MAX_SIDE) == picture

    @given(sides, sides)
    def test_whatever_a_viewer_says_a_picture_can_be_made_of_it(self, width: int, height: int) -> None:
        w, h = fitted((width, height), max_side=MAX_SIDE)
        assert w % 2 == h % 2 == 0
        assert MIN_SIDE <= w <= MAX_SIDE
        assert MIN_SIDE <= h <= MAX_SIDE
        assert w * h <= max(MAX_AREA, MIN_SIDE * MAX_SIDE)

    @given(st.integers(200, 20_000), st.integers(200, 20_000))
    def test_it_keeps_its_proportions(self, width: int, height: int) -> None:
        w, h = fitted((width, height), max_side=MAX_SIDE)
        scale = max(w / width, h / height)
        assert scale <= 1
        assert abs(w - width * scale) <= 2 * max(1, width / height)
        assert abs(h - height * scale) <= 2 * max(1, height / width)

    @given(st.integers(16, 3000), st.integers(16, 2000))
    def test_a_picture_that_fits_stays_as_it_is(self, width: int, height: int) -> None:
        once = fitted((width, height), max_side=MAX_SIDE)
        assert fitted(once, max_side=MAX_SIDE) == once


class TestRest:
    def test_there_is_no_size_before_a_view(self) -> None:
        fit = made()
        fit.update(5.0)
        assert (fit.size, fit.due_s) == (None, math.inf)

    def test_a_size_counts_when_it_has_rested(self) -> None:
        fit = made()
        fit.report((800, 600), 10.0)
        assert (fit.size, fit.due_s) == (None, 10.0 + DEBOUNCE_S)
        fit.update(10.0 + DEBOUNCE_S / 2)
        assert fit.size is None
        fit.update(10.0 + DEBOUNCE_S)
        assert (fit.size, fit.due_s) == ((800, 600), math.inf)

    def test_while_a_corner_is_dragged_nothing_changes(self) -> None:
        fit = made()
        now_s = settled(fit, (800, 600), 10.0)
        for width in range(800, 1200, 10):
            now_s += 0.05
            fit.report((width, 600), now_s)
            fit.update(now_s)
            assert fit.size == (800, 600)
        fit.update(now_s + DEBOUNCE_S)
        assert fit.size == (1190, 600)

    def test_the_same_size_again_puts_nothing_off(self) -> None:
        fit = made()
        fit.report((800, 600), 10.0)
        fit.report((801, 601), 10.1)  # the same picture
        assert fit.due_s == 10.0 + DEBOUNCE_S

    def test_a_size_that_comes_back_changes_nothing(self) -> None:
        fit = made()
        now_s = settled(fit, (800, 600), 10.0)
        fit.report((900, 600), now_s)
        fit.report((800, 600), now_s + 0.1)
        assert fit.due_s == math.inf
        fit.update(now_s + 10)
        assert fit.size == (800, 600)


class TestRatchet:
    """A view whose size comes from its picture, and is larger by a border."""

    def grown(self, fit: ResizeDebouncer, now_s: float, *, by: Size, delay_s: float, rounds: int = 20) -> list[Size]:
        sizes = []
        for _ in range(rounds):
            assert fit.size is not None
            now_s = settled(fit, (fit.size[0] + by[0], fit.size[1] + by[1]), now_s + delay_s)
            sizes.append(fit.size)
        return sizes

    @given(
        st.tuples(st.integers(0, 16), st.integers(0, 16)).filter(any),
        st.floats(0, 0.9),
        st.tuples(st.integers(8, 500), st.integers(8, 500)),
    )
    def test_a_picture_cannot_make_its_own_view_grow(self, half: Size, delay_s: float, start: Size) -> None:
        fit, by = made(), (2 * half[0], 2 * half[1])
        now_s = settled(fit, (2 * start[0], 2 * start[1]), 10.0)
        sizes = self.grown(fit, now_s, by=by, delay_s=delay_s)
        assert fit.loop_detected
        assert sizes[4] == sizes[-1] == (2 * start[0] + 5 * by[0], 2 * start[1] + 5 * by[1])

    def test_a_person_who_enlarges_the_view_now_and_then_is_followed(self) -> None:
        fit = made()
        now_s = settled(fit, (800, 600), 10.0)
        assert self.grown(fit, now_s, by=(10, 10), delay_s=1.1)[-1] == (1000, 800)
        assert not fit.loop_detected

    def test_a_few_quick_steps_of_a_person_are_followed(self) -> None:
        fit = made()
        now_s = settled(fit, (800, 600), 10.0)
        assert self.grown(fit, now_s, by=(16, 16), delay_s=0.35, rounds=5)[-1] == (880, 680)
        assert not fit.loop_detected

    def test_many_quick_steps_of_a_person_are_followed_but_for_the_last_few_pixels(self) -> None:
        fit, width, now_s = made(), 800, 10.0
        now_s = settled(fit, (width, 600), now_s)
        for _ in range(40):
            width += 16
            now_s = settled(fit, (width, 600), now_s + 0.35)
            assert fit.size is not None
            assert width - 32 <= fit.size[0] <= width

    def test_large_steps_are_followed(self) -> None:
        fit = made()
        now_s = settled(fit, (800, 600), 10.0)
        assert self.grown(fit, now_s, by=(34, 0), delay_s=0.1)[-1] == (800 + 20 * 34, 600)

    def test_growth_between_which_it_shrinks_is_followed(self) -> None:
        fit = made()
        now_s = settled(fit, (800, 600), 10.0)
        for width in (810, 820, 800, 810, 820, 800, 810, 820):
            now_s = settled(fit, (width, 600), now_s)
            assert fit.size == (width, 600)

    @pytest.mark.parametrize("size", [(890, 600), (850, 660), (700, 600), (850, 590), (860, 590), (2000, 2000)])
    def test_a_view_that_was_held_is_followed_when_it_shrinks_or_changes_by_more(self, size: Size) -> None:
        fit = made()
        now_s = settled(fit, (800, 600), 10.0)
        self.grown(fit, now_s, by=(10, 0), delay_s=0.1)
        assert (fit.size, fit.loop_detected) == ((850, 600), True)
        settled(fit, size, now_s + 20)
        assert (fit.size, fit.loop_detected) == (size, False)

    def test_small_steps_that_add_up_are_more(self) -> None:
        fit = made()
        now_s = settled(fit, (800, 600), 10.0)
        self.grown(fit, now_s, by=(10, 0), delay_s=0.1)
        now_s += 20
        for width in (860, 870, 880):
            now_s = settled(fit, (width, 600), now_s)
            assert fit.size == (850, 600)
        settled(fit, (890, 600), now_s)
        assert fit.size == (890, 600)


@given(st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 5000), st.floats(0, 8)), max_size=30))
def test_the_last_view_that_rests_is_followed_or_known_to_grow_by_itself(views: list[tuple[int, int, float]]) -> None:
    fit, now_s = made(), 10.0
    for width, height, step_s in views:
        now_s += step_s
        fit.report((width, height), now_s)
        fit.update(now_s)
    if fit.due_s < math.inf:
        fit.update(fit.due_s)
    assert fit.due_s == math.inf
    if views and not fit.loop_detected:
        assert fit.size == fitted(views[-1][:2], max_side=MAX_SIDE)
