"""A small still of a picture, for where a live one cannot be."""

from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.encode.jpeg import jpeg_encoder
from marimo_rfb.encode.smaller import smaller
from marimo_rfb.frame import Frame

__all__ = ["encode_still"]

MAX_PIXELS = 640 * 480
MAX_BYTES = 100_000
QUALITY = 75


def encode_still(frame: Frame, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return `frame` as a JPEG of at most `max_bytes` bytes and about 640 x 480 pixels, in the frame's proportions."""
    encoder = jpeg_encoder(EncodeOptions(quality=QUALITY))
    max_pixels = MAX_PIXELS
    while True:
        small = smaller(frame, max_pixels=max_pixels)
        still = encoder.encode(small).payload
        if len(still) <= max_bytes or (small.width, small.height) == (1, 1):
            return still
        max_pixels = int(0.64 * small.width * small.height)
