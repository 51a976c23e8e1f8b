import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.pacing import Beat, Pacer

SPEEDS = st.floats(0.5, 240.0)
MOMENTS = st.floats(0.0, 1e6)


def started(fps: float = 10.0, *, at_s: float = 100.0, t: float = 0.0) -> Pacer:
    pacer = Pacer(fps, t=t)
    pacer.start(at_s)
    return pacer


def take_in_time(pacer: Pacer, count: int = 1) -> list[Beat]:
    return [pacer.take(pacer.due_s) for _ in range(count)]


def test_nothing_is_due_before_the_start() -> None:
    assert Pacer(10.0).due_s == math.inf


def test_the_first_tick_is_due_at_the_start_and_shows_the_time_asked_for() -> None:
    pacer = started(t=2.5)
    assert (pacer.due_s, pacer.t, pacer.fps) == (100.0, 2.5, 10.0)
    assert pacer.take(100.0) == Beat(2.5, 0.0, 0)


def test_t_is_that_of_the_next_tick() -> None:
    pacer = started(t=2.5)
    pacer.take(100.0)
    assert pacer.t == pytest.approx(2.6)
    assert pacer.take(100.1).t == pytest.approx(2.6)


def test_a_tick_taken_late_does_not_put_off_the_next() -> None:
    pacer = started()
    assert pacer.take(100.09) == Beat(0.0, 0.0, 0)
    assert pacer.due_s == pytest.approx(100.1)
    assert pacer.take(100.15).t == pytest.approx(0.1)
    assert pacer.due_s == pytest.approx(100.2)


@pytest.mark.parametrize("fps", [24.0, 29.97, 30.0, 60.0])
def test_a_million_ticks_do_not_drift(fps: float) -> None:
    pacer = started(fps, at_s=1234.5)
    for n in range(1_000_000):
        assert pacer.take(pacer.due_s).skipped == 0, n
    # One rounding, however many ticks.
    assert pacer.t == 1_000_000 / fps
    assert pacer.due_s == 1234.5 + 1_000_000 / fps


def test_missed_ticks_are_left_out_and_t_follows_the_real_time() -> None:
    pacer = started()
    pacer.take(100.0)
    beat = pacer.take(100.47)
    assert (beat.t, beat.dt, beat.skipped) == (pytest.approx(0.4), pytest.approx(0.4), 3)
    assert pacer.due_s == pytest.approx(100.5)
    assert pacer.take(100.5).skipped == 0


def test_the_first_tick_may_be_missed_too() -> None:
    assert started().take(100.25) == Beat(0.2, 0.0, 2)


def test_time_spent_paused_does_not_count() -> None:
    pacer = started()
    take_in_time(pacer, 3)
    pacer.start(5000.0)
    assert pacer.due_s == 5000.0
    beat = pacer.take(5000.0)
    assert (beat.t, beat.dt, beat.skipped) == (pytest.approx(0.3), pytest.approx(0.1), 0)
    assert pacer.due_s == pytest.approx(5000.1)


def test_a_second_start_changes_the_phase_and_not_the_time() -> None:
    pacer = started(t=1.0)
    pacer.start(100.03)
    assert (pacer.due_s, pacer.t) == (100.03, 1.0)


def test_a_slower_tick_comes_one_new_spacing_after_the_last() -> None:
    pacer = started()
    take_in_time(pacer, 11)
    pacer.set_fps(2.0, 101.04)
    assert pacer.fps == 2.0
    assert pacer.due_s == pytest.approx(101.5)
    beat = pacer.take(pacer.due_s)
    assert (beat.t, beat.dt, beat.skipped) == (pytest.approx(1.5), pytest.approx(0.5), 0)
    assert pacer.due_s == pytest.approx(102.0)


def test_a_faster_tick_comes_at_once_when_its_spacing_has_passed_and_none_counts_as_skipped() -> None:
    pacer = started(1.0)
    take_in_time(pacer)
    pacer.set_fps(50.0, 100.9)
    assert pacer.due_s == 100.9
    beat = pacer.take(100.9)
    assert (beat.t, beat.dt, beat.skipped) == (pytest.approx(0.9), pytest.approx(0.9), 0)
    assert pacer.due_s == pytest.approx(100.92)


def test_a_tick_that_is_due_already_stays_due_when_fps_changes() -> None:
    pacer = started()
    take_in_time(pacer)
    pacer.set_fps(2.0, 100.15)
    assert pacer.due_s == pytest.approx(100.1)
    assert pacer.take(100.15).t == pytest.approx(0.1)
    assert pacer.due_s == pytest.approx(100.6)


def test_fps_that_change_all_the_time_do_not_put_off_the_next_tick() -> None:
    pacer = started()
    take_in_time(pacer)
    for n in range(1, 100):
        pacer.set_fps(9.9 + n % 2 / 10, 100.0 + n / 1000)
    assert pacer.due_s == pytest.approx(100.1, abs=0.002)


def test_setting_the_same_fps_changes_nothing() -> None:
    pacer = started(30.0)
    take_in_time(pacer, 7)
    before = (pacer.due_s, pacer.t)
    pacer.set_fps(30.0, pacer.due_s - 0.01)
    assert (pacer.due_s, pacer.t) == before


def test_fps_may_change_before_the_start_and_while_paused() -> None:
    pacer = Pacer(10.0, t=3.0)
    pacer.set_fps(20.0, 7.0)
    assert (pacer.due_s, pacer.t) == (math.inf, 3.0)
    pacer.start(100.0)
    take_in_time(pacer, 2)
    pacer.set_fps(5.0, 900.0)
    pacer.start(1000.0)
    assert [beat.t for beat in take_in_time(pacer, 2)] == pytest.approx([3.1, 3.3])


def test_seeking_sets_the_time_of_the_next_tick_and_keeps_the_phase() -> None:
    pacer = started()
    take_in_time(pacer, 3)
    pacer.seek(60.0)
    assert pacer.t == 60.0
    assert pacer.due_s == pytest.approx(100.3)
    assert pacer.take(pacer.due_s) == Beat(60.0, 0.0, 0)
    assert pacer.t == pytest.approx(60.1)


def test_a_jump_back_is_no_negative_time_that_passed() -> None:
    pacer = started(t=60.0)
    take_in_time(pacer, 3)
    pacer.seek(0.0)
    assert [beat.dt for beat in take_in_time(pacer, 2)] == pytest.approx([0.0, 0.1])


def test_fps_that_change_after_seeking_leave_what_was_sought() -> None:
    pacer = started()
    take_in_time(pacer, 3)
    pacer.seek(60.0)
    pacer.set_fps(2.0, 100.25)
    assert pacer.due_s == pytest.approx(100.7)
    assert pacer.take(pacer.due_s).t == 60.0


def test_seeking_while_paused_is_where_it_starts() -> None:
    pacer = started()
    take_in_time(pacer, 3)
    pacer.seek(7.0)
    pacer.start(500.0)
    assert pacer.take(500.0).t == 7.0


@given(fps=SPEEDS, start_s=MOMENTS, waits=st.lists(st.floats(0.0, 5.0), max_size=50))
def test_however_late_a_tick_is_taken_it_is_the_newest_of_the_grid(
    fps: float, start_s: float, waits: list[float]
) -> None:
    pacer = started(fps, at_s=start_s)
    ticks = 0
    for wait_s in waits:
        now_s = pacer.due_s + wait_s
        beat = pacer.take(now_s)
        ticks += beat.skipped + 1
        assert beat.skipped >= 0
        assert pacer.due_s > now_s
        assert beat.t == (ticks - 1) / fps
        assert pacer.due_s == start_s + ticks / fps


@given(fps=SPEEDS, start_s=MOMENTS, changes=st.lists(st.tuples(SPEEDS, st.floats(0.0, 3.0)), max_size=30))
def test_t_goes_as_fast_as_real_time_over_every_change_of_fps(
    fps: float, start_s: float, changes: list[tuple[float, float]]
) -> None:
    pacer = started(fps, at_s=start_s)
    now_s = start_s
    pacer.take(now_s)
    for new_fps, wait_s in changes:
        now_s += wait_s
        if pacer.due_s <= now_s:
            pacer.take(now_s)
        pacer.set_fps(new_fps, now_s)
        assert pacer.fps == new_fps
        assert pacer.due_s >= now_s
        assert pacer.t == pytest.approx(pacer.due_s - start_s, abs=1e-6)
