"""Pictures that can be seen through, where nothing can."""

import numpy as np
from PIL import Image

from marimo_rfb.frame import PixelArray

__all__ = ["BACKGROUND", "composite"]

# White, as the page of a notebook is, and as what is exported is printed.
BACKGROUND = (255, 255, 255)


def composite(pixels: PixelArray) -> PixelArray:
    """Return RGBA `pixels` as RGB over `BACKGROUND`; RGB as it is."""
    if pixels.shape[2] == 3:
        return pixels
    picture = Image.fromarray(pixels)
    below = Image.new("RGB", picture.size, BACKGROUND)
    below.paste(picture, mask=picture.getchannel("A"))
    return np.asarray(below)
