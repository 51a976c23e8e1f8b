"""Downscaling of frames."""

from dataclasses import replace

import numpy as np
from PIL import Image

from marimo_rfb.encode.base import Chunk, Encoder
from marimo_rfb.frame import Frame

__all__ = ["DownscalingEncoder", "downscaled"]


class DownscalingEncoder:
    """Downscales frames before `encoder` encodes them; pages show them in the frame's size.

    Args:
        encoder: encodes what is left.
        max_pixels: how many pixels that is at most; `None` for no limit.
        scale: of each side, above 0 and at most 1.
    """

    def __init__(self, encoder: Encoder, *, max_pixels: int | None = None, scale: float = 1.0) -> None:
        self._encoder = encoder
        self._max_pixels = max_pixels
        self._scale = scale

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        max_pixels = round(frame.width * frame.height * self._scale**2)
        if self._max_pixels is not None:
            max_pixels = min(max_pixels, self._max_pixels)
        small = downscaled(frame, max_pixels=max_pixels)
        chunk = self._encoder.encode(small, key=key)
        return chunk if small is frame else replace(chunk, is_lossless=False)

    def close(self) -> None:
        self._encoder.close()


def downscaled(frame: Frame, *, max_pixels: int) -> Frame:
    """Return `frame` downscaled to about `max_pixels` pixels, in its proportions and at least 1 x 1, if it has more."""
    scale = min(1.0, (max_pixels / (frame.width * frame.height)) ** 0.5)
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    if size == (frame.width, frame.height):
        return frame
    # A box filter averages the merged pixels; at these sizes a better filter makes no visible difference.
    picture = Image.fromarray(frame.pixels)
    if picture.mode == "RGBA":  # premultiplied: the color of transparent pixels is arbitrary
        scaled = picture.convert("RGBa").resize(size, Image.Resampling.BOX).convert("RGBA")
    else:
        scaled = picture.resize(size, Image.Resampling.BOX)
    return frame.with_pixels(np.asarray(scaled))
