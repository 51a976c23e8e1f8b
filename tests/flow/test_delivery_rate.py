import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.delivery_rate import DeliveryRate


def test_without_an_ack_nothing_is_known() -> None:
    rate = DeliveryRate()
    rate.on_sent(1, 5000, 0.0)
    assert rate.rate_bps is None
    assert rate.in_flight_bytes == 5000
    assert rate.oldest_age_s(0.5) == 0.5
    assert rate.on_ack(0, 0.1, rtt_s=0.0) is None


def test_the_rate_is_that_of_the_link_although_little_is_sent() -> None:
    rate = DeliveryRate()
    for seq in range(1, 20):  # 10 kB ten times a second, of which each takes 10 ms and a round trip
        rate.on_sent(seq, 10_000, seq / 10)
        rate.on_ack(seq, seq / 10 + 0.01 + 0.04, rtt_s=0.04)
    assert rate.rate_bps == pytest.approx(8e6)


def test_the_rate_is_that_of_the_link_although_frames_queue() -> None:
    rate = DeliveryRate()
    for seq in range(1, 20):
        rate.on_sent(seq, 10_000, 0.0)
    for seq in range(1, 20):
        delivery = rate.on_ack(seq, 0.04 + seq / 100, rtt_s=0.04)
        assert delivery is not None
        assert delivery.queue_s == pytest.approx(seq / 100)
    assert rate.rate_bps == pytest.approx(8e6)


def test_the_time_that_a_page_takes_is_not_the_paths() -> None:
    rate = DeliveryRate()
    rate.on_sent(1, 10_000, 0.0)
    delivery = rate.on_ack(1, 0.35, rtt_s=0.04, ack_delay_s=0.3)
    assert delivery is not None
    assert delivery.queue_s == pytest.approx(0.01)
    assert rate.rate_bps == pytest.approx(8e6)


def test_one_very_late_frame_tells_that_the_link_is_slow_at_once() -> None:
    rate = DeliveryRate()
    for seq in range(1, 100):
        rate.on_sent(seq, 10_000, seq / 100)
        rate.on_ack(seq, seq / 100 + 0.001, rtt_s=0.0)
    rate.on_sent(100, 10_000, 1.0)
    rate.on_ack(100, 1.8, rtt_s=0.0)
    assert rate.rate_bps is not None
    assert rate.rate_bps < 2e6


def test_a_faster_link_is_noticed_within_a_second() -> None:
    rate = DeliveryRate()
    rate.on_sent(1, 10_000, 0.0)
    rate.on_ack(1, 0.8, rtt_s=0.0)
    for seq in range(2, 32):
        rate.on_sent(seq, 10_000, 0.8 + seq / 30)
        rate.on_ack(seq, 0.801 + seq / 30, rtt_s=0.0)
    assert rate.rate_bps is not None
    assert rate.rate_bps > 8e6 / 8


def acking(rate: DeliveryRate, size_bytes: int, *, takes_s: float, seqs: range) -> float:
    """Send and ack frames ten a second; return the time after the last."""
    for seq in seqs:
        rate.on_sent(seq, size_bytes, seq / 10)
        rate.on_ack(seq, seq / 10 + takes_s, rtt_s=0.0)
    return seqs.stop / 10


def test_large_frames_leave_no_higher_rate_possible_and_small_ones_any() -> None:
    rate = DeliveryRate()
    assert rate.highest_bps(0.0) == math.inf
    now_s = acking(rate, 10_000, takes_s=0.08, seqs=range(1, 20))
    assert 1e6 <= rate.highest_bps(now_s) < 1.2e6
    small = DeliveryRate()
    now_s = acking(small, 200, takes_s=0.004, seqs=range(1, 20))
    assert small.rate_bps == pytest.approx(4e5)
    assert small.highest_bps(now_s) == math.inf


def test_frames_whose_times_differ_by_chance_leave_more_possible() -> None:
    rate = DeliveryRate()
    for seq in range(1, 40):
        rate.on_sent(seq, 1_000, seq / 10)
        rate.on_ack(seq, seq / 10 + (0.001, 0.02, 0.05)[seq % 3], rtt_s=0.0)
    assert rate.highest_bps(4.0) == math.inf


def test_what_large_frames_told_holds_for_a_while_although_small_ones_tell_nothing() -> None:
    rate = DeliveryRate()
    acking(rate, 10_000, takes_s=0.08, seqs=range(1, 10))
    now_s = acking(rate, 200, takes_s=0.0016, seqs=range(10, 30))
    assert 1e6 < rate.highest_bps(now_s) < 2e6
    assert rate.highest_bps(now_s + 5) == pytest.approx(2 * rate.highest_bps(now_s))
    acking(rate, 2_900, takes_s=0.002, seqs=range(30, 40))  # faster than it allows
    assert rate.highest_bps(4.0) == math.inf


def test_a_rate_that_was_not_the_paths_is_forgotten() -> None:
    rate = DeliveryRate()
    now_s = acking(rate, 10_000, takes_s=0.08, seqs=range(1, 10))
    rate.forget_rate()
    assert rate.rate_bps is None
    assert rate.highest_bps(now_s) == math.inf


def test_what_was_sent_behind_a_settled_picture_tells_nothing_of_live_ones() -> None:
    rate = DeliveryRate()
    rate.on_sent(1, 1_000_000, 0.0, is_live=False)
    rate.on_sent(2, 5_000, 0.1)
    told = [rate.on_ack(seq, 1.0, rtt_s=0.0) for seq in (1, 2)]
    assert [each is not None and each.is_live for each in told] == [False, False]
    rate.on_sent(3, 5_000, 1.1)
    third = rate.on_ack(3, 1.2, rtt_s=0.0)
    assert third is not None
    assert third.is_live


def test_what_was_sent_once_the_settled_picture_is_there_tells_of_live_ones_although_others_are_in_flight() -> None:
    rate = DeliveryRate()
    rate.on_sent(1, 1_000_000, 0.0, is_live=False)
    rate.on_sent(2, 5_000, 0.1)
    rate.on_ack(1, 0.9, rtt_s=0.0)
    rate.on_sent(3, 5_000, 0.95)
    told = [rate.on_ack(seq, 1.0, rtt_s=0.0) for seq in (2, 3)]
    assert [each is not None and each.is_live for each in told] == [False, True]


def test_the_round_trip_is_known_although_no_frame_was_alone() -> None:
    rate = DeliveryRate()
    paths_s = []
    for pair in range(5):  # each of a pair is on the wire for 20 ms, and a round trip takes 40 ms
        first = 2 * pair + 1
        for seq in (first, first + 1):
            rate.on_sent(seq, 20_000, pair * 0.1)
        for behind, seq in enumerate((first, first + 1), 1):
            delivery = rate.on_ack(seq, pair * 0.1 + 0.04 + behind * 0.02, rtt_s=0.04)
            assert delivery is not None
            paths_s.append(delivery.path_s)
    assert paths_s[0] == pytest.approx(0.06)  # of the first alone nothing is known
    assert paths_s[-2] == pytest.approx(0.04)
    assert min(paths_s) == pytest.approx(0.04)


def test_frames_that_are_sent_far_apart_tell_no_time_on_the_wire() -> None:
    rate = DeliveryRate()
    for seq in range(1, 10):
        rate.on_sent(seq, 20_000, seq)
        delivery = rate.on_ack(seq, seq + 0.06, rtt_s=0.04)
        assert delivery is not None
        assert delivery.path_s == pytest.approx(0.06)


@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(("send", "ack", "forget")),
            st.integers(-5, 60),
            st.floats(0, 5),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        max_size=60,
    ),
    rtt_s=st.floats(0, 10) | st.just(math.inf),
)
def test_no_ack_breaks_it(acts: list[tuple[str, int, float, float]], rtt_s: float) -> None:
    rate, now_s, sent = DeliveryRate(), 0.0, 0
    for act, number, wait_s, delay_s in acts:
        now_s += wait_s
        if act == "send":
            sent += 1
            rate.on_sent(sent, 1 + abs(number), now_s)
        elif act == "forget":
            rate.forget_in_flight()
        else:
            delivery = rate.on_ack(number, now_s, rtt_s=rtt_s, ack_delay_s=delay_s)
            if delivery is not None:
                assert 0 <= delivery.path_s <= now_s
                assert 0 <= delivery.page_s <= now_s
                assert 0 <= delivery.queue_s <= delivery.latency_s <= now_s
        assert rate.in_flight_bytes >= 0
        assert rate.rate_bps is None or 0 < rate.rate_bps < math.inf
