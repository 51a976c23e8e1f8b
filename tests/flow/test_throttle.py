import heapq
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.throttle import Throttle

MAX_HZ = 20.0
INTERVAL_S = 1 / MAX_HZ


def test_the_first_value_is_handed_over_at_once() -> None:
    coalescer = Throttle(MAX_HZ)
    assert not coalescer.pending
    assert coalescer.offer(100.0) == 0.0
    assert coalescer.pending


def test_a_value_goes_along_with_the_hand_over_that_is_on_its_way() -> None:
    coalescer = Throttle(MAX_HZ)
    coalescer.offer(100.0)
    assert coalescer.offer(100.0) is None
    assert coalescer.offer(200.0) is None


def test_a_value_soon_after_a_hand_over_waits_for_the_rest_of_the_spacing() -> None:
    coalescer = Throttle(MAX_HZ)
    coalescer.offer(100.0)
    coalescer.taken(100.0)
    assert not coalescer.pending
    assert coalescer.offer(100.02) == pytest.approx(INTERVAL_S - 0.02)


def test_a_value_long_after_a_hand_over_does_not_wait() -> None:
    coalescer = Throttle(MAX_HZ)
    coalescer.offer(100.0)
    coalescer.taken(100.0)
    assert coalescer.offer(100.0 + INTERVAL_S) == 0.0


def test_the_spacing_counts_from_when_the_value_was_taken_and_not_from_when_it_was_ordered() -> None:
    coalescer = Throttle(MAX_HZ)
    coalescer.offer(100.0)
    coalescer.taken(103.0)
    assert coalescer.offer(103.01) == pytest.approx(INTERVAL_S - 0.01)


class Source:
    """A clock, a source of numbered values, and a loop that hands the newest over `late_s` after it was asked to."""

    def __init__(self, *, late_s: Callable[[], float]) -> None:
        self.coalescer = Throttle(MAX_HZ)
        self.offered: list[float] = []
        self.handed: list[tuple[float, int]] = []
        self._late_s = late_s
        self._order = itertools.count()
        self._agenda: list[tuple[float, int, bool]] = []
        self._now_s = 0.0

    def run(self, offers_s: list[float]) -> None:
        for when_s in offers_s:
            heapq.heappush(self._agenda, (when_s, next(self._order), True))
        while self._agenda:
            self._now_s, _, is_offer = heapq.heappop(self._agenda)
            if is_offer:
                self._offer()
            else:
                self._hand_over()

    def _offer(self) -> None:
        self.offered.append(self._now_s)
        wait_s = self.coalescer.offer(self._now_s)
        if wait_s is not None:
            when_s = self._now_s + wait_s + self._late_s()
            heapq.heappush(self._agenda, (when_s, next(self._order), False))

    def _hand_over(self) -> None:
        self.coalescer.taken(self._now_s)
        self.handed.append((self._now_s, len(self.offered)))

    @property
    def smallest_interval_s(self) -> float:
        return min((b - a for (a, _), (b, _) in itertools.pairwise(self.handed)), default=INTERVAL_S)


def test_of_a_thousand_values_a_second_twenty_are_handed_over() -> None:
    source = Source(late_s=lambda: 0.0)
    source.run([n / 1000 for n in range(10_000)])
    assert len(source.handed) == pytest.approx(10 * MAX_HZ, abs=5)
    assert source.smallest_interval_s >= INTERVAL_S - 1e-9
    assert source.handed[-1][1] == 10_000
    oldest_s = max(b - source.offered[a - 1] for (_, a), (b, _) in itertools.pairwise(source.handed))
    assert oldest_s <= INTERVAL_S + 0.002


def test_a_slow_loop_gets_fewer_and_still_the_newest() -> None:
    source = Source(late_s=itertools.cycle([0.0, 0.2, 0.03]).__next__)
    source.run([n / 1000 for n in range(10_000)])
    assert 10 / (INTERVAL_S + 0.2) < len(source.handed) < 10 * MAX_HZ
    assert source.smallest_interval_s >= INTERVAL_S - 1e-9
    assert source.handed[-1][1] == 10_000


@given(
    offers_s=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=60),
    lates_s=st.lists(st.floats(0.0, 0.5), min_size=1, max_size=5),
)
def test_whatever_comes_when_the_newest_is_handed_over_and_never_too_often(
    offers_s: list[float], lates_s: list[float]
) -> None:
    source = Source(late_s=itertools.cycle(lates_s).__next__)
    source.run(offers_s)
    assert source.handed[-1][1] == len(offers_s)
    assert source.smallest_interval_s >= INTERVAL_S - 1e-9
    assert not source.coalescer.pending
