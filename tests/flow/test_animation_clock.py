import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.animation_clock import AnimationClock, ClockTick

SPEEDS = st.floats(0.5, 240.0)
MOMENTS = st.floats(0.0, 1e6)


def started(fps: float = 10.0, *, at_s: float = 100.0, t: float = 0.0) -> AnimationClock:
    clock = AnimationClock(fps, t=t)
    clock.start(at_s)
    return clock


def take_in_time(clock: AnimationClock, count: int = 1) -> list[ClockTick]:
    return [clock.take(clock.due_s) for _ in range(count)]


def test_nothing_is_due_before_the_start() -> None:
    assert AnimationClock(10.0).due_s == math.inf


def test_the_first_tick_is_due_at_the_start_and_shows_the_time_asked_for() -> None:
    clock = started(t=2.5)
    assert (clock.due_s, clock.t, clock.fps) == (100.0, 2.5, 10.0)
    assert clock.take(100.0) == ClockTick(2.5, 0.0, 0)


def test_t_is_that_of_the_next_tick() -> None:
    clock = started(t=2.5)
    clock.take(100.0)
    assert clock.t == pytest.approx(2.6)
    assert clock.take(100.1).t == pytest.approx(2.6)


def test_a_tick_taken_late_does_not_put_off_the_next() -> None:
    clock = started()
    assert clock.take(100.09) == ClockTick(0.0, 0.0, 0)
    assert clock.due_s == pytest.approx(100.1)
    assert clock.take(100.15).t == pytest.approx(0.1)
    assert clock.due_s == pytest.approx(100.2)


@pytest.mark.parametrize("fps", [24.0, 29.97, 30.0, 60.0])
def test_a_million_ticks_do_not_drift(fps: float) -> None:
    clock = started(fps, at_s=1234.5)
    for n in range(1_000_000):
        assert clock.take(clock.due_s).skipped == 0, n
    # One rounding, however many ticks.
    assert clock.t == 1_000_000 / fps
    assert clock.due_s == 1234.5 + 1_000_000 / fps


def test_missed_ticks_are_left_out_and_t_follows_the_real_time() -> None:
    clock = started()
    clock.take(100.0)
    beat = clock.take(100.47)
    assert (beat.t, beat.dt, beat.skipped) == (pytest.approx(0.4), pytest.approx(0.4), 3)
    assert clock.due_s == pytest.approx(100.5)
    assert clock.take(100.5).skipped == 0


def test_the_first_tick_may_be_missed_too() -> None:
    assert started().take(100.25) == ClockTick(0.2, 0.0, 2)


def test_time_spent_paused_does_not_count() -> None:
    clock = started()
    take_in_time(clock, 3)
    clock.start(5000.0)
    assert clock.due_s == 5000.0
    beat = clock.take(5000.0)
    assert (beat.t, beat.dt, beat.skipped) == (pytest.approx(0.3), pytest.approx(0.1), 0)
    assert clock.due_s == pytest.approx(5000.1)


def test_a_second_start_changes_the_phase_and_not_the_time() -> None:
    clock = started(t=1.0)
    clock.start(100.03)
    assert (clock.due_s, clock.t) == (100.03, 1.0)


def test_a_slower_tick_comes_one_new_spacing_after_the_last() -> None:
    clock = started()
    take_in_time(clock, 11)
    clock.set_fps(2.0, 101.04)
    assert clock.fps == 2.0
    assert clock.due_s == pytest.approx(101.5)
    beat = clock.take(clock.due_s)
    assert (beat.t, beat.dt, beat.skipped) == (pytest.approx(1.5), pytest.approx(0.5), 0)
    assert clock.due_s == pytest.approx(102.0)


def test_a_faster_tick_comes_at_once_when_its_spacing_has_passed_and_none_counts_as_skipped() -> None:
    clock = started(1.0)
    take_in_time(clock)
    clock.set_fps(50.0, 100.9)
    assert clock.due_s == 100.9
    beat = clock.take(100.9)
    assert (beat.t, beat.dt, beat.skipped) == (pytest.approx(0.9), pytest.approx(0.9), 0)
    assert clock.due_s == pytest.approx(100.92)


def test_a_tick_that_is_due_already_stays_due_when_fps_changes() -> None:
    clock = started()
    take_in_time(clock)
    clock.set_fps(2.0, 100.15)
    assert clock.due_s == pytest.approx(100.1)
    assert clock.take(100.15).t == pytest.approx(0.1)
    assert clock.due_s == pytest.approx(100.6)


def test_fps_that_change_all_the_time_do_not_put_off_the_next_tick() -> None:
    clock = started()
    take_in_time(clock)
    for n in range(1, 100):
        clock.set_fps(9.9 + n % 2 / 10, 100.0 + n / 1000)
    assert clock.due_s == pytest.approx(100.1, abs=0.002)


def test_setting_the_same_fps_changes_nothing() -> None:
    clock = started(30.0)
    take_in_time(clock, 7)
    before = (clock.due_s, clock.t)
    clock.set_fps(30.0, clock.due_s - 0.01)
    assert (clock.due_s, clock.t) == before


def test_fps_may_change_before_the_start_and_while_paused() -> None:
    clock = AnimationClock(10.0, t=3.0)
    clock.set_fps(20.0, 7.0)
    assert (clock.due_s, clock.t) == (math.inf, 3.0)
    clock.start(100.0)
    take_in_time(clock, 2)
    clock.set_fps(5.0, 900.0)
    clock.start(1000.0)
    assert [beat.t for beat in take_in_time(clock, 2)] == pytest.approx([3.1, 3.3])


def test_seeking_sets_the_time_of_the_next_tick_and_keeps_the_phase() -> None:
    clock = started()
    take_in_time(clock, 3)
    clock.seek(60.0)
    assert clock.t == 60.0
    assert clock.due_s == pytest.approx(100.3)
    assert clock.take(clock.due_s) == ClockTick(60.0, 0.0, 0)
    assert clock.t == pytest.approx(60.1)


def test_a_jump_back_is_no_negative_time_that_passed() -> None:
    clock = started(t=60.0)
    take_in_time(clock, 3)
    clock.seek(0.0)
    assert [beat.dt for beat in take_in_time(clock, 2)] == pytest.approx([0.0, 0.1])


def test_fps_that_change_after_seeking_leave_what_was_sought() -> None:
    clock = started()
    take_in_time(clock, 3)
    clock.seek(60.0)
    clock.set_fps(2.0, 100.25)
    assert clock.due_s == pytest.approx(100.7)
    assert clock.take(clock.due_s).t == 60.0


def test_seeking_while_paused_is_where_it_starts() -> None:
    clock = started()
    take_in_time(clock, 3)
    clock.seek(7.0)
    clock.start(500.0)
    assert clock.take(500.0).t == 7.0


@given(fps=SPEEDS, start_s=MOMENTS, waits=st.lists(st.floats(0.0, 5.0), max_size=50))
def test_however_late_a_tick_is_taken_it_is_the_newest_of_the_grid(
    fps: float, start_s: float, waits: list[float]
) -> None:
    clock = started(fps, at_s=start_s)
    ticks = 0
    for wait_s in waits:
        now_s = clock.due_s + wait_s
        beat = clock.take(now_s)
        ticks += beat.skipped + 1
        assert beat.skipped >= 0
        assert clock.due_s > now_s
        assert beat.t == (ticks - 1) / fps
        assert clock.due_s == start_s + ticks / fps


@given(fps=SPEEDS, start_s=MOMENTS, changes=st.lists(st.tuples(SPEEDS, st.floats(0.0, 3.0)), max_size=30))
def test_t_goes_as_fast_as_real_time_over_every_change_of_fps(
    fps: float, start_s: float, changes: list[tuple[float, float]]
) -> None:
    clock = started(fps, at_s=start_s)
    now_s = start_s
    clock.take(now_s)
    for new_fps, wait_s in changes:
        now_s += wait_s
        if clock.due_s <= now_s:
            clock.take(now_s)
        clock.set_fps(new_fps, now_s)
        assert clock.fps == new_fps
        assert clock.due_s >= now_s
        assert clock.t == pytest.approx(clock.due_s - start_s, abs=1e-6)
