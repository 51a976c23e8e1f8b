"""Lossless screenshot of a frame."""

from marimo_rfb.encode.base import Chunk, EncodeOptions
from marimo_rfb.encode.lossless import png_encoder
from marimo_rfb.frame import Frame

__all__ = ["encode_screenshot"]


def encode_screenshot(frame: Frame) -> Chunk:
    """Return `frame` as a PNG, including alpha. Bypasses the registry, where `image/png` may have been replaced.

    Raises:
        EncodeError: the frame cannot be encoded.
    """
    return png_encoder(EncodeOptions()).encode(frame)
