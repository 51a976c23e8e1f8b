import math

from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.debouncer import Debouncer


def test_what_never_changed_never_comes_to_rest() -> None:
    timer = Debouncer(0.25)
    assert timer.due_s == math.inf
    assert not timer.take(1e9)


def test_it_is_told_once_a_rest() -> None:
    timer = Debouncer(0.25)
    timer.on_change(10.0)
    assert timer.due_s == 10.25
    assert [timer.take(now_s) for now_s in (10.0, 10.2, 10.25, 10.3, 99.0)] == [False, False, True, False, False]
    timer.on_change(100.0)
    assert timer.take(100.25)


@given(st.lists(st.floats(0, 0.24), min_size=1))
def test_what_goes_on_changing_does_not_come_to_rest(pauses_s: list[float]) -> None:
    timer, now_s = Debouncer(0.25), 0.0
    for pause_s in pauses_s:
        timer.on_change(now_s)
        now_s += pause_s
        assert not timer.take(now_s)


def test_a_rest_without_end_is_none() -> None:
    timer = Debouncer(math.inf)
    timer.on_change(1.0)
    assert timer.due_s == math.inf
