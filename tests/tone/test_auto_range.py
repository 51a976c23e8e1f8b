from typing import Any

import numpy as np
import pytest

from marimo_rfb.tone.auto_range import UNIT_RANGE, AutoRange, auto_range


@pytest.mark.parametrize(
    ("numbers", "dtype", "expected"),
    [
        ([0, 9], np.uint8, AutoRange(0.0, 255.0, 255.0)),
        ([False, True], bool, UNIT_RANGE),
        ([-5.0, np.nan], np.float32, UNIT_RANGE),
        ([0, 9], np.int8, AutoRange(0.0, 255.0, 255.0, "bytes", (0, 9))),
        ([0, 255], np.int64, AutoRange(0.0, 255.0, 255.0, "bytes", (0, 255))),
        ([7, 256], np.uint16, AutoRange(0.0, 65535.0, 65535.0, "whole type", (7, 256))),
        ([7, 2**64 - 1], np.uint64, AutoRange(0.0, 2.0**64, 2.0**64, "whole type", (7, 2**64 - 1))),
        ([7, 256], np.int16, AutoRange(7.0, 256.0, 32767.0, "first picture", (7, 256))),
        ([-128, 127], np.int8, AutoRange(-128.0, 127.0, 127.0, "first picture", (-128, 127))),
        ([-5, -5], np.int16, AutoRange(-5.0, -4.0, 32767.0, "first picture", (-5, -5))),
    ],
)
def test_the_range_is_that_of_the_type_or_of_the_numbers(numbers: Any, dtype: Any, expected: AutoRange) -> None:
    assert auto_range(np.array([numbers], dtype)) == expected


def test_large_numbers_that_are_equal_as_floats_still_have_a_range() -> None:
    found = auto_range(np.array([[2**63 - 1, 2**63 - 2]]))
    assert found is not None
    assert found.low < found.high


def test_masked_numbers_do_not_count() -> None:
    found = auto_range(np.ma.masked_less(np.array([[-9999, 3]]), 0))
    assert found is not None
    assert found.origin == "bytes"
    assert auto_range(np.ma.masked_all((2, 2), np.int32)) is None
