"""A small still of a picture, for where a live one cannot be."""

import numpy as np
from PIL import Image

from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.encode.jpeg import jpeg_encoder
from marimo_rfb.frame import Frame

__all__ = ["encode_still"]

MAX_PIXELS = 640 * 480
MAX_BYTES = 100_000
QUALITY = 75


def encode_still(frame: Frame, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return `frame` as a JPEG of at most `max_bytes` bytes and about 640 x 480 pixels, in the frame's proportions."""
    encoder = jpeg_encoder(EncodeOptions(quality=QUALITY))
    image = Image.fromarray(frame.pixels[:, :, :3])
    scale = min(1.0, (MAX_PIXELS / (frame.width * frame.height)) ** 0.5)
    while True:
        size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
        # A box filter averages what falls together; at this size nobody sees the difference to a better one.
        small = image if size == image.size else image.resize(size, Image.Resampling.BOX)
        still = encoder.encode(Frame(np.asarray(small), frame.seq, frame.published_s)).payload
        if len(still) <= max_bytes or size == (1, 1):
            return still
        scale *= 0.8
