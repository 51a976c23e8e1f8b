from typing import Any

import numpy as np
import pytest
from support import decode, noise, psnr_db

from marimo_rfb.encode import lossless
from marimo_rfb.encode.settled import encode_settled, settled_codecs
from marimo_rfb.frame import Frame

ALL = ("image/png", "image/webp", "image/jpeg")
PIXELS = noise(120, 80)


def encoded(pixels: Any, codecs: tuple[str, ...], **limits: int) -> tuple[Any, int]:
    """Return the chunk, and how often something better could have come first."""
    work = encode_settled(Frame(pixels, seq=1, published_s=0.0), codecs, **limits)
    for pauses in range(10_000):
        try:
            next(work)
        except StopIteration as done:
            return done.value, pauses
    raise AssertionError("it does not end")


def test_of_what_viewers_can_show_png_comes_first_and_jpeg_last() -> None:
    assert settled_codecs(("image/jpeg", "image/png", "image/webp")) == ALL
    assert settled_codecs(("image/x-own",)) == ()


@pytest.mark.parametrize("codecs", [ALL, ("image/png",), ("image/webp", "image/jpeg"), ("image/webp",)])
@pytest.mark.parametrize("channels", [3, 4])
def test_it_is_without_loss_where_it_can_be(codecs: tuple[str, ...], channels: int) -> None:
    alpha = noise(120, 80, seed=1)[:, :, :1]
    pixels = PIXELS if channels == 3 else np.concatenate((PIXELS, alpha), axis=2)
    chunk, _ = encoded(pixels, codecs)
    assert (chunk.mime, chunk.is_lossless) == (codecs[0], True)
    np.testing.assert_array_equal(decode(chunk.payload), pixels)


def test_where_there_is_jpeg_alone_it_has_the_full_resolution_of_colors() -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[::2, :, 0] = 255  # lines of one pixel, which 4:2:0 makes one color
    chunk, _ = encoded(pixels, ("image/jpeg",))
    assert (chunk.mime, chunk.is_lossless) == ("image/jpeg", False)
    assert np.abs(decode(chunk.payload).astype(int) - pixels).max() < 12


def test_what_a_channel_does_not_take_is_as_good_as_it_takes() -> None:
    chunk, _ = encoded(PIXELS, ALL, max_bytes=25_000, max_pixels=1000)
    assert (chunk.mime, chunk.is_lossless) == ("image/jpeg", False)
    assert decode(chunk.payload).shape == PIXELS.shape
    assert psnr_db(decode(chunk.payload), PIXELS) > 30
    small, _ = encoded(PIXELS, ALL, max_bytes=5_000, max_pixels=1000)
    assert len(small.payload) <= 5_000
    assert decode(small.payload).shape[:2] == (26, 39)


def test_it_pauses_after_each_band_and_stops_as_soon_as_it_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lossless, "BAND_BYTES", 120 * 3)
    assert encoded(PIXELS, ALL)[1] == 80
    assert encoded(PIXELS, ALL, max_bytes=1000, max_pixels=100)[1] < 80
