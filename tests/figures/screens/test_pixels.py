import numpy as np

from marimo_rfb.figures.screens.pixels import stretched


def test_a_buffer_is_stretched_by_whole_pixels() -> None:
    buffer = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    double = stretched(buffer, 6, 4)
    assert np.array_equal(double, buffer.repeat(2, axis=0).repeat(2, axis=1))
    assert np.array_equal(stretched(double, 3, 2), buffer)
    assert stretched(buffer, 5, 1)[..., 0].tolist() == [[0, 0, 4, 4, 8]]
    assert stretched(buffer, 3, 2) is buffer


def test_numbers_are_stretched_too() -> None:
    assert stretched(np.array([[1, 2]], np.uint8), 4, 2).tolist() == [[1, 1, 2, 2]] * 2


def test_a_buffer_without_pixels_stays_empty() -> None:
    assert stretched(np.zeros((0, 0, 4), np.uint8), 4, 2).shape == (0, 0, 4)
