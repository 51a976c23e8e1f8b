import warnings
from typing import Any

import numpy as np
import pytest

from marimo_rfb.errors import FrameError
from marimo_rfb.frame import MAX_SIDE, Frame, as_pixels, same_pixels

RNG = np.random.default_rng(7)


def noise(*shape: int) -> Any:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
def test_rgb_and_rgba_are_taken_as_they_are(channels: int) -> None:
    picture = noise(5, 7, channels)
    pixels = as_pixels(picture)
    np.testing.assert_array_equal(pixels, picture)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (1, 5, 7)])
def test_grey_becomes_rgb(shape: tuple[int, ...]) -> None:
    grey = noise(*shape)
    pixels = as_pixels(grey)
    assert pixels.shape == (5, 7, 3)
    for channel in range(3):
        np.testing.assert_array_equal(pixels[:, :, channel], grey.reshape(5, 7))


@pytest.mark.parametrize("channels", [3, 4])
def test_channels_first_is_turned(channels: int) -> None:
    picture = noise(channels, 5, 7)
    pixels = as_pixels(picture)
    np.testing.assert_array_equal(pixels, np.moveaxis(picture, 0, 2))
    assert pixels.flags.c_contiguous


def test_channels_last_wins_where_both_would_do() -> None:
    picture = noise(3, 5, 4)
    np.testing.assert_array_equal(as_pixels(picture), picture)


def test_bool_is_black_and_white() -> None:
    pixels = as_pixels(np.array([[True, False]]))
    assert pixels.tolist() == [[[255, 255, 255], [0, 0, 0]]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_floats_are_0_to_1_clipped_and_rounded(dtype: Any) -> None:
    picture = np.array([[0.0, 1.0, 0.5, 0.25, -3.0, 7.0]], dtype=dtype)
    assert as_pixels(picture)[0, :, 0].tolist() == [0, 255, 128, 64, 0, 255]


def test_every_byte_survives_the_way_through_floats() -> None:
    every = np.arange(256, dtype=np.uint8)[None, :]
    np.testing.assert_array_equal(as_pixels(every / np.float32(255))[:, :, 0], every)


def test_what_is_no_number_is_black_and_infinity_is_clipped() -> None:
    picture = np.array([[np.nan, np.inf, -np.inf]])
    assert as_pixels(picture)[0, :, 0].tolist() == [0, 255, 0]


def test_a_float_beyond_single_precision_is_clipped_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert as_pixels(np.array([[1e300, -1e300]]))[0, :, 0].tolist() == [255, 0]


@pytest.mark.parametrize(
    "dtype", [np.int8, np.int16, np.uint16, np.int32, np.int64, np.complex64, object, "U1", "M8[s]"]
)
def test_a_dtype_of_unknown_range_is_refused_with_what_would_do(dtype: Any) -> None:
    with pytest.raises(FrameError, match=r"frame must be uint8 .*got .*astype\('uint8'\)"):
        as_pixels(np.zeros((4, 4, 3)).astype(dtype))


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        ((4,), r"a\.reshape\(height, width\)"),
        ((5, 5, 2), r"a\[:, :, 0\]"),
        ((5, 5, 5), r"a\[:, :, :3\]"),
        ((2, 5, 5), r"a\[:, :, :3\]"),
        ((2, 4, 4, 3), r"a\[0\]"),
        ((2, 1, 4, 4, 3), r"a\[0\]\[0\]"),
    ],
)
def test_a_shape_that_is_no_picture_is_refused_with_what_would_do(shape: tuple[int, ...], remedy: str) -> None:
    with pytest.raises(FrameError, match=rf"frame must be an array \(h, w\), .*, got \({shape[0]}.*{remedy}"):
        as_pixels(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    "shape", [(1, 5, 7, 3), (1, 5, 7, 4), (1, 3, 5, 7), (1, 5, 7, 1), (1, 1, 5, 7), (1, 1, 5, 7, 3)]
)
def test_a_batch_of_one_is_its_picture(shape: tuple[int, ...]) -> None:
    picture = noise(*shape)
    np.testing.assert_array_equal(as_pixels(picture), as_pixels(picture[0]))


@pytest.mark.parametrize("shape", [(0, 4, 3), (4, 0, 3), (0, 0), (MAX_SIDE + 1, 1), (1, MAX_SIDE + 1)])
def test_a_side_that_no_canvas_has_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(FrameError, match=f"1 to {MAX_SIDE} pixels a side"):
        as_pixels(np.zeros(shape, np.uint8))


def test_the_longest_side_is_taken() -> None:
    assert as_pixels(np.zeros((1, MAX_SIDE), np.uint8)).shape == (1, MAX_SIDE, 3)


def test_a_nested_list_of_floats_is_taken() -> None:
    assert as_pixels([[0.0, 1.0]]).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_a_matrix_is_taken_for_its_numbers() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        matrix = np.matrix([[0, 255]], dtype=np.uint8)
    assert as_pixels(matrix)[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 3), (4, 6, 4), (3, 4, 6)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_what_is_masked_is_transparent_and_the_rest_is_as_it_is(shape: tuple[int, ...], dtype: Any) -> None:
    values = noise(*shape) if dtype is np.uint8 else noise(*shape) / np.float32(255)
    mask = np.zeros(shape, bool)
    mask[..., 2] = True
    pixels = as_pixels(np.ma.MaskedArray(values, mask))
    whole = as_pixels(values)
    masked = np.zeros((4, 6), bool)
    if shape[-1] == 6:
        masked[:, 2] = True
    else:  # one channel of each pixel is enough
        masked[:] = True
    assert pixels.shape == (4, 6, 4)
    assert not pixels[masked].any()
    np.testing.assert_array_equal(pixels[~masked][:, :3], whole[~masked][:, :3])
    assert (pixels[~masked][:, 3] == (whole[~masked][:, 3] if whole.shape[2] == 4 else 255)).all()


def test_without_a_mask_everything_is_opaque() -> None:
    assert (as_pixels(np.ma.MaskedArray(noise(4, 6)))[:, :, 3] == 255).all()


@pytest.mark.parametrize("make", [lambda: noise(5, 7, 3), lambda: noise(3, 5, 7), lambda: noise(10, 14, 3)[::2, ::2]])
def test_a_copy_does_not_follow_the_array(make: Any) -> None:
    picture = make()
    pixels = as_pixels(picture)
    before = pixels.copy()
    picture[...] = 255 - picture
    np.testing.assert_array_equal(pixels, before)


def test_an_array_handed_over_is_not_copied() -> None:
    picture = noise(5, 7, 3)
    assert as_pixels(picture, copy=False) is picture


def test_an_array_handed_over_in_the_wrong_order_is_put_right() -> None:
    picture = noise(5, 7, 3)[:, ::-1]
    pixels = as_pixels(picture, copy=False)
    assert pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, picture)


def test_a_read_only_array_is_taken() -> None:
    picture = noise(5, 7, 3)
    picture.flags.writeable = False
    np.testing.assert_array_equal(as_pixels(picture), picture)


def test_pictures_are_the_same_when_every_byte_is() -> None:
    picture = noise(50, 7, 3)
    assert same_pixels(picture, picture.copy())


@pytest.mark.parametrize("height", [1, 5, 16, 17, 50])
def test_one_other_byte_in_any_row_makes_another_picture(height: int) -> None:
    picture = noise(height, 3, 3)
    for row in range(height):
        other = picture.copy()
        other[row, 2, 1] ^= 1
        assert not same_pixels(picture, other)


def test_another_shape_is_another_picture() -> None:
    assert not same_pixels(noise(4, 6, 3), np.zeros((6, 4, 3), np.uint8))
    assert not same_pixels(np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6, 4), np.uint8))


def test_a_frame_tells_its_size() -> None:
    frame = Frame(noise(5, 7, 3), seq=1, published_s=0.0)
    assert (frame.width, frame.height, frame.pixel_ratio) == (7, 5, 1.0)
