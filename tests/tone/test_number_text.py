from typing import Any

import numpy as np
import pytest

from marimo_rfb.tone.number_text import number_of, number_texts


@pytest.mark.parametrize(
    ("number", "dtype", "text"),
    [
        (2**64 - 1, np.uint64, "18446744073709551615"),
        (-(2**63), np.int64, "-9223372036854775808"),
        (1234, ">u2", "1234"),
        (True, bool, "True"),
        (0.1, np.float32, "0.1"),
        (1 / 3, np.float64, "0.333333"),
        (-1.2345678e-300, np.float64, "-1.23457e-300"),
        (5.0, np.float16, "5"),
        (np.nan, np.float32, "nan"),
        (-np.inf, np.float32, "-inf"),
        (1e10, np.longdouble, "1e+10"),
    ],
)
def test_a_number_is_told_exactly_or_in_six_digits(number: float, dtype: Any, text: str) -> None:
    assert number_texts(np.array([[number]], dtype)) == (text,)
    assert len(text) <= 24


def test_they_come_row_by_row_and_say_what_is_masked() -> None:
    assert number_texts(np.ma.masked_equal(np.array([[1, 2], [3, 4]]), 3)) == ("1", "2", "masked", "4")


@pytest.mark.parametrize(
    ("number", "kind"), [(np.uint8(5), int), (np.float16(0.5), float), (np.longdouble(2), float), (np.True_, bool)]
)
def test_a_number_is_one_of_python(number: Any, kind: type) -> None:
    assert number_of(number) == number
    assert type(number_of(number)) is kind


def test_a_masked_number_is_none() -> None:
    assert number_of(np.ma.masked) is None
