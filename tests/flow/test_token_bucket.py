import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marimo_rfb.flow.token_bucket import TokenBucket


def test_a_burst_goes_through_and_then_the_rate_holds() -> None:
    bucket = TokenBucket(rate_hz=2.0, burst=3)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_s(100.0) == 0.5
    assert not bucket.take(100.25)
    assert bucket.wait_s(100.25) == 0.25
    assert bucket.take(100.5)
    assert not bucket.take(100.5)


def test_after_a_rest_there_is_one_burst_and_no_more() -> None:
    bucket = TokenBucket(rate_hz=2.0, burst=3)
    for now_s in (0.0, 1000.0, 2000.0):
        assert [bucket.take(now_s) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    bucket = TokenBucket(rate_hz=2.0, burst=1)
    assert bucket.take(1000.0)
    assert not bucket.take(0.0)
    assert bucket.wait_s(0.0) == 0.5
    assert bucket.take(0.5)


@settings(max_examples=100)
@given(steps=st.lists(st.sampled_from([0.0, 0.001, 0.1, 0.5, 3.0]), max_size=60), burst=st.integers(1, 5))
def test_it_never_lets_more_through_than_burst_and_rate(steps: list[float], burst: int) -> None:
    bucket, now_s, taken = TokenBucket(rate_hz=4.0, burst=burst), 0.0, 0
    for step in steps:
        now_s += step
        taken += bucket.take(now_s)
        assert taken <= burst + 4.0 * now_s + 1e-6
        assert 0 <= bucket.wait_s(now_s) <= 0.25


@pytest.mark.parametrize("now_s", [0.0, 1e9])
def test_a_wait_is_as_long_as_it_says(now_s: float) -> None:
    bucket = TokenBucket(rate_hz=5.0, burst=1)
    assert bucket.wait_s(now_s) == 0.0
    assert bucket.take(now_s)
    assert bucket.take(now_s + bucket.wait_s(now_s) + 1e-6)
