"""Downscaling of frames."""

import numpy as np
from PIL import Image

from marimo_rfb.frame import Frame

__all__ = ["downscaled", "scaled"]


def downscaled(frame: Frame, *, max_pixels: int) -> Frame:
    """Return `frame` downscaled to about `max_pixels` pixels, in its proportions and at least 1 x 1, if it has more."""
    return scaled(frame, (max_pixels / (frame.width * frame.height)) ** 0.5)


def scaled(frame: Frame, scale: float) -> Frame:
    """Return `frame` with each side scaled by `scale`, at least 1 x 1; itself if that changes nothing."""
    scale = min(1.0, scale)
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
