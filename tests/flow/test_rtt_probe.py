import pytest

from marimo_rfb.flow.delivery_rate import Delivery
from marimo_rfb.flow.rtt_probe import RttProbe

RTT_S = 0.02
RATE_BPS = 1e6
SIZE_BYTES = 5000  # which take 40 ms
WIRE_S = 8 * SIZE_BYTES / RATE_BPS


class Path:
    """Acks ten frames a second, of a path whose round trip was `RTT_S`."""

    def __init__(self) -> None:
        self.probe = RttProbe()
        self.now_s = 0.0
        self.ack(RTT_S)

    def ack(self, path_s: float, *, is_alone: bool = False, rate_bps: float = RATE_BPS) -> float | None:
        self.now_s += 0.1
        delivery = Delivery(
            sent_s=self.now_s - path_s - WIRE_S,
            size_bytes=SIZE_BYTES,
            queue_s=path_s + WIRE_S - RTT_S,
            latency_s=path_s + WIRE_S,
            transit_s=path_s + WIRE_S,
            path_s=path_s + WIRE_S,  # no pair has told the time on the wire
            page_s=0.0,
            is_live=True,
            is_alone=is_alone,
            is_page_busy=False,
        )
        return self.probe.on_delivery(delivery, self.now_s, rtt_s=RTT_S, rate_bps=rate_bps)

    def acks(self, path_s: float, for_s: float) -> None:
        for _ in range(round(for_s * 10)):
            assert self.ack(path_s) is None


@pytest.fixture
def path() -> Path:
    return Path()


def test_frames_that_take_longer_for_a_second_make_the_path_run_empty(path: Path) -> None:
    path.acks(0.2, 0.9)
    assert not path.probe.is_draining
    path.acks(0.2, 0.3)
    assert path.probe.is_draining


def test_a_frame_that_found_the_path_empty_tells_the_longer_round_trip(path: Path) -> None:
    path.acks(0.25, 1.2)
    path.acks(0.25, 0.2)  # which were in flight
    assert path.ack(0.2, is_alone=True) == pytest.approx(0.2)
    assert not path.probe.is_draining


def test_a_hiccup_of_that_frame_does_not_count(path: Path) -> None:
    path.acks(0.2, 1.2)
    assert path.ack(0.9, is_alone=True) == pytest.approx(0.2)


def test_a_queue_is_gone_once_the_path_is_empty(path: Path) -> None:
    path.acks(0.2, 1.2)
    assert path.ack(RTT_S, is_alone=True) == RTT_S
    assert not path.probe.is_draining


def test_a_busy_path_runs_empty_now_and_then_to_confirm_the_round_trip(path: Path) -> None:
    path.acks(RTT_S, 9.5)
    assert not path.probe.is_draining
    path.acks(RTT_S, 1)
    assert path.probe.is_draining
    assert path.ack(RTT_S + 0.005, is_alone=True) == pytest.approx(RTT_S + 0.005)
    assert not path.probe.is_draining


def test_a_path_that_is_often_empty_does_not_have_to(path: Path) -> None:
    for _ in range(10):
        path.acks(RTT_S, 4)
        assert path.ack(RTT_S, is_alone=True) is None
        assert not path.probe.is_draining


def test_what_takes_longer_now_and_then_is_no_longer_round_trip(path: Path) -> None:
    for _ in range(5):
        path.acks(0.2, 0.8)
        path.acks(RTT_S, 0.1)
    assert not path.probe.is_draining


def test_the_time_on_the_wire_is_no_round_trip(path: Path) -> None:
    path.acks(RTT_S, 3)
    assert not path.probe.is_draining


def test_a_rate_that_seems_lower_because_the_round_trip_is_longer_explains_nothing(path: Path) -> None:
    for _ in range(12):
        path.ack(0.2, rate_bps=8 * SIZE_BYTES / (0.2 + WIRE_S - RTT_S))
    assert path.ack(0.2, is_alone=True) == pytest.approx(0.2)


def test_the_path_does_not_run_empty_all_the_time(path: Path) -> None:
    path.acks(0.2, 1.2)
    path.ack(0.2, is_alone=True)
    path.acks(0.2, 4.5)  # as if nobody had believed it
    assert not path.probe.is_draining
    path.acks(0.2, 1)
    assert path.probe.is_draining
