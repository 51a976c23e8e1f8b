import pytest

from marimo_rfb.flow.picture_sizes import PictureSizes
from marimo_rfb.flow.quality_level import LAYERS


def whole(sizes: PictureSizes, size_bytes: int, *, is_sent: bool = True) -> None:
    sizes.on_encoded(size_bytes, is_whole=True, is_sent=is_sent)


def test_without_a_picture_nothing_is_known() -> None:
    sizes = PictureSizes(LAYERS)
    assert sizes.next_bytes(3) == sizes.whole_bytes(3) == 0


def test_of_other_layers_it_assumes_noise_until_one_tells() -> None:
    sizes = PictureSizes(LAYERS)
    whole(sizes, 100_000)
    assert sizes.next_bytes(4) == sizes.whole_bytes(4) == pytest.approx(9_000)
    sizes.move(4)
    whole(sizes, 30_000)  # of a smooth picture: the square root
    assert sizes.next_bytes(4) == 30_000
    assert sizes.next_bytes(0) == pytest.approx(100_000)
    assert sizes.whole_bytes(2) == pytest.approx(100_000 * 0.31**0.5)


def test_what_grows_in_a_lower_layer_does_not_turn_the_estimate_round() -> None:
    sizes = PictureSizes(LAYERS)
    whole(sizes, 10_000)
    sizes.move(4)
    whole(sizes, 20_000)
    assert sizes.whole_bytes(7) < 20_000


def test_parts_are_small_and_a_whole_picture_is_not() -> None:
    sizes = PictureSizes(LAYERS)
    whole(sizes, 100_000)
    for _ in range(30):
        sizes.on_encoded(1_000, is_whole=False, is_sent=True)
    assert sizes.next_bytes(0) == pytest.approx(1_000, rel=0.01)
    assert sizes.whole_bytes(0) == 100_000
    sizes.move(4)
    assert sizes.whole_bytes(4) == pytest.approx(9_000)
    sizes.on_encoded(80, is_whole=False, is_sent=True)  # tells nothing of how layers differ
    assert sizes.growth(0) == pytest.approx(1 / 0.09)


def test_a_part_that_is_larger_than_the_last_whole_picture_tells_of_the_next_one() -> None:
    sizes = PictureSizes(LAYERS)
    whole(sizes, 10_000)
    sizes.on_encoded(50_000, is_whole=False, is_sent=True)
    assert sizes.whole_bytes(0) == 50_000


def test_a_picture_that_was_too_large_tells_of_whole_ones_and_not_of_what_is_sent() -> None:
    sizes = PictureSizes(LAYERS)
    sizes.on_encoded(1_000, is_whole=False, is_sent=True)
    whole(sizes, 200_000, is_sent=False)
    assert sizes.next_bytes(0) == 1_000
    sizes.move(4)
    sizes.move(5)
    whole(sizes, 20_000)  # compared with the one that was too large, though there was a layer in between
    assert sizes.whole_bytes(0) == pytest.approx(200_000)
