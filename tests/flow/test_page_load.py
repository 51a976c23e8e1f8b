import pytest

from marimo_rfb.flow.delivery_rate import Delivery
from marimo_rfb.flow.page_load import PageLoad


def load_after(*pictures: tuple[float, float, bool]) -> PageLoad:
    """Record pictures: how long the page was busy with each, how long it had it, and whether it was busy before."""
    load = PageLoad()
    for page_s, latency_s, is_page_busy in pictures:
        delivery = Delivery(
            sent_s=0.0,
            size_bytes=1000,
            queue_s=0.0,
            latency_s=1.0,
            transit_s=0.01,
            path_s=0.01,
            page_s=page_s,
            is_live=True,
            is_alone=False,
            is_page_busy=is_page_busy,
        )
        load.on_delivery(delivery, ack_delay_s=latency_s)
    return load


PIPELINED = [(0.04, 0.08, False)] + 20 * [(0.04, 0.08, True)]


def test_before_the_first_picture_nothing_is_held_back() -> None:
    load = PageLoad()
    assert load.interval_s == 0
    assert not load.is_full(100, rtt_s=0.0)


def test_a_page_that_works_at_two_pictures_at_a_time_has_no_queue() -> None:
    load = load_after(*PIPELINED)
    assert load.interval_s == pytest.approx(0.038, rel=0.01)
    assert not load.is_full(2, rtt_s=0.0)  # the third one waits, and no other
    assert load.is_full(4, rtt_s=0.0)
    assert not load.is_full(4, rtt_s=0.08)


def test_pictures_that_wait_make_it_slower() -> None:
    load = load_after(*PIPELINED, *20 * [(0.04, 0.12, True)])
    assert load.interval_s == pytest.approx(0.044, rel=0.01)


def test_what_one_takes_is_learned_when_the_page_was_idle() -> None:
    load = load_after(*PIPELINED, *20 * [(0.04, 0.12, True)], *20 * [(0.12, 0.12, False)])
    assert load.interval_s == pytest.approx(
        0.038, rel=0.01
    )  # that it was idle tells nothing of how often it can show one
    assert load.latency_s == pytest.approx(0.12, rel=0.01)


def test_smaller_pictures_are_expected_to_take_less() -> None:
    load = load_after(*PIPELINED)
    load.on_scaled(0.25)
    assert load.latency_s == pytest.approx(0.02, rel=0.01)
    assert load.interval_s == pytest.approx(0.038, rel=0.01)
