import pytest

from marimo_rfb.flow.bitrate_limiter import BitrateLimiter


def test_without_a_limit_nothing_waits() -> None:
    limiter = BitrateLimiter()
    limiter.on_sent(10_000_000, 0.0)
    assert limiter.wait_s(0.0) == 0


def test_a_message_takes_as_long_as_the_limit_says() -> None:
    limiter = BitrateLimiter(1e6)
    limiter.on_sent(12_500, 1.0)
    assert limiter.wait_s(1.05) == pytest.approx(0.02)  # it was late by more than counts


@pytest.mark.parametrize("late_s", [0.0, 0.01, 0.02])
def test_what_is_sent_late_by_its_encoding_does_not_lower_the_average(late_s: float) -> None:
    limiter, now_s = BitrateLimiter(1e6), 0.0
    for _ in range(101):
        now_s += limiter.wait_s(now_s) + late_s
        limiter.on_sent(12_500, now_s)
    assert now_s == pytest.approx(100 * 0.1, rel=0.01)


def test_a_pause_allows_no_burst() -> None:
    limiter = BitrateLimiter(1e6)
    limiter.on_sent(12_500, 0.0)
    limiter.on_sent(12_500, 60.0)
    assert limiter.wait_s(60.0) >= 0.07
