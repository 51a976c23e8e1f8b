import numpy as np
import pytest
from support import card, decode, psnr_db

from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.encode.lossless import png_encoder
from marimo_rfb.encode.pillow import PillowEncoder, webp_encoder
from marimo_rfb.errors import EncodeError
from marimo_rfb.frame import Frame

RNG = np.random.default_rng(3)


def frame(pixels: np.ndarray) -> Frame:
    return Frame(pixels, seq=1, published_s=0.0)


@pytest.mark.parametrize("channels", [3, 4])
def test_png_keeps_every_byte_alpha_included(channels: int) -> None:
    pixels = RNG.integers(0, 256, (33, 47, channels), dtype=np.uint8)
    chunk = png_encoder(EncodeOptions()).encode(frame(pixels))
    np.testing.assert_array_equal(decode(chunk.payload), pixels)
    assert chunk.mime == "image/png"
    assert chunk.is_key


def test_webp_looks_like_the_picture() -> None:
    pixels = card(160, 120)
    chunk = webp_encoder(EncodeOptions(quality=90)).encode(frame(pixels))
    assert psnr_db(decode(chunk.payload), pixels) > 35
    assert chunk.mime == "image/webp"


def test_webp_keeps_alpha() -> None:
    alpha = np.zeros((120, 160, 1), np.uint8)
    alpha[:, 80:] = 255
    pixels = np.concatenate((card(160, 120), alpha), axis=2)
    decoded = decode(webp_encoder(EncodeOptions(quality=90)).encode(frame(pixels)).payload)
    np.testing.assert_array_equal(decoded[:, :, 3:], alpha)


def test_more_quality_is_more_bytes_and_a_closer_picture() -> None:
    pixels = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    low, high = (webp_encoder(EncodeOptions(quality=q)).encode(frame(pixels)).payload for q in (5, 95))
    assert len(low) < len(high)
    assert psnr_db(decode(low), pixels) < psnr_db(decode(high), pixels)


def test_jpeg_by_pillow_leaves_alpha_out() -> None:
    pixels = np.concatenate((card(), np.zeros((48, 64, 1), np.uint8)), axis=2)
    chunk = PillowEncoder("JPEG", quality=95, subsampling="4:2:0").encode(frame(pixels))
    assert chunk.mime == "image/jpeg"
    assert decode(chunk.payload).shape == (48, 64, 3)
    assert psnr_db(decode(chunk.payload), pixels[:, :, :3]) > 35


def test_a_side_the_format_cannot_hold_is_one_clear_error() -> None:
    too_wide = np.zeros((1, 16384, 3), np.uint8)
    with pytest.raises(EncodeError, match=r"WEBP cannot hold a frame of shape \(1, 16384, 3\)"):
        webp_encoder(EncodeOptions()).encode(frame(too_wide))


def test_an_encoder_works_on_after_an_error_and_may_be_closed_twice() -> None:
    encoder = webp_encoder(EncodeOptions())
    with pytest.raises(EncodeError):
        encoder.encode(frame(np.zeros((1, 16384, 3), np.uint8)))
    assert encoder.encode(frame(card()), key=True).mime == "image/webp"
    encoder.close()
    encoder.close()
