"""Selects the codec for each frame by its content, among those that the viewers support."""

import math
from collections.abc import Callable

from marimo_rfb.encode.alpha import composite
from marimo_rfb.encode.base import Chunk, Encoder
from marimo_rfb.encode.content import is_opaque, suits_lossless
from marimo_rfb.frame import Frame

__all__ = ["ContentAdaptiveEncoder"]

# Bytes per pixel above which a PNG is that of a dense drawing. Measured, with those of a JPEG of quality 80 and 4:4:4:
# a line plot 0.11 and 0.10, a scatter plot of 10,000 points 0.19 and 0.19, a shaded surface 0.33 and 0.13, a plot of
# 1,000 lines 0.90 and 0.35, whose PNG takes six times as long as the JPEG.
DENSE_BYTES = 0.25
# A PNG of fewer bytes takes no time to speak of; in a small one the header counts.
MIN_DENSE_BYTES = 1 << 13
# Frames that follow within this time are in motion; what is dense may also take long to draw.
MOTION_S = 0.5


class ContentAdaptiveEncoder:
    """Encodes as JPEG, unless the content suits another codec that the viewers support.

    Transparent frames are encoded as WebP, else as PNG, else composited over a background. Frames that PNG compresses
    about as well as JPEG, and small frames, are encoded as PNG, so that they are exact at once; of dense drawings in
    motion only the first one, if the last one will be settled.

    Args:
        make: returns an encoder for a codec.
        codecs: the codecs that the viewers support.
        max_lossless_pixels: opaque frames with more pixels are not encoded as PNG.
        settles: whether the last frame of a motion is sent once more without loss.
    """

    def __init__(
        self,
        make: Callable[[str], Encoder],
        *,
        codecs: frozenset[str],
        max_lossless_pixels: float,
        settles: bool = False,
    ) -> None:
        self._make = make
        self._for_alpha = next((codec for codec in ("image/webp", "image/png") if codec in codecs), None)
        self._max_lossless_pixels = max_lossless_pixels if "image/png" in codecs else 0
        self._settles = settles
        self._encoders: dict[str, Encoder] = {}
        self._is_dense = False
        self._last_s = -math.inf

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        codec = "image/jpeg"
        in_motion = 0 <= frame.published_s - self._last_s < MOTION_S
        self._last_s = frame.published_s
        may_go_lossless = frame.width * frame.height <= self._max_lossless_pixels
        if may_go_lossless and not (in_motion and self._is_dense) and suits_lossless(frame.pixels):
            return self._encode_lossless(frame, key=key)
        if not is_opaque(frame.pixels):
            if self._for_alpha is None:
                frame = frame.with_pixels(composite(frame.pixels))
            else:
                codec = self._for_alpha
        return self._encoder(codec).encode(frame, key=key)

    def _encode_lossless(self, frame: Frame, *, key: bool) -> Chunk:
        chunk = self._encoder("image/png").encode(frame, key=key)
        dense_bytes = max(MIN_DENSE_BYTES, DENSE_BYTES * frame.width * frame.height)
        self._is_dense = self._settles and len(chunk.payload) > dense_bytes
        return chunk

    def close(self) -> None:
        while self._encoders:
            self._encoders.popitem()[1].close()

    def _encoder(self, codec: str) -> Encoder:
        if codec not in self._encoders:
            self._encoders[codec] = self._make(codec)
        return self._encoders[codec]
