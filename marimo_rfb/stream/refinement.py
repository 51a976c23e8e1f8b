"""What a rendition sends of a picture that rests: what viewers have in less than the best quality."""

from collections.abc import Generator

import numpy as np
import numpy.typing as npt

from marimo_rfb.encode.base import Chunk
from marimo_rfb.encode.dirty_tiles import Rect, rects_of_mask
from marimo_rfb.encode.refinement import LEAST_BYTES_PER_PIXEL, encode_exact, encode_pieces
from marimo_rfb.frame import Frame
from marimo_rfb.wire.messages import MAX_RECTS
from marimo_rfb.wire.picture_state import EXACT, FINE

__all__ = ["Images", "TileQualities", "lacking", "refine"]

# The quality of each tile: uint8 `(rows, columns)`.
TileQualities = npt.NDArray[np.uint8]
# Parts of a picture, or the one part that is all of it, and their encodings.
Images = list[tuple[Rect, Chunk]]

# Of the picture's area: if more is to be improved, the whole picture is sent.
MAX_SHARE = 0.8


def refine(
    frame: Frame, qualities: TileQualities, codecs: tuple[str, ...], *, best: int, max_bytes: int
) -> Generator[Images | None]:
    """Yield what improves the picture of viewers, in messages, and `None` where the caller may interrupt it.

    Without loss, if that fits into one message; otherwise first as well as a lossy format can, and what is so already
    without loss. Nothing, if nothing can be improved.

    Args:
        frame: the picture.
        qualities: the quality that viewers have it in.
        codecs: the allowed codecs, as `settled_codecs` returns them; at least one.
        best: the quality that the codecs allow, `FINE` or `EXACT`.
        max_bytes: size of a message, as far as tiles allow.

    Raises:
        EncodeError: the frame cannot be encoded.
    """
    if qualities.min() >= best:
        return
    at_once = yield from _encode_within(frame, lacking(frame, qualities, best), codecs, max_bytes)
    if at_once is not None:
        yield at_once
        return
    is_exact = best == EXACT and ("image/jpeg" not in codecs or bool(qualities.min() >= FINE))
    tiles = qualities < (EXACT if is_exact else FINE)
    images: Images = []
    for piece in encode_pieces(frame, tiles, codecs, is_exact=is_exact, max_bytes=max_bytes):
        if piece is None:
            yield None
            continue
        size = sum(len(chunk.payload) for _, chunk in [*images, piece])
        if images and (size > max_bytes or len(images) == MAX_RECTS):
            yield images
            images = []
        images.append(piece)
    yield images


def lacking(frame: Frame, qualities: TileQualities, quality: int) -> list[Rect]:
    """Return the parts in which a picture is worse than `quality`."""
    tiles = qualities < quality
    if np.count_nonzero(tiles) > MAX_SHARE * tiles.size:
        return [Rect(0, 0, frame.width, frame.height)]
    return rects_of_mask(tiles, width=frame.width, height=frame.height)


def _encode_within(
    frame: Frame, rects: list[Rect], codecs: tuple[str, ...], max_bytes: int
) -> Generator[None, None, Images | None]:
    """Return the best encoding of all rectangles, or `None` as soon as they exceed `max_bytes`."""
    images: Images = []
    if sum(rect.area for rect in rects) * LEAST_BYTES_PER_PIXEL > max_bytes:
        return None
    for rect in rects:
        chunk = yield from encode_exact(frame.part(*rect.slices), codecs, max_bytes)
        if chunk is None or len(chunk.payload) > max_bytes:
            return None
        max_bytes -= len(chunk.payload)
        images.append((rect, chunk))
    return images
