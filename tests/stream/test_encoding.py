import numpy as np
import pytest

from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.flow.quality_level import COMM_LAYERS, FULL_QUALITY, LAYERS, QualityLevel
from marimo_rfb.frame import Frame
from marimo_rfb.stream.encoding import Encoding

STRIPES = np.zeros((300, 400, 3), np.uint8)
STRIPES[:, ::8] = 255


def mime_of(width: int, height: int, level: QualityLevel) -> str:
    encoder = Encoding("image/jpeg", ("image/jpeg", "image/png"), level).make_encoder(EncodeOptions())
    return encoder.encode(Frame(STRIPES[:height, :width].copy(), 1, 0.0)).mime


@pytest.mark.parametrize("level", [FULL_QUALITY, LAYERS[1], COMM_LAYERS[0]])
def test_drawings_are_exact_where_they_are_not_scaled(level: QualityLevel) -> None:
    assert mime_of(400, 300, level) == "image/png"


@pytest.mark.parametrize("level", LAYERS[2:])
def test_drawings_that_are_scaled_are_as_small_as_a_jpeg(level: QualityLevel) -> None:
    assert mime_of(400, 300, level) == "image/jpeg"
    assert mime_of(80, 60, level) == "image/png"  # which is not scaled, because it is small
