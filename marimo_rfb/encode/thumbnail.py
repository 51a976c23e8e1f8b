"""Thumbnail of a picture, for places without a live one."""

from marimo_rfb.encode.alpha import composite
from marimo_rfb.encode.content import suits_lossless
from marimo_rfb.encode.downscale import downscaled
from marimo_rfb.encode.jpeg import BEST_QUALITY, best_jpeg_encoder
from marimo_rfb.encode.lossless import LosslessEncoder
from marimo_rfb.frame import Frame

__all__ = ["encode_thumbnail", "mime_of"]

MAX_PIXELS = 640 * 480
MAX_BYTES = 100_000
# All are tried before the picture is downscaled further.
QUALITIES = (BEST_QUALITY, 75)


def encode_thumbnail(frame: Frame, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return `frame` in at most `max_bytes` bytes and about 640 x 480 pixels, in the frame's proportions.

    PNG if it suits the content, else JPEG 4:4:4; transparent pixels are composited over `alpha.BACKGROUND`.
    """
    frame = frame.with_pixels(composite(frame.pixels))
    max_pixels = MAX_PIXELS
    while True:
        small = downscaled(frame, max_pixels=max_pixels)
        encoders = [LosslessEncoder()] if suits_lossless(small.pixels) else []
        for encoder in (*encoders, *(best_jpeg_encoder(quality) for quality in QUALITIES)):
            thumbnail = encoder.encode(small).payload
            if len(thumbnail) <= max_bytes:
                return thumbnail
        if (small.width, small.height) == (1, 1):
            return thumbnail
        max_pixels = int(0.64 * small.width * small.height)


def mime_of(thumbnail: bytes) -> str:
    """Return the MIME type of a thumbnail, PNG or JPEG."""
    return "image/png" if thumbnail.startswith(b"\x89PNG") else "image/jpeg"
