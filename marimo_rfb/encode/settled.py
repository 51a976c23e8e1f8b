"""The best that can be made of a picture which rests."""

from collections.abc import Generator
from dataclasses import replace

from marimo_rfb.encode.alpha import composite
from marimo_rfb.encode.base import Chunk
from marimo_rfb.encode.downscale import downscaled
from marimo_rfb.encode.jpeg import best_jpeg_encoder
from marimo_rfb.encode.lossless import encode_in_bands
from marimo_rfb.encode.pillow import PillowEncoder
from marimo_rfb.frame import Frame

__all__ = ["encode_settled", "settled_codecs"]

_CODECS = ("image/png", "image/webp", "image/jpeg")


def settled_codecs(codecs: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of `codecs` a picture that rests may be encoded as; none where it never is anything better."""
    return tuple(codec for codec in _CODECS if codec in codecs)


def encode_settled(
    frame: Frame, codecs: tuple[str, ...], *, max_bytes: int | None = None, max_pixels: int | None = None
) -> Generator[None, None, Chunk]:
    """Return `frame` without loss, or what comes next where that cannot be: JPEG 4:4:4 at quality 95.

    There is a `yield` wherever something better to do may come first.

    Args:
        frame: what to encode.
        codecs: what may be used, of those that `settled_codecs` returns, at least one.
        max_bytes: what the channel takes; `None` for no limit.
        max_pixels: to how many pixels a frame is scaled that is too large otherwise.

    Raises:
        EncodeError: the frame cannot be encoded.
    """
    if "image/png" in codecs:
        payload = yield from _within(encode_in_bands(frame.pixels), max_bytes)
        if payload is not None:
            return Chunk(payload, "image/png", is_lossless=True)
    elif "image/webp" in codecs and max_bytes is None:
        yield
        chunk = PillowEncoder("WEBP", lossless=True, quality=0, method=0, exact=True).encode(frame)
        return replace(chunk, is_lossless=True)
    yield
    chunk = _lossy(frame, codecs)
    if max_bytes is not None and max_pixels is not None and len(chunk.payload) > max_bytes:
        yield
        chunk = _lossy(downscaled(frame, max_pixels=max_pixels), codecs)
    return chunk


def _within(work: Generator[int, None, bytes], max_bytes: int | None) -> Generator[None, None, bytes | None]:
    """Return what `work` returns, or `None` as soon as it is too much."""
    while True:
        try:
            done = next(work)
        except StopIteration as ended:
            payload: bytes = ended.value
            return payload if max_bytes is None or len(payload) <= max_bytes else None
        if max_bytes is not None and done > max_bytes:
            return None
        yield


def _lossy(frame: Frame, codecs: tuple[str, ...]) -> Chunk:
    if "image/jpeg" in codecs:
        return best_jpeg_encoder().encode(replace(frame, pixels=composite(frame.pixels)))
    return PillowEncoder("WEBP" if "image/webp" in codecs else "PNG", quality=95, method=0).encode(frame)
