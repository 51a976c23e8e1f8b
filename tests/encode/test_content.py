from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.encode.content import is_opaque, suits_lossless
from marimo_rfb.encode.jpeg import jpeg_encoder
from marimo_rfb.encode.lossless import png_encoder
from marimo_rfb.frame import Frame

RNG = np.random.default_rng(7)
WIDTH, HEIGHT = 640, 360


def plot() -> Any:
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    for color in ("red", "navy", "green", "black"):
        y = HEIGHT / 2 + np.cumsum(RNG.normal(0, 3, WIDTH))
        draw.line(list(zip(range(WIDTH), y.tolist(), strict=True)), fill=color, width=2)
    return np.asarray(image)


def text() -> Any:
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    for y in range(0, HEIGHT, 14):
        ImageDraw.Draw(image).text((4, y), "The quick brown fox jumps over the lazy dog 0123456789 " * 3, fill="black")
    return np.asarray(image)


def labels() -> Any:
    colors = RNG.integers(0, 256, (12, 3), dtype=np.uint8)
    return colors[np.kron(RNG.integers(0, 12, (HEIGHT // 20, WIDTH // 20)), np.ones((20, 20), int))]


def waves() -> Any:
    wave = np.cos(np.hypot(*np.mgrid[: HEIGHT // 1, :WIDTH]) / 10) ** 2 * 255
    return np.repeat(wave.astype(np.uint8)[:, :, None], 3, axis=2)


def gradient() -> Any:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    colors = [np.sin(2 * np.pi * x / WIDTH), np.sin(2 * np.pi * y / HEIGHT), np.sin(np.pi * (x / WIDTH + y / HEIGHT))]
    return (127 + 127 * np.stack(colors, axis=2)).astype(np.uint8)


def noise() -> Any:
    return RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def sizes(pixels: Any) -> tuple[int, int]:
    frame = Frame(pixels, seq=1, published_s=0.0)
    png, jpeg = (make(EncodeOptions()).encode(frame).payload for make in (png_encoder, jpeg_encoder))
    return len(png), len(jpeg)


@pytest.mark.parametrize("make", [plot, text, labels])
def test_what_png_makes_as_small_suits_it(make: Any) -> None:
    pixels = make()
    png, jpeg = sizes(pixels)
    assert png < 1.2 * jpeg
    assert suits_lossless(pixels)


@pytest.mark.parametrize("make", [waves, gradient, noise])
def test_what_png_makes_much_larger_does_not(make: Any) -> None:
    pixels = make()
    png, jpeg = sizes(pixels)
    assert png > 1.5 * jpeg
    assert not suits_lossless(pixels)


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (28, 28), (64, 64), (1, 4096)])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_small_picture_suits_it_whatever_is_in_it(shape: tuple[int, int], channels: int) -> None:
    assert suits_lossless(RNG.integers(0, 256, (*shape, channels), dtype=np.uint8))


@pytest.mark.parametrize("shape", [(16384, 1), (1, 16384), (5000, 1)])
def test_a_picture_of_any_shape_can_be_asked(shape: tuple[int, int]) -> None:
    assert not suits_lossless(RNG.integers(0, 256, (*shape, 3), dtype=np.uint8))


def test_one_pixel_that_is_not_opaque_is_enough() -> None:
    pixels = RNG.integers(0, 256, (50, 70, 4), dtype=np.uint8)
    pixels[:, :, 3] = 255
    assert is_opaque(pixels)
    assert is_opaque(pixels[:, :, :3])
    pixels[31, 12, 3] = 254
    assert not is_opaque(pixels)
