import math
from typing import Any

import numpy as np
import pytest
from support import card, decode, noise

from marimo_rfb.encode.base import EncodeOptions, Encoder
from marimo_rfb.encode.content_adaptive import ContentAdaptiveEncoder
from marimo_rfb.encode.registry import make_encoder
from marimo_rfb.frame import Frame

ALL = ("image/jpeg", "image/png", "image/webp")
LARGE = noise(200, 100)
OPAQUE = np.dstack((LARGE, np.full((100, 200), 255, np.uint8)))
GLASS = np.dstack((LARGE, np.full((100, 200), 100, np.uint8)))
SMALL_GLASS = GLASS[:10, :10].copy()
FEW_COLORS = np.full((100, 200, 3), 7, np.uint8)


def encoder(*codecs: str, max_lossless_pixels: float = math.inf) -> ContentAdaptiveEncoder:
    def make(codec: str) -> Encoder:
        return make_encoder(codec, EncodeOptions())

    return ContentAdaptiveEncoder(make, codecs=frozenset(codecs), max_lossless_pixels=max_lossless_pixels)


def encoded(pixels: Any, *codecs: str, max_lossless_pixels: float = math.inf) -> Any:
    frame = Frame(pixels, seq=1, published_s=0.0)
    return encoder(*codecs, max_lossless_pixels=max_lossless_pixels).encode(frame)


@pytest.mark.parametrize(
    ("pixels", "codecs", "mime"),
    [
        (LARGE, ALL, "image/jpeg"),
        (OPAQUE, ALL, "image/jpeg"),
        (GLASS, ALL, "image/webp"),
        (GLASS, ("image/jpeg", "image/png"), "image/png"),
        (GLASS, ("image/jpeg",), "image/jpeg"),
        (FEW_COLORS, ALL, "image/png"),
        (FEW_COLORS, ("image/jpeg", "image/webp"), "image/jpeg"),
        (SMALL_GLASS, ALL, "image/png"),
        (card(20, 10), ALL, "image/png"),
    ],
)
def test_each_content_has_what_suits_it_and_viewers_can_show(pixels: Any, codecs: tuple[str, ...], mime: str) -> None:
    assert encoded(pixels, *codecs).mime == mime


def test_where_jpeg_was_chosen_it_is_jpeg_but_for_what_it_cannot_hold() -> None:
    assert encoded(FEW_COLORS, *ALL, max_lossless_pixels=0).mime == "image/jpeg"
    assert encoded(GLASS, *ALL, max_lossless_pixels=0).mime == "image/webp"


def test_larger_pictures_than_may_be_lossless_are_jpeg() -> None:
    height, width = FEW_COLORS.shape[:2]
    assert encoded(FEW_COLORS, *ALL, max_lossless_pixels=height * width).mime == "image/png"
    assert encoded(FEW_COLORS, *ALL, max_lossless_pixels=height * width - 1).mime == "image/jpeg"


def test_alpha_is_kept_or_shows_the_background() -> None:
    clear = GLASS.copy()
    clear[:, :, 3] = 0
    assert decode(encoded(clear, *ALL).payload)[:, :, 3].max() == 0
    assert decode(encoded(clear, "image/jpeg").payload).min() > 250


def test_encoders_are_made_once_and_closed_together() -> None:
    made, closed = list[str](), list[str]()

    class Counting:
        def __init__(self, codec: str) -> None:
            made.append(codec)
            self.codec = codec
            self.encoder = make_encoder(codec, EncodeOptions())

        def encode(self, frame: Frame, *, key: bool = False) -> Any:
            return self.encoder.encode(frame)

        def close(self) -> None:
            closed.append(self.codec)

    chooser = ContentAdaptiveEncoder(Counting, codecs=frozenset(ALL), max_lossless_pixels=math.inf)
    for pixels in (LARGE, FEW_COLORS, LARGE, FEW_COLORS):
        chooser.encode(Frame(pixels, seq=1, published_s=0.0))
    chooser.close()
    chooser.close()
    assert sorted(made) == sorted(closed) == ["image/jpeg", "image/png"]


DENSE = np.repeat(np.random.default_rng(3).integers(0, 2, (120, 60, 3), np.uint8) * 255, 2, axis=1)


@pytest.mark.parametrize(
    ("settles", "gap_s", "mimes"),
    [
        (True, 0.05, ["image/png", "image/jpeg", "image/jpeg"]),
        (True, 1.0, ["image/png", "image/png", "image/png"]),
        (False, 0.05, ["image/png", "image/png", "image/png"]),
    ],
)
def test_a_dense_drawing_in_motion_is_jpeg_if_it_is_settled_in_the_end(
    settles: bool, gap_s: float, mimes: list[str]
) -> None:
    adaptive = ContentAdaptiveEncoder(
        lambda codec: make_encoder(codec, EncodeOptions()),
        codecs=frozenset(ALL),
        max_lossless_pixels=math.inf,
        settles=settles,
    )
    assert [adaptive.encode(Frame(DENSE, seq=n, published_s=n * gap_s)).mime for n in range(3)] == mimes
    # And a plain drawing stays exact.
    adaptive.encode(Frame(FEW_COLORS, seq=4, published_s=99.0))
    assert adaptive.encode(Frame(FEW_COLORS, seq=5, published_s=99.05)).mime == "image/png"


def test_a_small_picture_in_motion_stays_exact_although_its_header_counts_for_much() -> None:
    adaptive = ContentAdaptiveEncoder(
        lambda codec: make_encoder(codec, EncodeOptions()),
        codecs=frozenset(ALL),
        max_lossless_pixels=math.inf,
        settles=True,
    )
    frames = [Frame(noise(16, 16, seed=n), seq=n, published_s=n * 0.05) for n in range(3)]
    assert [adaptive.encode(frame).mime for frame in frames] == ["image/png"] * 3
