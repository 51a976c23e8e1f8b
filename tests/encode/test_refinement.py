from collections.abc import Sequence

import numpy as np
import pytest
from support import card, decode, noise, psnr_db

from marimo_rfb.encode.base import Chunk
from marimo_rfb.encode.dirty_tiles import TILE, Rect, mask_of_rects
from marimo_rfb.encode.refinement import encode_exact, encode_pieces
from marimo_rfb.frame import Frame, PixelArray

WIDTH, HEIGHT = 200, 150
WHOLE = Rect(0, 0, WIDTH, HEIGHT)
ALL = ("image/png", "image/webp", "image/jpeg")


def pieces(
    pixels: PixelArray, rects: Sequence[Rect], codecs: tuple[str, ...] = ALL, *, is_exact: bool, max_bytes: int | None
) -> list[tuple[Rect, Chunk]]:
    tiles = mask_of_rects(rects, width=pixels.shape[1], height=pixels.shape[0])
    work = encode_pieces(Frame(pixels, 1, 0.0), tiles, codecs, is_exact=is_exact, max_bytes=max_bytes)
    made = [piece for piece in work if piece is not None]
    covered = np.zeros(pixels.shape[:2], np.uint8)
    for (x, y, width, height), chunk in made:
        covered[y : y + height, x : x + width] += 1
        part = decode(chunk.payload)
        assert part.shape[:2] == (height, width)
        if chunk.is_lossless:
            assert np.array_equal(part[:, :, :3], pixels[y : y + height, x : x + width, :3])
    for x, y, width, height in rects:
        assert (covered[y : y + height, x : x + width] == 1).all()
    assert covered.sum() == sum(rect.area for rect in rects)
    return made


@pytest.mark.parametrize("is_exact", [True, False])
def test_pieces_have_the_size_that_is_asked_for(is_exact: bool) -> None:
    whole = pieces(noise(WIDTH, HEIGHT), [WHOLE], is_exact=is_exact, max_bytes=None)
    assert len(whole) == 1
    made = pieces(noise(WIDTH, HEIGHT), [WHOLE], is_exact=is_exact, max_bytes=5000)
    sizes = [len(chunk.payload) for _, chunk in made]
    assert max(sizes) <= 5000
    assert len(sizes) <= 4 * len(whole[0][1].payload) / 5000


def test_no_piece_is_smaller_than_a_tile() -> None:
    made = pieces(noise(WIDTH, HEIGHT), [Rect(32, 16, 48, 32)], is_exact=True, max_bytes=100)
    assert sorted(rect for rect, _ in made) == [
        Rect(x, y, TILE, TILE) for x in range(32, 80, TILE) for y in range(16, 48, TILE)
    ]


def test_what_is_flat_takes_few_pieces_and_is_exact_at_once() -> None:
    flat = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    flat[:, :16] = noise(16, HEIGHT)
    ((rect, chunk),) = pieces(flat, [Rect(16, 0, WIDTH - 16, HEIGHT)], is_exact=False, max_bytes=2000)
    assert chunk.is_lossless
    assert rect.area == (WIDTH - 16) * HEIGHT


def test_a_photograph_is_sent_as_well_as_jpeg_can_with_all_of_its_color() -> None:
    pixels = card(WIDTH, HEIGHT, seed=2)
    for rect, chunk in pieces(pixels, [WHOLE], is_exact=False, max_bytes=4000):
        if chunk.mime == "image/jpeg":
            assert psnr_db(decode(chunk.payload), pixels[rect.slices]) > 36
    assert [chunk.mime for _, chunk in pieces(noise(64, 64), [Rect(0, 0, 64, 64)], is_exact=False, max_bytes=None)] == [
        "image/jpeg"
    ]


@pytest.mark.parametrize("codec", ["image/webp", "image/png", "image/jpeg"])
@pytest.mark.parametrize("is_exact", [True, False])
def test_with_one_codec_it_is_as_good_as_that_can(codec: str, is_exact: bool) -> None:
    for _, chunk in pieces(noise(64, 48), [Rect(0, 0, 64, 48)], (codec,), is_exact=is_exact, max_bytes=3000):
        assert chunk.mime == codec
        assert chunk.is_lossless == (codec != "image/jpeg")
        assert len(chunk.payload) <= 3000


def test_what_is_transparent_stays_so() -> None:
    pixels = np.dstack([noise(64, 48), np.full((48, 64), 128, np.uint8)])
    ((_, chunk),) = pieces(pixels, [Rect(0, 0, 64, 48)], is_exact=False, max_bytes=None)
    assert np.array_equal(decode(chunk.payload), pixels)


def test_what_exceeds_the_limit_is_given_up_early() -> None:
    frame = Frame(noise(2000, 1000), 1, 0.0)
    assert len(list(encode_exact(frame, ALL, 10_000))) <= 1
    assert len(list(encode_exact(frame, ALL, None))) > 10
