import pytest

from marimo_rfb.stream.stats import StreamStats


def test_a_new_stream_has_counted_nothing() -> None:
    assert set(StreamStats().as_dict().values()) == {0}


def test_an_encoded_frame_counts_with_its_bytes() -> None:
    stats = StreamStats()
    stats.count_encoded(100, 0.002)
    stats.count_encoded(50, 0.002)
    assert (stats.encoded, stats.encoded_bytes) == (2, 150)


def test_the_time_of_encoding_is_a_moving_average_that_starts_at_the_first() -> None:
    stats = StreamStats()
    stats.count_encoded(1, 0.010)
    assert stats.encode_ms == pytest.approx(10.0)
    stats.count_encoded(1, 0.020)
    assert stats.encode_ms == pytest.approx(11.0)
    for _ in range(200):
        stats.count_encoded(1, 0.020)
    assert stats.encode_ms == pytest.approx(20.0)


def test_the_time_of_rendering_is_averaged_apart() -> None:
    stats = StreamStats()
    stats.count_encoded(1, 0.500)
    stats.count_rendered(0.010)
    assert (stats.rendered, stats.render_ms) == (1, pytest.approx(10.0))
    stats.count_rendered(0.020)
    assert (stats.rendered, stats.render_ms) == (2, pytest.approx(11.0))
    assert stats.encode_ms == pytest.approx(500.0)


def test_everything_counted_is_told() -> None:
    assert StreamStats(published=3, unchanged=1).as_dict() == {
        "published": 3,
        "encoded": 0,
        "unchanged": 1,
        "settled": 0,
        "encode_errors": 0,
        "encoded_bytes": 0,
        "encode_ms": 0.0,
        "rendered": 0,
        "skipped": 0,
        "render_errors": 0,
        "render_ms": 0.0,
    }
