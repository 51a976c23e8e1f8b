"""Modes of Pillow's images, as NumPy arrays of what is seen."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from marimo_rfb.errors import FrameError
from marimo_rfb.kinds.image import image_array, is_image

COLORS = np.random.default_rng(7).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def decoded(image: Image.Image, **parameters: Any) -> Image.Image:
    file = io.BytesIO()
    image.save(file, **parameters)
    return Image.open(io.BytesIO(file.getvalue()))


def test_an_image_is_told_by_what_it_has() -> None:
    assert is_image(Image.new("L", (1, 1)))
    assert not is_image(COLORS)


@pytest.mark.parametrize("mode", ["P", "RGB", "CMYK", "YCbCr", "HSV", "LAB", "RGBX"])
def test_colors_are_those_that_are_seen(mode: str) -> None:
    whole = Image.fromarray(COLORS)
    image = Image.new("LAB", (7, 5), (120, 30, 200)) if mode == "LAB" else whole.convert(mode)
    assert image.mode == mode
    np.testing.assert_array_equal(image_array(image), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("mode", ["I", "F", "I;16", "I;16B"])
def test_numbers_stay_numbers_although_one_of_them_means_transparent(mode: str) -> None:
    image = Image.new(mode, (7, 5), 40000)
    image.info["transparency"] = 3
    assert (image_array(image) == 40000).all()


@pytest.mark.parametrize("mode", ["LA", "PA", "La", "RGBA", "RGBa"])
def test_alpha_is_kept(mode: str) -> None:
    alpha = np.full((5, 7, 1), 255, np.uint8)
    alpha[2:] = 100
    whole = Image.fromarray(np.concatenate([COLORS, alpha], axis=2))
    if mode == "PA":
        image = Image.fromarray(COLORS).quantize(8)
        image.putalpha(whole.getchannel("A"))
    else:
        image = (whole.convert("LA") if mode == "La" else whole).convert(mode)
    assert image.mode == mode
    pixels = image_array(image)
    assert pixels[:, :, 3].tolist() == alpha[:, :, 0].tolist()
    seen = image.convert("LA") if mode == "La" else image
    np.testing.assert_array_equal(pixels, np.asarray(seen.convert("RGBA")))


def test_every_frame_of_a_gif_is_in_its_colors() -> None:
    frames = [Image.new("RGB", (4, 4), name).quantize(8) for name in ("red", "lime", "blue")]
    gif = decoded(frames[0], format="GIF", save_all=True, append_images=frames[1:])
    for index, color in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
        gif.seek(index)
        assert image_array(gif)[0, 0, :3].tolist() == list(color)


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_a_color_that_a_png_calls_transparent_is(mode: str) -> None:
    image = Image.new("RGB", (2, 1), "red")
    image.putpixel((1, 0), (0, 0, 0))
    image = image.convert(mode, palette=Image.Palette.ADAPTIVE)
    pixels = image_array(decoded(image, format="PNG", transparency=image.getpixel((1, 0))))
    assert pixels[0, :, 3].tolist() == [255, 0]


@pytest.mark.parametrize(
    ("mode", "dtype", "number"),
    [
        ("1", np.bool_, True),
        ("L", np.uint8, 200),
        ("I", np.int32, -70_000),
        ("F", np.float32, 0.25),
        ("I;16", "<u2", 40_000),
        ("I;16B", ">u2", 40_000),
    ],
)
def test_numbers_stay_numbers(mode: str, dtype: Any, number: float) -> None:
    data = image_array(Image.new(mode, (3, 2), number))
    assert data.dtype == np.dtype(dtype)
    assert data.tolist() == [[number] * 3] * 2


def test_an_orientation_is_left_to_the_user() -> None:
    image = Image.fromarray(COLORS)
    exif = image.getexif()
    exif[0x0112] = 6  # turned by a quarter
    turned = decoded(image, format="PNG", exif=exif)
    np.testing.assert_array_equal(image_array(turned), COLORS)


def test_an_image_that_cannot_be_read_says_why() -> None:
    file = io.BytesIO()
    Image.fromarray(COLORS).save(file, format="PNG")
    cut = Image.open(io.BytesIO(file.getvalue()[:60]))
    with pytest.raises(FrameError, match=r"Pillow cannot convert an image of mode RGB: .*truncated"):
        image_array(cut)
