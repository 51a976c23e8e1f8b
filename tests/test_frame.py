import copy
import pickle
import threading
import warnings
from typing import Any

import numpy as np
import pytest

from marimo_rfb.errors import FrameError
from marimo_rfb.frame import MAX_SIDE, Frame, as_data
from marimo_rfb.tone.auto_range import UNIT_RANGE
from marimo_rfb.tone.options import check_tone
from marimo_rfb.tone.tone import Tone

RNG = np.random.default_rng(7)


def noise(*shape: int) -> Any:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def as_pixels(picture: Any) -> Any:
    return Frame(as_data(picture), seq=1, published_s=0.0).pixels


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
    ("dtype", "remedy"),
    [
        (np.complex64, r"show np\.abs\(a\)"),
        (object, r"a\.astype\(float\) if each element is a number"),
        ("U1", r"PIL\.Image\.open"),
        ("S1", r"PIL\.Image\.open"),
        ("M8[s]", r"a - a\.min\(\)"),
        ([("red", "u1"), ("green", "u1")], r"a\['red'\] is its first field"),
        ("V4", r"a\.view"),
    ],
)
def test_what_is_no_number_is_refused_with_what_would_do(dtype: Any, remedy: str) -> None:
    with pytest.raises(FrameError, match=rf"of bool, integers or floats; got ndarray .*shape \(4, 5, 3\); .*{remedy}"):
        as_data(np.zeros((4, 5, 3), dtype))


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
        as_data(np.zeros(shape, np.uint8))


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


def test_an_array_is_not_copied() -> None:
    picture = noise(5, 7, 3)
    assert as_data(picture) is picture
    assert as_pixels(picture) is picture


@pytest.mark.parametrize(("shape", "of_data"), [((5, 7), (5, 7)), ((5, 7, 1), (5, 7)), ((1, 5, 7), (5, 7))])
@pytest.mark.parametrize("dtype", [np.uint8, ">u2", np.float16, bool])
def test_numbers_are_kept_as_they_were_published(dtype: Any, shape: tuple[int, ...], of_data: tuple[int, ...]) -> None:
    picture = noise(*shape).astype(dtype)
    data = as_data(picture)
    assert (data.dtype, data.shape) == (np.dtype(dtype), of_data)
    np.testing.assert_array_equal(data, picture.reshape(of_data))


def test_an_array_in_the_wrong_order_is_put_right() -> None:
    picture = noise(5, 7, 3)[:, ::-1]
    pixels = as_pixels(picture)
    assert pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, picture)


def test_a_read_only_array_is_taken() -> None:
    picture = noise(5, 7, 3)
    picture.flags.writeable = False
    np.testing.assert_array_equal(as_pixels(picture), picture)


def test_a_frame_tells_its_size() -> None:
    frame = Frame(noise(5, 7, 3), seq=1, published_s=0.0)
    assert (frame.width, frame.height, frame.pixel_ratio) == (7, 5, 1.0)


def test_pixels_are_made_once_however_many_ask_at_a_time() -> None:
    frame = Frame(np.linspace(0, 1, 500 * 500).reshape(500, 500), seq=1, published_s=0.0)
    made: list[Any] = []
    threads = [threading.Thread(target=lambda: made.append(frame.pixels)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(pixels) for pixels in made}) == 1


@pytest.mark.parametrize("is_made", [False, True])
@pytest.mark.parametrize(
    "make", [lambda: noise(30, 40), lambda: noise(30, 40, 4), lambda: RNG.normal(0.5, 1, (30, 40))]
)
def test_a_part_of_the_pixels_is_that_of_all(make: Any, is_made: bool) -> None:
    frame = Frame(make(), seq=1, published_s=0.0)
    whole = Frame(frame.data, seq=1, published_s=0.0).pixels
    if is_made:
        assert frame.pixels.shape[:2] == (30, 40)
    rows, columns = slice(3, 9), slice(10, 40)
    np.testing.assert_array_equal(frame.pixels_in(rows, columns), whole[rows, columns])


def test_for_a_part_nothing_else_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    mapping = Tone.pixels
    monkeypatch.setattr(Tone, "pixels", lambda self, data: sizes.append(data.size) or mapping(self, data))
    frame = Frame(np.zeros((480, 640)), seq=1, published_s=0.0)
    frame.pixels_in(slice(3, 14), slice(3, 14))
    assert sizes == [121]


def test_other_pixels_make_another_frame_with_the_same_number() -> None:
    frame = Frame(RNG.normal(0, 1, (5, 7)), seq=3, published_s=2.0, pixel_ratio=2.0)
    pixels = noise(2, 3, 4)
    other = frame.with_pixels(pixels)
    assert other.pixels is pixels
    assert (other.width, other.height) == (3, 2)
    assert (other.seq, other.published_s, other.pixel_ratio) == (3, 2.0, 2.0)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda frame: pickle.loads(pickle.dumps(frame))])
def test_a_frame_can_be_copied_and_sent_elsewhere(copied: Any) -> None:
    tone = Tone(np.dtype(float), check_tone(cmap="magma"), UNIT_RANGE, has_colors=False)
    frame = Frame(np.linspace(0, 1, 12).reshape(3, 4), seq=3, published_s=2.0, given_tone=tone)
    for _ in range(2):  # without and with its pixels
        other = copied(frame)
        assert other.seq == 3
        np.testing.assert_array_equal(other.pixels, frame.pixels)
