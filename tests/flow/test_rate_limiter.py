from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.rate_limiter import RateLimiter


def test_so_many_are_allowed_in_a_second_and_as_many_in_the_next() -> None:
    allowance = RateLimiter(3)
    assert [allowance.take(5.0 + n / 10) for n in range(5)] == [True, True, True, False, False]
    assert [allowance.take(6.0) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    allowance = RateLimiter(1)
    assert allowance.take(1_000.0)
    assert not allowance.take(1_000.1)
    assert allowance.take(10.0)


@given(st.integers(1, 5), st.lists(st.floats(0, 0.5), max_size=60))
def test_in_no_second_are_more_than_twice_as_many_allowed(most_hz: int, steps: list[float]) -> None:
    allowance, now_s, allowed = RateLimiter(most_hz), 0.0, list[float]()
    for step in steps:
        now_s += step
        if allowance.take(now_s):
            allowed.append(now_s)
    for start_s in allowed:
        assert sum(start_s <= each < start_s + 1 for each in allowed) <= 2 * most_hz
