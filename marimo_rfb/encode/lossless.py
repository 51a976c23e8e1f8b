"""Lossless encoding in bands, so that the caller can interrupt it after each band.

PNG (ISO/IEC 15948), with one filter for all rows and the fastest deflate level: on drawings, labels and photographs as
small as Pillow's at that level, in a half to a quarter of the time, and without the GIL.
"""

import struct
import zlib
from collections.abc import Generator

import numpy as np

from marimo_rfb.encode.base import Chunk, EncodeOptions
from marimo_rfb.encode.content import is_opaque
from marimo_rfb.frame import Frame, PixelArray

__all__ = ["LosslessEncoder", "encode_in_bands", "png_encoder"]

BAND_BYTES = 1 << 18  # some five milliseconds of work
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES = {3: 2, 4: 6}  # RGB and RGBA
_UP = 2  # the filter that stores the difference of each row to the one above


def encode_in_bands(pixels: PixelArray) -> Generator[int, None, bytes]:
    """Return `pixels` as a PNG; yield the number of compressed bytes so far after each band of rows.

    Args:
        pixels: uint8 `(height, width, 3 or 4)`; an alpha channel that is 255 everywhere is omitted.
    """
    height, width, channels = pixels.shape
    if channels == 4 and is_opaque(pixels):
        channels = 3
    compressor = zlib.compressobj(1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    parts = [_SIGNATURE, _chunk(b"IHDR", header)]
    done = 0
    above = np.zeros(width * channels, np.uint8)
    step = max(1, BAND_BYTES // (width * channels))
    for top in range(0, height, step):
        band = pixels[top : top + step, :, :channels].reshape(-1, width * channels)
        filtered = np.empty((len(band), width * channels + 1), np.uint8)
        filtered[:, 0] = _UP
        np.subtract(band[0], above, out=filtered[0, 1:])
        np.subtract(band[1:], band[:-1], out=filtered[1:, 1:])
        above = band[-1]
        if packed := compressor.compress(filtered.data):  # without a copy of NumPy's buffer
            parts.append(_chunk(b"IDAT", packed))
            done += len(packed)
        yield done
    parts += [_chunk(b"IDAT", compressor.flush()), _chunk(b"IEND", b"")]
    return b"".join(parts)


def _finish(work: Generator[int, None, bytes]) -> bytes:
    """Run `work` to its end and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            payload: bytes = done.value
            return payload


class LosslessEncoder:
    """Encodes PNG by `encode_in_bands`, without interruption."""

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        return Chunk(_finish(encode_in_bands(frame.pixels)), "image/png", is_lossless=True)

    def close(self) -> None:
        """Do nothing: the encoder has no resources."""


def png_encoder(options: EncodeOptions) -> LosslessEncoder:
    """Return a lossless encoder; it ignores `quality`."""
    return LosslessEncoder()


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(name))
    return b"".join((struct.pack(">I", len(content)), name, content, struct.pack(">I", checksum)))
