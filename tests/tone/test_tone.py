"""Numbers and the colors that matplotlib gives them."""

import itertools
import math
import sys
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import ListedColormap, Normalize, PowerNorm

from marimo_rfb.tone.auto_range import UNIT_RANGE, auto_range
from marimo_rfb.tone.options import check_tone
from marimo_rfb.tone.tone import Tone

RNG = np.random.default_rng(3)
INTEGERS = ["i1", "u1", "<i2", ">u2", "<u2", ">i4", "<u4", "<i8", ">u8"]
FLOATS = ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "g"]
RANGES = [(0, 1), (-20.1, 33.3), (0, 255), (3, 1000.7)]
# Less and more numbers than make a table worth while, and more than one block.
SHAPES = [(7, 9), (190, 311)]


def tone_of(data: Any, **options: Any) -> Tone:
    auto = auto_range(data) or UNIT_RANGE
    return Tone(data.dtype, check_tone(**options), auto, has_colors=data.ndim == 3)


def numbers(dtype: str, shape: tuple[int, int]) -> Any:
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return RNG.random(shape) > 0.5
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        near = RNG.integers(0 if kind.kind == "u" else -60, 127, shape).astype(kind)
        wide = RNG.integers(limits.min, limits.max, shape, dtype=kind.newbyteorder("="), endpoint=True).astype(kind)
        return np.where(RNG.random(shape) > 0.5, near, wide).astype(kind)
    data = (RNG.normal(0, 1.5, shape) * 100).astype(kind)
    data[0, :6] = [np.nan, np.inf, -np.inf, 0, 1, 255]
    return data


def as_matplotlib(data: Any, low: float, high: float, *, gamma: float, cmap: Any) -> Any:
    norm = Normalize(low, high) if gamma == 1 else PowerNorm(gamma, low, high)
    with np.errstate(all="ignore"):
        return matplotlib.colormaps.get_cmap(cmap)(norm(data), bytes=True)


def check_same(pixels: Any, expected: Any) -> None:
    assert (pixels.dtype, pixels.flags.c_contiguous) == (np.uint8, True)
    if pixels.shape[2] == 3:
        assert (expected[:, :, 3] == 255).all()
        expected = expected[:, :, :3]
    else:
        assert (expected[:, :, 3] != 255).any()
    np.testing.assert_array_equal(pixels, expected)


class TestNumbers:
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("dtype", ["?", *INTEGERS, *FLOATS])
    def test_with_a_range_the_colors_are_matplotlib_s(self, dtype: str, shape: tuple[int, int]) -> None:
        data = numbers(dtype, shape)
        ranges_and_gammas = itertools.product(RANGES, [1.0, 0.5, 2.2])
        cmaps = itertools.cycle(["viridis", "twilight_r", "gray", "magma"])  # four, so that each meets each gamma
        for ((low, high), gamma), cmap in zip(ranges_and_gammas, cmaps, strict=False):
            pixels = tone_of(data, vmin=low, vmax=high, gamma=gamma, cmap=cmap).pixels(data)
            check_same(pixels, as_matplotlib(data, low, high, gamma=gamma, cmap=cmap))

    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("dtype", ["<u2", "<f2", ">f4", "<f8"])
    def test_an_object_has_its_own_colors_at_the_ends_and_for_no_number(
        self, dtype: str, shape: tuple[int, int]
    ) -> None:
        colors = ListedColormap(["red", "lime", (0, 0, 1, 0.5)], name="mine")
        theirs = colors.with_extremes(under="white", over="black", bad=(1, 1, 0, 0.25))
        data = numbers(dtype, shape)
        pixels = tone_of(data, vmin=10, vmax=100, cmap=theirs).pixels(data)
        check_same(pixels, as_matplotlib(data, 10, 100, gamma=1, cmap=theirs))

    @pytest.mark.parametrize("dtype", ["<u2", "<f4"])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_what_is_masked_is_transparent_as_in_matplotlib(self, dtype: str, shape: tuple[int, int]) -> None:
        data = np.ma.masked_greater(np.abs(np.nan_to_num(numbers(dtype, shape), nan=3, posinf=4, neginf=5)), 50)
        pixels = tone_of(data, vmin=0, vmax=60, cmap="magma").pixels(data)
        check_same(pixels, as_matplotlib(data, 0, 60, gamma=1, cmap="magma"))
        assert not pixels[np.ma.getmaskarray(data)].any()

    def test_a_range_without_a_colormap_is_gray_as_in_matplotlib(self) -> None:
        data = numbers("<f4", (7, 9))
        check_same(tone_of(data, vmin=0, vmax=5).pixels(data), as_matplotlib(data, 0, 5, gamma=1, cmap="gray"))

    def test_a_colormap_without_a_range_uses_that_of_the_rule(self) -> None:
        data = np.arange(256, dtype=np.uint8).reshape(16, 16)
        check_same(tone_of(data, cmap="turbo").pixels(data), as_matplotlib(data, 0, 255, gamma=1, cmap="turbo"))

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({"vmin": 100}, (100.0, 255.0)),
            ({"vmax": 9}, (0.0, 9.0)),
            ({"vmin": 300}, (300.0, 301.0)),
            ({"vmax": -3}, (-4.0, -3.0)),
            ({"vmin": 1e300}, (1e300, 1e300 * (1 + 1e-6))),
        ],
    )
    def test_one_end_of_a_range_goes_with_the_other_of_the_rule(self, options: Any, expected: Any) -> None:
        contrast = tone_of(np.zeros((2, 2), np.uint8), **options).contrast
        assert (contrast.vmin, contrast.vmax) == expected

    @pytest.mark.parametrize("dtype", ["i1", "<i2", ">u2", "<i4", ">u8"])
    def test_integers_in_a_byte_are_shown_as_bytes(self, dtype: str) -> None:
        data = np.arange(128).reshape(8, 16).astype(dtype)
        np.testing.assert_array_equal(tone_of(data).pixels(data), np.repeat(data[:, :, None], 3, axis=2))

    def test_whole_pictures_are_of_the_same_colors_as_their_parts(self) -> None:
        data = numbers("<u2", (300, 200))
        tone = tone_of(data, vmin=0, vmax=200, cmap="viridis")
        part = tone.pixels(data[5:9, 10:30])
        np.testing.assert_array_equal(tone.pixels(data)[5:9, 10:30], part)

    def test_a_range_as_wide_as_floats_are_is_no_error(self) -> None:
        data = np.array([[-1e308, 0.0, 1e308]])
        pixels = tone_of(data, vmin=-1.7e308, vmax=1.7e308).pixels(data)
        check_same(pixels, as_matplotlib(data, -1.7e308, 1.7e308, gamma=1, cmap="gray"))


class TestColors:
    @pytest.mark.parametrize("shape", [(7, 9, 3), (7, 9, 4), (90, 91, 3)])
    def test_bytes_are_shown_as_they_are_whatever_the_range_is(self, shape: tuple[int, ...]) -> None:
        data = RNG.integers(0, 256, shape, dtype=np.uint8)
        assert tone_of(data).pixels(data) is data
        np.testing.assert_array_equal(tone_of(data, vmin=50, vmax=90, gamma=2, cmap="magma").pixels(data), data)

    @pytest.mark.parametrize("order", ["bgr", "bgra"])
    @pytest.mark.parametrize("channels", [3, 4])
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
    def test_blue_first_is_turned_into_red_first(self, dtype: Any, channels: int, order: str) -> None:
        data = RNG.integers(0, 256, (40, 9, channels)).astype(dtype)
        data = data / np.float32(255) if dtype is np.float32 else data
        turned = data[:, :, [2, 1, 0, 3][:channels]]
        np.testing.assert_array_equal(tone_of(data, order=order).pixels(data), tone_of(turned).pixels(turned))

    def test_the_order_is_nothing_to_numbers(self) -> None:
        data = numbers("u1", (7, 9))
        np.testing.assert_array_equal(tone_of(data, order="bgr").pixels(data), tone_of(data).pixels(data))

    @pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32, np.float64])
    def test_a_range_applies_to_colors_and_not_to_their_alpha(self, dtype: Any) -> None:
        opaque = 65535 if dtype is np.uint16 else 1 if dtype in (np.float32, np.float64) else 2**31 - 1
        data = np.array([[[100, 150, 300, opaque], [0, 200, 175, 0]]], dtype)
        expected = [[[0, 128, 255, 255], [0, 255, 191, 0]]]
        assert tone_of(data, vmin=100, vmax=200, cmap="magma").pixels(data).tolist() == expected

    def test_gamma_applies_to_wide_colors(self) -> None:
        data = np.array([[[0.25, 1.0, 0.0, 0.25]]])
        assert tone_of(data, gamma=0.5).pixels(data).tolist() == [[[128, 255, 0, 64]]]

    @pytest.mark.parametrize(("shape", "masked"), [((1, 2, 3), [[[0, 0, 0, 0], [0, 0, 0, 255]]])])
    def test_one_masked_channel_makes_a_pixel_transparent(self, shape: tuple[int, ...], masked: Any) -> None:
        data = np.ma.zeros(shape, np.uint8)
        data[0, 0, 1] = np.ma.masked
        assert tone_of(data).pixels(data).tolist() == masked


@pytest.mark.parametrize("options", [{"vmin": 1.7e308}, {"vmax": -sys.float_info.max}, {"vmin": sys.float_info.max}])
def test_the_largest_limits_leave_a_finite_range(options: dict[str, float]) -> None:
    contrast = tone_of(np.zeros((2, 2)), **options).contrast
    assert math.isfinite(contrast.vmax - contrast.vmin)
    assert contrast.vmin < contrast.vmax


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("gamma", [5e-324, 1e308])
def test_any_gamma_is_no_warning(gamma: float) -> None:
    data = np.linspace(0, 1, 12).reshape(2, 2, 3)
    assert tone_of(data, gamma=gamma).pixels(data).shape == (2, 2, 3)
