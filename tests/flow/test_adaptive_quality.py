from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.adaptive_quality import FULL_QUALITY, QUALITY_LEVELS, AdaptiveQuality

FAST_S, FAIR_S, SLOW_S = 0.05, 0.3, 0.8


def acking(thrift: AdaptiveQuality, delay_s: float, *, from_s: float, for_s: float) -> float:
    """Ack ten times a second; return the time of the last ack."""
    now_s = from_s
    for _ in range(round(for_s * 10)):
        now_s += 0.1
        thrift.on_ack(delay_s, now_s)
    return now_s


def level(thrift: AdaptiveQuality) -> int:
    return QUALITY_LEVELS.index(thrift.level)


def test_grades_go_from_good_to_bad_and_all_are_below_full() -> None:
    for better, worse in pairwise((FULL_QUALITY, *QUALITY_LEVELS)):
        assert worse.quality < better.quality
        assert worse.max_pixels is not None
        assert worse.max_fps is not None
        assert worse.max_pixels < (better.max_pixels or 1e9)
        assert worse.max_fps < (better.max_fps or 1e9)


def test_it_begins_with_the_best() -> None:
    assert AdaptiveQuality().level == QUALITY_LEVELS[0]


def test_a_second_of_slow_acks_makes_it_worse_and_a_shorter_spell_does_not() -> None:
    thrift = AdaptiveQuality()
    now_s = acking(thrift, SLOW_S, from_s=0.0, for_s=0.9)
    assert level(thrift) == 0
    thrift.on_ack(FAIR_S, now_s + 0.1)  # the spell is over
    now_s = acking(thrift, SLOW_S, from_s=now_s + 0.1, for_s=0.9)
    assert level(thrift) == 0
    acking(thrift, SLOW_S, from_s=now_s, for_s=0.3)
    assert level(thrift) == 1


def test_each_further_second_makes_it_worse_down_to_the_worst() -> None:
    thrift = AdaptiveQuality()
    now_s = acking(thrift, SLOW_S, from_s=0.0, for_s=2.6)
    assert level(thrift) == 2
    acking(thrift, SLOW_S, from_s=now_s, for_s=10.0)
    assert thrift.level == QUALITY_LEVELS[-1]


def test_an_ack_that_does_not_come_makes_it_worse_at_once() -> None:
    thrift = AdaptiveQuality()
    thrift.on_ack_timeout()
    assert level(thrift) == 1


def test_five_seconds_of_fast_acks_make_it_better_up_to_the_best() -> None:
    thrift = AdaptiveQuality()
    thrift.on_ack_timeout()
    thrift.on_ack_timeout()
    now_s = acking(thrift, FAST_S, from_s=0.0, for_s=4.9)
    assert level(thrift) == 2
    now_s = acking(thrift, FAST_S, from_s=now_s, for_s=0.4)
    assert level(thrift) == 1
    acking(thrift, FAST_S, from_s=now_s, for_s=30.0)
    assert level(thrift) == 0


def test_one_that_is_not_fast_starts_the_five_seconds_anew() -> None:
    thrift = AdaptiveQuality()
    thrift.on_ack_timeout()
    now_s = acking(thrift, FAST_S, from_s=0.0, for_s=4.8)
    thrift.on_ack(FAIR_S, now_s)
    acking(thrift, FAST_S, from_s=now_s, for_s=4.8)
    assert level(thrift) == 1


def test_neither_fast_nor_slow_acks_change_anything() -> None:
    thrift = AdaptiveQuality()
    thrift.on_ack_timeout()
    acking(thrift, FAIR_S, from_s=0.0, for_s=60.0)
    assert level(thrift) == 1


@given(delays_s=st.lists(st.one_of(st.none(), st.floats(0.0, 5.0)), max_size=200))
def test_there_is_always_a_grade(delays_s: list[float | None]) -> None:
    thrift = AdaptiveQuality()
    for index, delay_s in enumerate(delays_s):
        before = level(thrift)
        if delay_s is None:
            thrift.on_ack_timeout()
        else:
            thrift.on_ack(delay_s, float(index))
        assert abs(level(thrift) - before) <= 1
        assert thrift.level.max_fps == pytest.approx(QUALITY_LEVELS[level(thrift)].max_fps)
