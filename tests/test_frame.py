import warnings
from typing import Any

import numpy as np
import pytest
from PIL import Image

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


@pytest.mark.parametrize("shape", [(), (4,), (5, 5, 2), (5, 5, 5), (2, 5, 5), (1, 4, 4, 3)])
def test_a_shape_that_is_no_picture_is_refused_with_what_would_do(shape: tuple[int, ...]) -> None:
    with pytest.raises(FrameError, match=r"frame must be \(h, w\), \(h, w, 3\) or \(h, w, 4\), got \("):
        as_pixels(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(0, 4, 3), (4, 0, 3), (0, 0), (MAX_SIDE + 1, 1), (1, MAX_SIDE + 1)])
def test_a_side_that_no_canvas_has_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(FrameError, match=f"1 to {MAX_SIDE} pixels a side"):
        as_pixels(np.zeros(shape, np.uint8))


def test_the_longest_side_is_taken() -> None:
    assert as_pixels(np.zeros((1, MAX_SIDE), np.uint8)).shape == (1, MAX_SIDE, 3)


@pytest.mark.parametrize("thing", [None, "picture.png", b"\xff\xd8"])
def test_what_is_no_array_is_refused_by_its_type(thing: object) -> None:
    with pytest.raises(FrameError, match=f"got {type(thing).__name__}"):
        as_pixels(thing)


@pytest.mark.parametrize("thing", [object(), {}, [[1, 2], [3]], 5, lambda: None])
def test_what_numpy_cannot_read_as_a_picture_is_refused(thing: object) -> None:
    with pytest.raises(FrameError):
        as_pixels(thing)


def test_a_pil_image_is_taken() -> None:
    picture = noise(5, 7, 3)
    np.testing.assert_array_equal(as_pixels(Image.fromarray(picture)), picture)


def test_a_nested_list_of_floats_is_taken() -> None:
    assert as_pixels([[0.0, 1.0]]).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_a_subclass_of_an_array_is_taken_for_its_numbers() -> None:
    masked = np.ma.MaskedArray(noise(4, 4), mask=True)
    np.testing.assert_array_equal(as_pixels(masked)[:, :, 0], masked.data)
    assert type(as_pixels(masked)) is np.ndarray
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        matrix = np.matrix([[0, 255]], dtype=np.uint8)
    assert as_pixels(matrix)[0, :, 0].tolist() == [0, 255]


def test_what_can_be_read_through_dlpack_or_the_array_protocol_is_taken() -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.full((2, 3, 3), 9, np.uint8)

    assert as_pixels(Tensor()).tolist() == [[[9, 9, 9]] * 3] * 2


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
