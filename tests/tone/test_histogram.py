import json
import math
from typing import Any

import numpy as np
import pytest

from marimo_rfb.tone.histogram import MAX_NUMBERS, histogram_of

RNG = np.random.default_rng(5)


def found(data: Any) -> Any:
    histogram = histogram_of(np.asanyarray(data))
    assert histogram is not None
    assert histogram.low < histogram.high
    assert histogram.auto_min < histogram.auto_max
    assert len(histogram.counts) <= 256
    json.dumps([histogram.low, histogram.high, histogram.auto_min, histogram.auto_max], allow_nan=False)
    return histogram


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, ">i2", np.int64, np.uint64])
def test_integers_of_few_values_get_a_bin_each(dtype: Any) -> None:
    histogram = found(np.array([[3, 3, 5, 6]], dtype))
    assert (histogram.low, histogram.high, histogram.counts) == (2.5, 6.5, (2, 0, 1, 1))


def test_all_numbers_of_a_byte_have_their_bins() -> None:
    for dtype in (np.int8, np.uint8):
        histogram = found(np.arange(256, dtype=np.uint8).view(dtype).reshape(16, 16))
        assert histogram.counts == (1,) * 256


def test_other_numbers_are_counted_in_256_bins_of_equal_width() -> None:
    data = RNG.normal(100, 20, (300, 200))
    histogram = found(data)
    counts, edges = np.histogram(data, 256)
    assert histogram.counts == tuple(counts)
    assert (histogram.low, histogram.high) == (edges[0], edges[-1])
    np.testing.assert_allclose((histogram.auto_min, histogram.auto_max), np.percentile(data, [0.35, 99.65]))


def test_the_range_leaves_out_what_is_brighter_than_nearly_all() -> None:
    data = RNG.integers(100, 200, (100, 100)).astype(np.uint16)
    data[0, :10] = 60_000
    histogram = found(data)
    assert 100 <= histogram.auto_min < histogram.auto_max < 200


def test_a_hot_pixel_is_counted_in_the_last_bin_and_the_others_have_bins_of_their_own() -> None:
    data = RNG.normal(0, 1, (100, 100))
    data[0, 0], data[0, 1] = 1e6, -1e6
    histogram = found(data)
    assert -7 < histogram.low < -4
    assert 4 < histogram.high < 7
    assert (histogram.counts[0], histogram.counts[-1]) == (1, 1)
    assert np.count_nonzero(histogram.counts) > 50


def test_bins_of_integers_are_whole_numbers_wide() -> None:
    histogram = found(np.arange(600, dtype=np.uint16).reshape(20, 30))
    assert (histogram.low, histogram.high, set(histogram.counts)) == (-0.5, 599.5, {3})


def test_a_background_with_little_in_it_has_the_range_of_all() -> None:
    data = np.zeros((100, 100))
    data[0, 0] = 7
    histogram = found(data)
    assert (histogram.auto_min, histogram.auto_max) == (0, 7)


def test_bool_has_two_bins() -> None:
    histogram = found(np.array([[True, False, True]]))
    assert (histogram.low, histogram.high, histogram.counts) == (-0.5, 1.5, (1, 2))


def test_what_is_no_number_and_what_is_masked_is_left_out() -> None:
    assert found([[np.nan, 1.0, np.inf, 2.0, -np.inf]]).counts[0] == 1
    assert found(np.ma.masked_less(np.array([[-9999, 1, 2]]), 0)).counts == (1, 1)
    assert histogram_of(np.array([[np.nan]])) is None
    assert histogram_of(np.ma.masked_all((2, 2))) is None


@pytest.mark.parametrize(
    "data",
    [
        [[5.0, 5.0]],
        [[0, 0]],
        [[1e300, 1e300]],
        [[-1.7e308, 1.7e308]],
        [[1.0, math.nextafter(1.0, 2.0)]],
        [[5e-324, 0.0]],
        [[2**63 - 1, -(2**63)]],
        [[2**53, 2**53 + 300]],
        np.array([[0, 2**64 - 1]], np.uint64),
        np.array([[6e4, -6e4]], np.float16),
        np.array([["1e4000", "1"]], np.longdouble),
    ],
    ids=str,
)
def test_any_numbers_have_a_finite_histogram(data: Any) -> None:
    assert sum(found(data).counts) == np.asarray(data).size


def test_of_a_large_picture_a_million_numbers_count() -> None:
    assert 0.2 * MAX_NUMBERS <= sum(found(RNG.normal(0, 1, (1500, 1500))).counts) <= MAX_NUMBERS
