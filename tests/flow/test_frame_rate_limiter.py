import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.frame_rate_limiter import FrameRateLimiter


def limited(fps: float | None) -> FrameRateLimiter:
    limiter = FrameRateLimiter()
    limiter.set_max_fps(fps)
    return limiter


def test_without_a_limit_nothing_waits() -> None:
    for limiter in (FrameRateLimiter(), limited(None)):
        limiter.on_frame(5.0)
        assert limiter.wait_s(5.0) == 0.0


def test_the_first_does_not_wait_and_the_next_does() -> None:
    limiter = limited(4)
    assert limiter.wait_s(100.0) == 0.0
    limiter.on_frame(100.0)
    assert limiter.wait_s(100.0) == 0.25
    assert limiter.wait_s(100.125) == 0.125
    assert limiter.wait_s(101.0) == 0.0


def test_what_comes_a_little_late_does_not_delay_the_next() -> None:
    limiter = limited(4)
    limiter.on_frame(100.0)
    limiter.on_frame(100.3125)
    assert limiter.wait_s(100.5) == 0.0
    assert limiter.wait_s(100.4375) == 0.0625


def test_after_a_pause_it_counts_anew() -> None:
    limiter = limited(4)
    limiter.on_frame(100.0)
    for now_s in (100.375, 200.0):
        limiter.on_frame(now_s)
        assert limiter.wait_s(now_s) == 0.25


def test_a_limit_counts_from_the_last_one_on() -> None:
    limiter = limited(1)
    limiter.on_frame(100.0)
    limiter.set_max_fps(4)
    assert limiter.wait_s(100.0) == 0.25
    limiter.set_max_fps(0.5)
    assert limiter.wait_s(100.0) == 2.0
    limiter.set_max_fps(None)
    assert limiter.wait_s(100.0) == 0.0


@given(st.floats(0.1, 100), st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_whenever_they_come_there_are_never_more_than_the_rate_and_one_and_a_half(
    fps: float, steps: list[float]
) -> None:
    limiter, now_s, came = limited(fps), 1000.0, list[float]()
    for step in steps:
        now_s += step
        assert limiter.wait_s(now_s) <= 1 / fps + 1e-6
        if limiter.wait_s(now_s) == 0:
            limiter.on_frame(now_s)
            came.append(now_s)
    for first, start_s in enumerate(came):
        for count, end_s in enumerate(came[first:], 1):
            assert count <= (end_s - start_s) * fps + 1.5 + 1e-3


@pytest.mark.parametrize("fps", [7, 30, 60, 144])
def test_a_rate_is_kept_though_each_comes_late(fps: int) -> None:
    limiter, now_s, count = limited(fps), 0.0, 0
    while now_s < 10:
        now_s += limiter.wait_s(now_s) + 0.3 / fps
        limiter.on_frame(now_s)
        count += 1
    assert abs(count - 10 * fps) <= 2
