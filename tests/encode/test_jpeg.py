import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from support import card, decode, psnr_db

from marimo_rfb.encode import jpeg
from marimo_rfb.encode.base import EncodeOptions, Subsampling
from marimo_rfb.encode.jpeg import SimpleJpegEncoder, jpeg_encoder
from marimo_rfb.encode.pillow import PillowEncoder
from marimo_rfb.errors import EncodeError
from marimo_rfb.frame import Frame

RNG = np.random.default_rng(5)

WITHOUT_SIMPLEJPEG = """
import sys
sys.modules["simplejpeg"] = None
import numpy as np
import marimo_rfb
from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.encode.registry import make_encoder
from marimo_rfb.frame import Frame
pixels = np.full((16, 24, 3), (200, 100, 50), np.uint8)
chunk = make_encoder("image/jpeg", EncodeOptions()).encode(Frame(pixels, 1, 0.0))
print(chunk.mime, chunk.payload[:2].hex(), chunk.payload[-2:].hex())
"""


def frame(pixels: np.ndarray) -> Frame:
    return Frame(pixels, seq=1, published_s=0.0)


@pytest.fixture(params=["simplejpeg", "pillow"])
def encoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> object:
    if request.param == "pillow":
        monkeypatch.setattr(jpeg, "simplejpeg", None)
    made = jpeg_encoder(EncodeOptions(quality=90))
    assert isinstance(made, PillowEncoder if request.param == "pillow" else SimpleJpegEncoder)
    return made


@pytest.mark.parametrize("channels", [3, 4])
def test_a_jpeg_looks_like_the_picture(encoder: SimpleJpegEncoder, channels: int) -> None:
    pixels = np.dstack((card(160, 120), np.full((120, 160), 7, np.uint8)))[:, :, :channels].copy()
    chunk = encoder.encode(frame(pixels))
    assert (chunk.mime, chunk.is_key) == ("image/jpeg", True)
    assert psnr_db(decode(chunk.payload), pixels[:, :, :3]) > 32


@pytest.mark.parametrize("size", [(1, 1), (1, 17), (17, 1), (15, 9)])
def test_a_size_that_is_no_multiple_of_a_block_is_kept(encoder: SimpleJpegEncoder, size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), (200, 100, 50), np.uint8)
    decoded = decode(encoder.encode(frame(pixels)).payload)
    assert decoded.shape == pixels.shape
    assert psnr_db(decoded, pixels) > 35


@pytest.mark.parametrize("fallback", [False, True])
def test_more_quality_is_more_bytes(monkeypatch: pytest.MonkeyPatch, fallback: bool) -> None:
    if fallback:
        monkeypatch.setattr(jpeg, "simplejpeg", None)
    pixels = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    low, high = (jpeg_encoder(EncodeOptions(quality=q)).encode(frame(pixels)).payload for q in (10, 95))
    assert len(low) < len(high)


def test_what_libjpeg_refuses_is_one_clear_error() -> None:
    grey = np.zeros((4, 4, 2), np.uint8)
    with pytest.raises(EncodeError, match=r"JPEG cannot hold a frame of shape \(4, 4, 2\)"):
        SimpleJpegEncoder(80, "4:2:0").encode(frame(grey))


def test_an_encoder_may_be_closed_twice(encoder: SimpleJpegEncoder) -> None:
    encoder.close()
    encoder.close()


def test_pillow_steps_in_where_simplejpeg_cannot_be_imported() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_SIMPLEJPEG], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["image/jpeg", "ffd8", "ffd9"]


def test_full_color_resolution_keeps_thin_colored_lines() -> None:
    lines = np.full((64, 64, 3), 255, np.uint8)
    lines[:, ::4] = (255, 0, 0)
    errors = [
        np.abs(decode(jpeg_encoder(EncodeOptions(90, subsampling)).encode(frame(lines)).payload).astype(int) - lines)
        for subsampling in get_args(Subsampling)
    ]
    assert errors[0].mean() > 5 * errors[1].mean()
