"""Encoding of a picture that rests, in the best quality and in pieces."""

from collections.abc import Generator
from dataclasses import replace

from marimo_rfb.encode.alpha import composite
from marimo_rfb.encode.base import Chunk
from marimo_rfb.encode.content import is_opaque
from marimo_rfb.encode.dirty_tiles import Rect, TileMask, around_tiles, rects_of_mask
from marimo_rfb.encode.jpeg import best_jpeg_encoder
from marimo_rfb.encode.lossless import encode_in_bands
from marimo_rfb.encode.pillow import PillowEncoder
from marimo_rfb.frame import Frame

__all__ = ["LEAST_BYTES_PER_PIXEL", "encode_exact", "encode_pieces", "fine_jpeg"]

# Of most pictures. More pixels than that allows are not encoded to find out whether they fit into a piece.
LEAST_BYTES_PER_PIXEL = 0.05


def encode_pieces(
    frame: Frame, tiles: TileMask, codecs: tuple[str, ...], *, is_exact: bool, max_bytes: int | None
) -> Generator[tuple[Rect, Chunk] | None]:
    """Yield rectangles of `frame` with their encodings, and `None` where the caller may interrupt it.

    A rectangle that would be larger than `max_bytes` is cut in halves, as far as tiles allow.

    Args:
        frame: what to encode.
        tiles: of the frame, which the rectangles cover.
        codecs: the allowed codecs, as `settled_codecs` returns them; at least one.
        is_exact: whether to encode without loss if a codec can; else as JPEG 4:4:4 at quality 95, if that is smaller.
        max_bytes: largest encoding; `None` for no limit.

    Raises:
        EncodeError: the frame cannot be encoded.
    """
    waiting = rects_of_mask(tiles, width=frame.width, height=frame.height)[::-1]
    bytes_per_pixel = LEAST_BYTES_PER_PIXEL
    while waiting:
        rect = around_tiles(tiles, waiting.pop())
        if rect is None:
            continue
        halves = rect.halves() if max_bytes is not None else None
        chunk = None
        if halves is None or max_bytes is None or rect.area * bytes_per_pixel <= 1.5 * max_bytes:
            part = frame.part(*rect.slices)
            encode = encode_exact if is_exact or not is_opaque(part.pixels) else _encode_fine
            chunk = yield from encode(part, codecs, None if halves is None else max_bytes)
            yield None
        if chunk is not None:
            bytes_per_pixel = len(chunk.payload) / rect.area
            if halves is None or max_bytes is None or len(chunk.payload) <= max_bytes:
                yield rect, chunk
                continue
        assert halves is not None
        assert max_bytes is not None
        bytes_per_pixel = max(bytes_per_pixel, max_bytes / rect.area)
        waiting += halves[::-1]


def encode_exact(part: Frame, codecs: tuple[str, ...], max_bytes: int | None) -> Generator[None, None, Chunk | None]:
    """Return `part` encoded without loss, or as well as `codecs` can; perhaps `None` if it exceeds `max_bytes`.

    Yields where the caller may interrupt it.

    Raises:
        EncodeError: it cannot be encoded.
    """
    if "image/png" in codecs:
        payload = yield from _within(encode_in_bands(part.pixels), max_bytes)
        return None if payload is None else Chunk(payload, "image/png", is_lossless=True)
    if "image/webp" in codecs:
        yield
        chunk = PillowEncoder("WEBP", lossless=True, quality=0, method=0, exact=True).encode(part)
        return replace(chunk, is_lossless=True)
    return (yield from _encode_fine(part, codecs, max_bytes))


def fine_jpeg(frame: Frame) -> Chunk:
    """Return `frame` encoded as JPEG 4:4:4 at quality 95, over a background where it is transparent."""
    return best_jpeg_encoder().encode(frame.with_pixels(composite(frame.pixels)))


def _encode_fine(part: Frame, codecs: tuple[str, ...], max_bytes: int | None) -> Generator[None, None, Chunk | None]:
    if "image/jpeg" not in codecs:
        return (yield from encode_exact(part, codecs, max_bytes))
    chunk = fine_jpeg(part)
    if "image/png" in codecs:
        yield
        most = len(chunk.payload) if max_bytes is None else min(len(chunk.payload), max_bytes)
        payload = yield from _within(encode_in_bands(part.pixels), most)
        if payload is not None:
            chunk = Chunk(payload, "image/png", is_lossless=True)
    return chunk


def _within(work: Generator[int, None, bytes], max_bytes: int | None) -> Generator[None, None, bytes | None]:
    """Return the result of `work`, which yields its size so far, or `None` as soon as that exceeds `max_bytes`."""
    while True:
        try:
            done = next(work)
        except StopIteration as ended:
            payload: bytes = ended.value
            return payload if max_bytes is None or len(payload) <= max_bytes else None
        if max_bytes is not None and done > max_bytes:
            return None
        yield
