import heapq
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.congestion_window import CongestionWindow

MIN_FRAMES, MAX_FRAMES = 2, 32


def acking(window: CongestionWindow, *, rate_hz: float, from_s: float, for_s: float, first_seq: int = 1) -> float:
    """Send and ack `rate_hz` frames a second; return the time of the last ack."""
    now_s = from_s
    for seq in range(first_seq, first_seq + int(rate_hz * for_s)):
        now_s += 1 / rate_hz
        window.on_sent(seq)
        window.on_ack(seq, now_s)
    return now_s


def test_a_new_window_has_credit_for_the_least() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES, max_frames=MAX_FRAMES)
    assert (window.limit, window.in_flight, window.has_credit) == (MIN_FRAMES, 0, True)


def test_credit_ends_at_the_limit() -> None:
    window = CongestionWindow(min_frames=2)
    window.on_sent(1)
    assert window.has_credit
    window.on_sent(2)
    assert not window.has_credit
    assert window.in_flight == 2


def test_one_ack_frees_every_frame_before_it() -> None:
    window = CongestionWindow()
    for seq in (1, 4, 9):
        window.on_sent(seq)
    assert window.on_ack(4, 0.0) == 2
    assert window.in_flight == 1


def test_an_old_ack_frees_nothing() -> None:
    window = CongestionWindow()
    window.on_sent(5)
    assert window.on_ack(4, 0.0) == 0
    assert window.on_ack(-1, 0.0) == 0
    assert window.in_flight == 1


def test_an_ack_told_twice_counts_once() -> None:
    window = CongestionWindow()
    window.on_sent(1)
    assert window.on_ack(1, 0.0) == 1
    assert window.on_ack(1, 0.1) == 0


def test_a_frame_sent_again_after_a_start_over_is_freed_by_one_ack() -> None:
    window = CongestionWindow()
    window.on_sent(3)
    window.on_sent(3)
    assert window.on_ack(3, 0.0) == 2
    assert window.in_flight == 0


def test_a_reset_frees_everything_without_pretending_an_ack() -> None:
    window = CongestionWindow()
    window.on_sent(1)
    window.on_sent(2)
    window.reset()
    assert window.in_flight == 0
    assert window.on_ack(2, 0.0) == 0


def test_a_round_trip_alone_does_not_widen_the_window() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES)
    window.on_rtt(0.5, 0.0)
    assert window.rtt_s == 0.5
    assert window.limit == MIN_FRAMES


def test_acks_alone_do_not_widen_the_window() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES)
    acking(window, rate_hz=60, from_s=0, for_s=3)
    assert window.rtt_s is None
    assert window.limit == MIN_FRAMES


@pytest.mark.parametrize(
    ("rtt_s", "rate_hz", "on_the_way"), [(0.0, 60, 0), (0.0005, 60, 0), (0.1, 30, 3), (0.25, 30, 8), (0.1, 60, 6)]
)
def test_the_window_holds_what_arrives_during_one_round_trip(rtt_s: float, rate_hz: float, on_the_way: int) -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES, max_frames=MAX_FRAMES)
    window.on_rtt(rtt_s, 0.0)
    acking(window, rate_hz=rate_hz, from_s=0.0, for_s=3.0)
    assert window.limit == MIN_FRAMES + on_the_way


def test_the_window_never_passes_the_most() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES, max_frames=MAX_FRAMES)
    window.on_rtt(10.0, 0.0)
    acking(window, rate_hz=500, from_s=0.0, for_s=2.0)
    assert window.limit == MAX_FRAMES


def test_the_smallest_round_trip_counts_because_it_waited_in_no_queue() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES)
    for rtt_s in (0.4, 0.1, 0.9):
        window.on_rtt(rtt_s, 0.0)
    assert window.rtt_s == 0.1


def test_a_shorter_way_shrinks_the_window_at_once() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES)
    window.on_rtt(0.25, 0.0)
    end_s = acking(window, rate_hz=60, from_s=0.0, for_s=3.0)
    assert window.limit > 10
    window.on_rtt(0.0, end_s)
    assert window.limit == MIN_FRAMES


def test_a_longer_way_widens_the_window_once_the_short_one_is_forgotten() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES)
    window.on_rtt(0.0, 0.0)
    acking(window, rate_hz=30, from_s=0.0, for_s=2.0)
    now_s = 2.0
    while now_s < 25.0:
        window.on_rtt(0.2, now_s)
        acking(window, rate_hz=30, from_s=now_s, for_s=1.0, first_seq=int(now_s) * 100)
        now_s += 1.0
    assert window.limit == MIN_FRAMES + 6


def test_a_longer_way_that_is_proved_widens_the_window_at_once() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES)
    window.on_rtt(0.02, 0.0)
    end_s = acking(window, rate_hz=30, from_s=0.0, for_s=3.0)
    window.on_probed_rtt(0.2, end_s)
    assert window.rtt_s == 0.2
    assert window.limit == MIN_FRAMES + 6
    window.on_rtt(0.1, end_s)
    assert window.rtt_s == 0.1


def test_a_lower_rate_shrinks_the_window_once_the_high_one_is_forgotten() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES)
    now_s = acking(window, rate_hz=60, from_s=0.0, for_s=3.0)
    window.on_rtt(0.2, now_s)
    wide = window.limit
    for second in range(30):
        window.on_rtt(0.2, now_s)
        now_s = acking(window, rate_hz=5, from_s=now_s, for_s=1.0, first_seq=1000 + 10 * second)
    assert wide == MIN_FRAMES + 12
    assert window.limit == MIN_FRAMES + 1


def test_a_burst_of_acks_does_not_read_as_an_absurd_rate() -> None:
    window = CongestionWindow(min_frames=MIN_FRAMES, max_frames=MAX_FRAMES)
    window.on_rtt(0.1, 0.0)
    for seq in range(1, 4):
        window.on_sent(seq)
    for seq in range(1, 4):
        window.on_ack(seq, 10.0 + seq * 1e-6)
    assert window.limit <= MIN_FRAMES + 2


@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "ack", "ping", "reset"]), st.floats(0, 5), st.integers(0, 40)), max_size=80
    )
)
def test_whatever_happens_the_limit_is_between_least_and_most(steps: list[tuple[str, float, int]]) -> None:
    window, now_s, seq = CongestionWindow(min_frames=MIN_FRAMES, max_frames=MAX_FRAMES), 0.0, 0
    for step, value, number in steps:
        now_s += value / 10
        if step == "send":
            seq += 1
            window.on_sent(seq)
        elif step == "ack":
            window.on_ack(number, now_s)
        elif step == "ping":
            window.on_rtt(value, now_s)
        else:
            window.reset()
        assert MIN_FRAMES <= window.limit <= MAX_FRAMES
        assert window.in_flight >= 0


class Path:
    """A source, a way and a browser that decodes one frame after the other; all in simulated time."""

    def __init__(self, *, fps: float, rtt_s: float, decode_s: float) -> None:
        self.window = CongestionWindow()
        self.shown: list[tuple[float, float]] = []  # when, how old
        self.most_in_flight = 0
        self.decode_s = decode_s
        self._rtt_s, self._fps = rtt_s, fps
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._now_s = 0.0
        self._newest: tuple[int, float] | None = None
        self._free_s = 0.0
        self._at(0.0, lambda: self._publish(1))
        self._at(self._rtt_s, self._ping)

    def run(self, until_s: float) -> None:
        while self._agenda and self._agenda[0][0] <= until_s:
            self._now_s, _, action = heapq.heappop(self._agenda)
            action()

    def fps_between(self, start_s: float, end_s: float) -> float:
        return sum(start_s <= when_s < end_s for when_s, _ in self.shown) / (end_s - start_s)

    def oldest_between(self, start_s: float, end_s: float) -> float:
        return max(age_s for when_s, age_s in self.shown if start_s <= when_s < end_s)

    def _at(self, when_s: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (when_s, next(self._order), action))

    def _publish(self, seq: int) -> None:
        self._newest = (seq, self._now_s)
        self._at(seq / self._fps, lambda: self._publish(seq + 1))
        self._send()

    def _ping(self) -> None:
        self.window.on_rtt(self._rtt_s, self._now_s)
        self._at(self._now_s + 1.0, self._ping)

    def _send(self) -> None:
        if self._newest is None or not self.window.has_credit:
            return
        (seq, published_s), self._newest = self._newest, None
        self.window.on_sent(seq)
        self.most_in_flight = max(self.most_in_flight, self.window.in_flight)
        self._at(self._now_s + self._rtt_s / 2, lambda: self._arrive(seq, published_s))

    def _arrive(self, seq: int, published_s: float) -> None:
        self._free_s = max(self._free_s, self._now_s) + self.decode_s
        self._at(self._free_s, lambda: self._show(seq, published_s))

    def _show(self, seq: int, published_s: float) -> None:
        self.shown.append((self._now_s, self._now_s - published_s))
        self._at(self._now_s + self._rtt_s / 2, lambda: self._ack(seq))

    def _ack(self, seq: int) -> None:
        self.window.on_ack(seq, self._now_s)
        self._send()


@pytest.mark.parametrize("rtt_s", [0.0, 0.1, 0.25])
def test_thirty_frames_a_second_are_reached_at_any_round_trip(rtt_s: float) -> None:
    path = Path(fps=30, rtt_s=rtt_s, decode_s=0.005)
    path.run(12.0)
    assert path.fps_between(6.0, 12.0) == pytest.approx(30.0, abs=0.4)
    assert path.oldest_between(6.0, 12.0) < rtt_s / 2 + 0.05


@pytest.mark.parametrize("rtt_s", [0.0, 0.1, 0.25])
def test_a_slow_decoder_gets_what_it_can_show_and_no_queue_before_it(rtt_s: float) -> None:
    path = Path(fps=60, rtt_s=rtt_s, decode_s=0.1)
    path.run(30.0)
    assert path.fps_between(15.0, 30.0) == pytest.approx(10.0, abs=0.5)
    # On the way, being decoded, one waiting so that the decoder is never idle, and one for rounding.
    assert path.oldest_between(15.0, 30.0) < rtt_s / 2 + 4 * 0.1
    assert path.window.limit <= MIN_FRAMES + rtt_s / 0.1 + 1


def test_a_decoder_that_gets_slow_loses_its_queue_again() -> None:
    path = Path(fps=60, rtt_s=0.25, decode_s=0.002)
    path.run(10.0)
    wide = path.window.limit
    path.decode_s = 0.2
    path.run(60.0)
    assert wide > 10
    assert path.window.limit <= MIN_FRAMES + 2
    assert path.oldest_between(50.0, 60.0) < 0.25 / 2 + 4 * 0.2


class TestForgiving:
    def test_the_oldest_frame_in_flight_is_counted_as_done(self) -> None:
        window = CongestionWindow(min_frames=2)
        window.on_sent(1)
        window.on_sent(2)
        window.on_ack_timeout()
        assert (window.in_flight, window.has_credit) == (1, True)
        assert window.on_ack(1, 1.0) == 0  # it was the first
        assert window.on_ack(2, 1.0) == 1

    def test_with_nothing_in_flight_there_is_nothing_to_forgive(self) -> None:
        window = CongestionWindow(min_frames=2)
        window.on_ack_timeout()
        window.on_sent(1)
        assert window.in_flight == 1

    def test_it_says_nothing_of_how_fast_acks_come(self) -> None:
        window = CongestionWindow(min_frames=2)
        window.on_rtt(10.0, 0.0)
        for seq in range(1, 100):
            window.on_sent(seq)
            window.on_ack_timeout()
        assert window.limit == 2
