import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import card, psnr_db

from marimo_rfb.encode.dirty_tiles import Rect
from marimo_rfb.encode.downscale import downscaled, scaled
from marimo_rfb.frame import Frame


def frame(pixels: np.ndarray) -> Frame:
    return Frame(pixels, seq=7, published_s=3.0)


def test_a_frame_that_is_small_enough_is_left_as_it_is() -> None:
    small = frame(card(64, 48))
    assert downscaled(small, max_pixels=64 * 48) is small


def test_a_larger_one_is_the_same_picture_with_fewer_pixels() -> None:
    made = downscaled(frame(card(640, 480, seed=2)), max_pixels=320 * 240)
    assert made.pixels.shape == (240, 320, 3)
    assert made.pixels.dtype == np.uint8
    assert psnr_db(made.pixels, card(320, 240, seed=2)) > 30
    assert (made.seq, made.published_s) == (7, 3.0)


def test_transparency_is_kept() -> None:
    pixels = np.dstack((card(64, 48), np.full((48, 64), 90, np.uint8)))
    made = downscaled(frame(pixels), max_pixels=32 * 24)
    assert made.pixels.shape == (24, 32, 4)
    assert abs(made.pixels[..., 3].astype(int) - 90).max() <= 1


@pytest.mark.parametrize(("size", "shape"), [((16384, 1), (1, 128)), ((1, 16384), (128, 1))])
def test_a_line_stays_a_line(size: tuple[int, int], shape: tuple[int, int]) -> None:
    made = downscaled(frame(np.zeros((size[1], size[0], 3), np.uint8)), max_pixels=size[0] * size[1] // 10_000)
    assert made.pixels.shape[:2] == shape


@given(width=st.integers(1, 300), height=st.integers(1, 300), max_pixels=st.integers(1, 100_000))
def test_proportions_and_limit_are_kept_to_a_pixel(width: int, height: int, max_pixels: int) -> None:
    made = downscaled(frame(np.zeros((height, width, 3), np.uint8)), max_pixels=max_pixels)
    assert 1 <= made.width <= width
    assert 1 <= made.height <= height
    scale = min(1.0, (max_pixels / (width * height)) ** 0.5)
    assert abs(made.width - max(1, width * scale)) <= 0.5
    assert abs(made.height - max(1, height * scale)) <= 0.5


@pytest.mark.parametrize("scale", [0.75, 0.625, 0.5, 0.375, 0.25, 0.1875])
def test_a_scaled_part_is_that_part_of_the_scaled_picture(scale: float) -> None:
    pixels = card(160, 96, seed=4)
    whole = scaled(frame(pixels), scale).pixels
    rect = Rect(32, 16, 48, 32)
    x, y, width, height = (round(each * scale) for each in rect)
    part = scaled(frame(pixels).part(*rect.slices), scale).pixels
    assert np.array_equal(part, whole[y : y + height, x : x + width])


def test_nothing_is_enlarged() -> None:
    small = frame(card(64, 48))
    assert scaled(small, 1.0) is small
    assert scaled(small, 2.0) is small
