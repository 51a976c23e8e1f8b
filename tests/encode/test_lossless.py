import io

import numpy as np
import pytest
from PIL import Image
from support import decode

from marimo_rfb.encode import lossless
from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.encode.lossless import encode_in_bands, png_encoder
from marimo_rfb.frame import Frame

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (48, 64), (1, 16384), (16384, 1), (700, 900)])
@pytest.mark.parametrize("channels", [3, 4])
def test_every_pixel_comes_back_as_it_was(size: tuple[int, int], channels: int) -> None:
    pixels = RNG.integers(0, 256, (*size, channels), dtype=np.uint8)
    chunk = png_encoder(EncodeOptions()).encode(Frame(pixels, seq=1, published_s=0.0))
    assert (chunk.mime, chunk.is_lossless, chunk.is_key) == ("image/png", True, True)
    image = Image.open(io.BytesIO(chunk.payload))
    image.verify()  # the checksums
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(chunk.payload))), pixels)


def test_it_can_be_stopped_after_each_band(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lossless, "BAND_BYTES", 10 * 30)
    pixels = RNG.integers(0, 256, (95, 10, 3), dtype=np.uint8)
    work = encode_in_bands(pixels)
    sizes = []
    while True:
        try:
            sizes.append(next(work))
        except StopIteration as done:
            np.testing.assert_array_equal(decode(done.value), pixels)
            break
    assert len(sizes) == 10
    assert sizes == sorted(sizes)


def test_a_row_longer_than_a_band_is_a_band(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lossless, "BAND_BYTES", 10)
    pixels = RNG.integers(0, 256, (3, 50, 4), dtype=np.uint8)
    assert len(list(encode_in_bands(pixels))) == 3
