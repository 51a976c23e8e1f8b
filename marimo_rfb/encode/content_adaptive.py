"""The encoding that suits a frame, out of those that a viewer can show."""

from collections.abc import Callable
from dataclasses import replace

from marimo_rfb.encode.alpha import composite
from marimo_rfb.encode.base import Chunk, Encoder
from marimo_rfb.encode.content import is_opaque, suits_lossless
from marimo_rfb.frame import Frame

__all__ = ["ContentAdaptiveEncoder"]


class ContentAdaptiveEncoder:
    """Encodes JPEG but where the content asks for something else, and viewers can show that.

    What can be seen through goes as WebP, else as PNG, else over a background. What PNG makes as small as JPEG, and of
    pictures that are small anyway, goes as PNG, so that it is right at once.

    Args:
        make: returns an encoder for a codec.
        codecs: what the viewers can show.
        may_go_lossless: whether PNG may be taken where JPEG would do.
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
