import pytest

from marimo_rfb.flow.ack_latency import AckLatency


def test_an_ack_tells_how_long_its_frame_took() -> None:
    delays = AckLatency()
    delays.on_sent(1, 10.0)
    delays.on_sent(2, 10.5)
    assert delays.on_ack(1, 11.0) == pytest.approx(1.0)
    assert delays.on_ack(2, 11.0) == pytest.approx(0.5)


def test_an_ack_of_several_frames_tells_of_the_newest() -> None:
    delays = AckLatency()
    for seq, now_s in ((3, 1.0), (5, 2.0), (9, 3.0)):
        delays.on_sent(seq, now_s)
    assert delays.on_ack(7, 4.0) == pytest.approx(2.0)
    assert delays.on_ack(9, 4.0) == pytest.approx(1.0)


def test_an_ack_of_nothing_new_tells_nothing() -> None:
    delays = AckLatency()
    assert delays.on_ack(1, 1.0) is None
    delays.on_sent(4, 1.0)
    assert delays.on_ack(3, 2.0) is None
    assert delays.on_ack(4, 2.0) == pytest.approx(1.0)
    assert delays.on_ack(4, 3.0) is None


def test_a_frame_that_is_sent_again_counts_from_the_last_time() -> None:
    delays = AckLatency()
    delays.on_sent(4, 1.0)
    delays.on_sent(4, 5.0)
    assert delays.on_ack(4, 6.0) == pytest.approx(1.0)


def test_of_a_viewer_that_never_acks_only_the_last_frames_are_kept() -> None:
    delays = AckLatency()
    for seq in range(1000):
        delays.on_sent(seq, float(seq))
    assert delays.on_ack(900, 2000.0) is None
    assert delays.on_ack(999, 2000.0) == pytest.approx(1001.0)
