"""Compositing of transparent pictures over a background, for codecs without alpha."""

import numpy as np
from PIL import Image

from marimo_rfb.frame import PixelArray

__all__ = ["BACKGROUND", "composite"]

# White, like the page of a notebook and the paper of a printed export.
BACKGROUND = (255, 255, 255)


def composite(pixels: PixelArray) -> PixelArray:
    """Return RGBA `pixels` composited over `BACKGROUND` as RGB; return RGB unchanged."""
    if pixels.shape[2] == 3:
        return pixels
    picture = Image.fromarray(pixels)
    background = Image.new("RGB", picture.size, BACKGROUND)
    background.paste(picture, mask=picture.getchannel("A"))
    return np.asarray(background)
