from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.thrift import FULL, GRADES, Thrift

FAST_S, FAIR_S, SLOW_S = 0.05, 0.3, 0.8


def acking(thrift: Thrift, delay_s: float, *, from_s: float, for_s: float) -> float:
    """Ack ten times a second; return the time of the last ack."""
    now_s = from_s
    for _ in range(round(for_s * 10)):
        now_s += 0.1
        thrift.acked(delay_s, now_s)
    return now_s


def level(thrift: Thrift) -> int:
    return GRADES.index(thrift.grade)


def test_grades_go_from_good_to_bad_and_all_are_below_full() -> None:
    for better, worse in pairwise((FULL, *GRADES)):
        assert worse.quality < better.quality
        assert worse.max_pixels is not None
        assert worse.fps is not None
        assert worse.max_pixels < (better.max_pixels or 1e9)
        assert worse.fps < (better.fps or 1e9)


def test_it_begins_with_the_best() -> None:
    assert Thrift().grade == GRADES[0]


def test_a_second_of_slow_acks_makes_it_worse_and_a_shorter_spell_does_not() -> None:
    thrift = Thrift()
    now_s = acking(thrift, SLOW_S, from_s=0.0, for_s=0.9)
    assert level(thrift) == 0
    thrift.acked(FAIR_S, now_s + 0.1)  # the spell is over
    now_s = acking(thrift, SLOW_S, from_s=now_s + 0.1, for_s=0.9)
    assert level(thrift) == 0
    acking(thrift, SLOW_S, from_s=now_s, for_s=0.3)
    assert level(thrift) == 1


def test_each_further_second_makes_it_worse_down_to_the_worst() -> None:
    thrift = Thrift()
    now_s = acking(thrift, SLOW_S, from_s=0.0, for_s=2.6)
    assert level(thrift) == 2
    acking(thrift, SLOW_S, from_s=now_s, for_s=10.0)
    assert thrift.grade == GRADES[-1]


def test_an_ack_that_does_not_come_makes_it_worse_at_once() -> None:
    thrift = Thrift()
    thrift.missed()
    assert level(thrift) == 1


def test_five_seconds_of_fast_acks_make_it_better_up_to_the_best() -> None:
    thrift = Thrift()
    thrift.missed()
    thrift.missed()
    now_s = acking(thrift, FAST_S, from_s=0.0, for_s=4.9)
    assert level(thrift) == 2
    now_s = acking(thrift, FAST_S, from_s=now_s, for_s=0.4)
    assert level(thrift) == 1
    acking(thrift, FAST_S, from_s=now_s, for_s=30.0)
    assert level(thrift) == 0


def test_one_that_is_not_fast_starts_the_five_seconds_anew() -> None:
    thrift = Thrift()
    thrift.missed()
    now_s = acking(thrift, FAST_S, from_s=0.0, for_s=4.8)
    thrift.acked(FAIR_S, now_s)
    acking(thrift, FAST_S, from_s=now_s, for_s=4.8)
    assert level(thrift) == 1


def test_neither_fast_nor_slow_acks_change_anything() -> None:
    thrift = Thrift()
    thrift.missed()
    acking(thrift, FAIR_S, from_s=0.0, for_s=60.0)
    assert level(thrift) == 1


@given(delays_s=st.lists(st.one_of(st.none(), st.floats(0.0, 5.0)), max_size=200))
def test_there_is_always_a_grade(delays_s: list[float | None]) -> None:
    thrift = Thrift()
    for index, delay_s in enumerate(delays_s):
        before = level(thrift)
        if delay_s is None:
            thrift.missed()
        else:
            thrift.acked(delay_s, float(index))
        assert abs(level(thrift) - before) <= 1
        assert thrift.grade.fps == pytest.approx(GRADES[level(thrift)].fps)
