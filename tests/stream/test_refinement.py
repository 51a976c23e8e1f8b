from typing import Any

import numpy as np
import pytest
from support import noise

from marimo_rfb.encode.dirty_tiles import TILE, Rect
from marimo_rfb.frame import Frame
from marimo_rfb.stream.refinement import Images, refine
from marimo_rfb.wire.messages import MAX_RECTS
from marimo_rfb.wire.picture_state import EXACT, FINE

WIDTH, HEIGHT = 160, 96
ALL = ("image/png", "image/webp", "image/jpeg")
FAST = 9
LEFT, WHOLE = Rect(0, 0, 2 * TILE, HEIGHT), Rect(0, 0, WIDTH, HEIGHT)


def qualities(left: int, right: int) -> np.ndarray:
    made = np.full((HEIGHT // TILE, WIDTH // TILE), right, np.uint8)
    made[LEFT.tiles[0], slice(LEFT.tiles[1].start, LEFT.tiles[1].stop)] = left
    return made


def refined(left: int, right: int, codecs: tuple[str, ...] = ALL, **limits: Any) -> list[Images]:
    frame = Frame(noise(WIDTH, HEIGHT), 1, 0.0)
    work = refine(frame, qualities(left, right), codecs, **{"best": EXACT, "max_bytes": 1 << 20, **limits})
    return [images for images in work if images is not None]


def test_what_fits_comes_at_once_without_loss() -> None:
    ((rect, chunk),) = refined(FAST, EXACT)[0]
    assert (rect, chunk.mime, chunk.is_lossless) == (LEFT, "image/png", True)
    ((whole, _),) = refined(FAST, FINE)[0]
    assert whole == WHOLE


@pytest.mark.parametrize("left", [FAST, FINE])
def test_what_does_not_fit_comes_as_jpeg_first_and_without_loss_once_all_is_that_good(left: int) -> None:
    messages = refined(left, FINE, max_bytes=4000)
    assert len(messages) > 1
    mimes = {chunk.mime for images in messages for _, chunk in images}
    # A small PNG may be smaller than the JPEG.
    assert mimes == {"image/png"} if left == FINE else "image/jpeg" in mimes
    assert sum(rect.area for images in messages for rect, _ in images) == (LEFT if left == FAST else WHOLE).area
    for images in messages:
        assert 1 <= len(images) <= MAX_RECTS
        assert sum(len(chunk.payload) for _, chunk in images) <= 4000


@pytest.mark.parametrize("max_bytes", [4000, 1 << 20])
def test_with_jpeg_alone_nothing_is_better_than_fine_and_comes_twice(max_bytes: int) -> None:
    messages = refined(FAST, FINE, ("image/jpeg",), best=FINE, max_bytes=max_bytes)
    assert sum(rect.area for images in messages for rect, _ in images) == LEFT.area
