import numpy as np
import pytest
from support import card, decode, psnr_db

from marimo_rfb.encode import jpeg
from marimo_rfb.encode.alpha import BACKGROUND
from marimo_rfb.encode.thumbnail import MAX_BYTES, encode_thumbnail, mime_of
from marimo_rfb.frame import Frame


def frame(pixels: np.ndarray) -> Frame:
    return Frame(pixels, seq=1, published_s=0.0)


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_small_picture_keeps_its_size() -> None:
    still = encode_thumbnail(frame(card(320, 240, seed=3)))
    assert still[:2] == b"\xff\xd8"
    assert decode(still).shape == (240, 320, 3)
    assert psnr_db(decode(still), card(320, 240, seed=3)) > 30


@pytest.mark.parametrize(
    ("size", "shown"),
    [((640, 480), (640, 480)), ((1280, 960), (640, 480)), ((1920, 1080), (739, 416)), ((200, 16000), (62, 4957))],
)
def test_a_large_one_is_made_smaller_in_its_proportions(size: tuple[int, int], shown: tuple[int, int]) -> None:
    pixels = decode(encode_thumbnail(frame(card(*size))))
    assert (pixels.shape[1], pixels.shape[0]) == shown


def test_a_picture_made_smaller_is_the_same_picture() -> None:
    pixels = decode(encode_thumbnail(frame(card(1280, 960))))
    assert psnr_db(pixels, card(640, 480)) > 30


def test_what_the_eye_cannot_tell_from_noise_still_fits() -> None:
    still = encode_thumbnail(frame(noise(1920, 1080)))
    assert len(still) <= MAX_BYTES
    height, width = decode(still).shape[:2]
    assert width / height == pytest.approx(16 / 9, rel=0.02)


@pytest.mark.parametrize("max_bytes", [50_000, 5_000, 1_000])
def test_the_limit_can_be_another(max_bytes: int) -> None:
    assert len(encode_thumbnail(frame(noise(640, 480)), max_bytes=max_bytes)) <= max_bytes


def test_a_limit_no_picture_can_keep_yields_the_smallest_there_is() -> None:
    assert decode(encode_thumbnail(frame(noise(64, 48)), max_bytes=1)).shape == (1, 1, 3)


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 200), (16384, 1)])
def test_a_picture_of_any_proportions_is_encoded(size: tuple[int, int]) -> None:
    width, height = size
    pixels = decode(encode_thumbnail(frame(np.full((height, width, 3), 200, np.uint8))))
    assert pixels.shape[2] == 3
    assert abs(pixels.astype(int) - 200).max() < 5


def test_what_is_transparent_shows_the_background() -> None:
    rgba = np.dstack((card(), np.zeros((48, 64), np.uint8)))
    assert (decode(encode_thumbnail(frame(rgba))) == BACKGROUND).all()


def test_few_colors_are_right_to_a_byte() -> None:
    labels = np.kron(np.arange(48).reshape(6, 8) * 5, np.ones((20, 20))).astype(np.uint8)
    picture = np.stack([labels, 255 - labels, labels // 2], axis=2)
    still = encode_thumbnail(frame(picture))
    assert mime_of(still) == "image/png"
    np.testing.assert_array_equal(decode(still), picture)


def test_of_many_colors_all_have_their_full_resolution() -> None:
    waves = 127 + 127 * np.cos(np.hypot(*np.mgrid[-120:120, -160:160]) / 10)
    picture = np.stack([waves, 255 - waves, np.zeros_like(waves)], axis=2).astype(np.uint8)
    still = encode_thumbnail(frame(picture))
    assert mime_of(still) == "image/jpeg"
    assert np.abs(decode(still).astype(int) - picture).max() < 10


def test_without_simplejpeg_a_still_can_be_made_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg, "simplejpeg", None)
    assert psnr_db(decode(encode_thumbnail(frame(card(seed=2)))), card(seed=2)) > 30
