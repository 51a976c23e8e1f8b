import pytest

from marimo_rfb.flow.delays import Delays


def test_an_ack_tells_how_long_its_frame_took() -> None:
    delays = Delays()
    delays.sent(1, 10.0)
    delays.sent(2, 10.5)
    assert delays.acked(1, 11.0) == pytest.approx(1.0)
    assert delays.acked(2, 11.0) == pytest.approx(0.5)


def test_an_ack_of_several_frames_tells_of_the_newest() -> None:
    delays = Delays()
    for seq, now_s in ((3, 1.0), (5, 2.0), (9, 3.0)):
        delays.sent(seq, now_s)
    assert delays.acked(7, 4.0) == pytest.approx(2.0)
    assert delays.acked(9, 4.0) == pytest.approx(1.0)


def test_an_ack_of_nothing_new_tells_nothing() -> None:
    delays = Delays()
    assert delays.acked(1, 1.0) is None
    delays.sent(4, 1.0)
    assert delays.acked(3, 2.0) is None
    assert delays.acked(4, 2.0) == pytest.approx(1.0)
    assert delays.acked(4, 3.0) is None


def test_a_frame_that_is_sent_again_counts_from_the_last_time() -> None:
    delays = Delays()
    delays.sent(4, 1.0)
    delays.sent(4, 5.0)
    assert delays.acked(4, 6.0) == pytest.approx(1.0)


def test_of_a_viewer_that_never_acks_only_the_last_frames_are_kept() -> None:
    delays = Delays()
    for seq in range(1000):
        delays.sent(seq, float(seq))
    assert delays.acked(900, 2000.0) is None
    assert delays.acked(999, 2000.0) == pytest.approx(1001.0)
