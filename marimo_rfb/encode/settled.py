"""Best-quality encoding of a settled picture."""

from collections.abc import Generator

from marimo_rfb.encode.base import Chunk
from marimo_rfb.encode.downscale import downscaled
from marimo_rfb.encode.pillow import PillowEncoder
from marimo_rfb.encode.refinement import encode_exact, fine_jpeg
from marimo_rfb.frame import Frame

__all__ = ["encode_settled", "settled_codecs"]

_CODECS = ("image/png", "image/webp", "image/jpeg")


def settled_codecs(codecs: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of `codecs` that a settled picture may be encoded with, preferred first; may be empty."""
    return tuple(codec for codec in _CODECS if codec in codecs)


def encode_settled(
    frame: Frame, codecs: tuple[str, ...], *, max_bytes: int | None = None, max_pixels: int | None = None
) -> Generator[None, None, Chunk]:
    """Return `frame` encoded losslessly, or else as the next best: JPEG 4:4:4 at quality 95.

    Yields wherever the caller may interrupt it for more urgent work.

    Args:
        frame: what to encode.
        codecs: the allowed codecs, as `settled_codecs` returns them; at least one.
        max_bytes: maximum size that the transport accepts; `None` for no limit.
        max_pixels: number of pixels to downscale to if the frame exceeds `max_bytes` otherwise.

    Raises:
        EncodeError: the frame cannot be encoded.
    """
    # A WebP that turns out to be too large takes too long in vain.
    if "image/png" in codecs or ("image/webp" in codecs and max_bytes is None):
        exact = yield from encode_exact(frame, codecs, max_bytes)
        if exact is not None:
            return exact
    yield
    chunk = _lossy(frame, codecs)
    if max_bytes is not None and max_pixels is not None and len(chunk.payload) > max_bytes:
        yield
        chunk = _lossy(downscaled(frame, max_pixels=max_pixels), codecs)
    return chunk


def _lossy(frame: Frame, codecs: tuple[str, ...]) -> Chunk:
    if "image/jpeg" in codecs:
        return fine_jpeg(frame)
    return PillowEncoder("WEBP" if "image/webp" in codecs else "PNG", quality=95, method=0).encode(frame)
