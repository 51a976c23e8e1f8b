import pytest

from marimo_rfb.flow.pacer import Pacer

WIRE_S = 0.05


def interval_s(pacer: Pacer, *, queue_s: float = 0.0, rtt_s: float = 0.02, min_interval_s: float = 0.0) -> float:
    """Send pictures as soon as they may be sent; return how far apart they are in the end."""
    sent_s = [1.0]
    for _ in range(50):
        now_s = sent_s[-1]
        pacer.on_sent(now_s, wire_s=WIRE_S, queue_s=queue_s, rtt_s=rtt_s, min_interval_s=min_interval_s)
        sent_s.append(now_s + pacer.wait_s(now_s))
    return sent_s[-1] - sent_s[-2]


def test_the_first_picture_waits_for_nothing() -> None:
    assert Pacer().wait_s(0.0) == 0


def test_without_a_queue_pictures_are_sent_somewhat_faster_than_the_link_takes_them() -> None:
    assert 0.85 * WIRE_S < interval_s(Pacer()) < WIRE_S


def test_the_longer_the_queue_the_slower() -> None:
    intervals_s = [interval_s(Pacer(), queue_s=queue_s) for queue_s in (0.0, 0.005, 0.02, 0.05)]
    assert intervals_s == sorted(set(intervals_s))
    assert intervals_s[2] > WIRE_S


def test_a_long_queue_does_not_stop_the_pictures() -> None:
    assert interval_s(Pacer(), queue_s=10.0) < 1.5 * WIRE_S


def test_on_a_long_round_trip_they_are_sent_hardly_faster_than_the_link_takes_them() -> None:
    assert interval_s(Pacer()) < interval_s(Pacer(), rtt_s=0.3) < WIRE_S


def test_they_are_as_far_apart_as_the_page_needs() -> None:
    assert interval_s(Pacer(), min_interval_s=0.2) == pytest.approx(0.2)


@pytest.mark.parametrize("encode_s", [0.002, 0.01, 0.025])
def test_the_link_is_not_idle_while_a_picture_is_encoded(encode_s: float) -> None:
    pacer, now_s, free_s, idle_s = Pacer(), 1.0, 1.0, 0.0
    for number in range(60):
        queue_s = max(0.0, free_s - now_s)
        idle_s += max(0.0, now_s - free_s) if number > 20 else 0.0
        free_s = max(free_s, now_s) + WIRE_S
        pacer.on_sent(now_s, wire_s=WIRE_S, queue_s=queue_s, rtt_s=0.02, min_interval_s=0.0)
        now_s += pacer.wait_s(now_s) + encode_s
    assert idle_s < 0.02 * 40 * WIRE_S
    assert queue_s < 0.02


def test_a_viewer_that_starts_over_waits_for_nothing() -> None:
    pacer = Pacer()
    pacer.on_sent(1.0, wire_s=5.0, queue_s=0.0, rtt_s=0.02, min_interval_s=0.0)
    assert pacer.wait_s(1.0) > 0
    pacer.reset()
    assert pacer.wait_s(1.0) == 0
