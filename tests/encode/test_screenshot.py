import numpy as np
import pytest
from support import decode

from marimo_rfb.encode import registry
from marimo_rfb.encode.pillow import webp_encoder
from marimo_rfb.encode.screenshot import encode_screenshot
from marimo_rfb.frame import Frame


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(1, 1), (64, 48), (16384, 1), (1, 16384), (333, 127)])
def test_every_pixel_comes_back_as_it_was(size: tuple[int, int], channels: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], channels), dtype=np.uint8)
    chunk = encode_screenshot(Frame(pixels, seq=1, published_s=0.0))
    assert (chunk.mime, chunk.payload[:4]) == ("image/png", b"\x89PNG")
    np.testing.assert_array_equal(decode(chunk.payload), pixels)


def test_an_encoder_that_was_registered_for_streams_does_not_make_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._FACTORIES, "image/png", webp_encoder)
    assert encode_screenshot(Frame(np.zeros((4, 4, 3), np.uint8), seq=1, published_s=0.0)).payload[:4] == b"\x89PNG"
