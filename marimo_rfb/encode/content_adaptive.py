"""Selects the codec for each frame by its content, among those that the viewers support."""

from collections.abc import Callable
from dataclasses import replace

from marimo_rfb.encode.alpha import composite
from marimo_rfb.encode.base import Chunk, Encoder
from marimo_rfb.encode.content import is_opaque, suits_lossless
from marimo_rfb.frame import Frame

__all__ = ["ContentAdaptiveEncoder"]


class ContentAdaptiveEncoder:
    """Encodes as JPEG, unless the content suits another codec that the viewers support.

    Transparent frames are encoded as WebP, else as PNG, else composited over a background. Frames that PNG compresses
    about as well as JPEG, and small frames, are encoded as PNG, so that they are exact at once.

    Args:
        make: returns an encoder for a codec.
        codecs: the codecs that the viewers support.
        may_go_lossless: whether opaque frames may be encoded as PNG.
    """

    def __init__(self, make: Callable[[str], Encoder], *, codecs: frozenset[str], may_go_lossless: bool) -> None:
        self._make = make
        self._for_alpha = next((codec for codec in ("image/webp", "image/png") if codec in codecs), None)
        self._may_go_lossless = may_go_lossless and "image/png" in codecs
        self._encoders: dict[str, Encoder] = {}

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        codec = "image/jpeg"
        if self._may_go_lossless and suits_lossless(frame.pixels):
            codec = "image/png"
        elif not is_opaque(frame.pixels):
            if self._for_alpha is None:
                frame = replace(frame, pixels=composite(frame.pixels))
            else:
                codec = self._for_alpha
        return self._encoder(codec).encode(frame, key=key)

    def close(self) -> None:
        while self._encoders:
            self._encoders.popitem()[1].close()

    def _encoder(self, codec: str) -> Encoder:
        if codec not in self._encoders:
            self._encoders[codec] = self._make(codec)
        return self._encoders[codec]
