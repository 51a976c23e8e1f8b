import numpy as np

from marimo_rfb.encode.alpha import BACKGROUND, composite


def test_what_is_transparent_shows_the_background_and_what_is_opaque_itself() -> None:
    pixels = np.array([[[10, 20, 30, 0], [10, 20, 30, 255], [0, 0, 0, 128]]], np.uint8)
    seen = composite(pixels)
    assert seen.shape == (1, 3, 3)
    assert seen[0, 0].tolist() == list(BACKGROUND)
    assert seen[0, 1].tolist() == [10, 20, 30]
    assert np.abs(seen[0, 2].astype(int) - 127).max() <= 1


def test_rgb_is_left_as_it_is() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    assert composite(pixels) is pixels
