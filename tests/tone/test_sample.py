import numpy as np
import pytest

from marimo_rfb.tone.sample import sample, thinned


@pytest.mark.parametrize("shape", [(1, 1), (31, 33), (480, 640), (1080, 1920)])
def test_a_sample_is_small_and_from_the_whole_picture(shape: tuple[int, int]) -> None:
    numbers = sample(np.arange(shape[0] * shape[1], dtype=">i4").reshape(shape))
    assert numbers.size <= 65 * 65
    assert numbers.dtype.isnative
    assert numbers.max() >= 0.95 * (shape[0] * shape[1] - 1)


def test_what_is_no_number_masked_or_alpha_is_left_out() -> None:
    assert sample(np.array([[np.nan, 1.0, np.inf]])).tolist() == [1.0]
    assert sample(np.ma.masked_equal(np.array([[5, 6]]), 5)).tolist() == [6]
    assert sample(np.array([[[1, 2, 3, 99]]])).tolist() == [1, 2, 3]


@pytest.mark.parametrize("width", [10, 100, 1000])
def test_a_thinned_picture_is_of_all_its_columns(width: int) -> None:
    data = np.broadcast_to(np.arange(width), (1000, width))
    numbers = thinned(data, at_most=2000)
    assert numbers.size <= 2000
    assert len(np.unique(numbers)) >= min(width, 500)


def test_a_small_picture_is_not_thinned() -> None:
    assert thinned(np.array([[3, 1], [2, 0]]), at_most=4).tolist() == [3, 1, 2, 0]
