"""Content analysis for the choice of a codec. Cheap: it samples part of the picture."""

import sys

import numpy as np

from marimo_rfb.frame import PixelArray

__all__ = ["is_opaque", "suits_lossless"]

# Up to about this size, most of a JPEG is its header.
SMALL_PIXELS = 64 * 64
SAMPLED_ROWS = 16
# Share of bytes that differ from their left neighbor. Measured share, and size of the PNG relative to a JPEG of quality
# 80: text 0.38 and 0.2, line plots 0.03 and 0.6, labels 0.04 and 0.2; noise and waves 0.96 to 1.0 and 4.5.
MAX_CHANGES = 0.45
# JPEG spends its bytes on edges, PNG on every change. So JPEG suits gradients, whose steps are small: 0.2 to 0.4 of the
# bytes change, and a PNG is 4.5 times as large.
EDGE = 3
MAX_SOFT = 0.02
_OPAQUE = 255 << 24 if sys.byteorder == "little" else 255


def suits_lossless(pixels: PixelArray) -> bool:
    """Return whether a PNG of `pixels` will be about as small as a JPEG: the picture is small or has few changes."""
    height, width = pixels.shape[:2]
    if height * width <= SMALL_PIXELS:
        return True
    channels = pixels.shape[2]
    rows = pixels.reshape(height, width * channels)[:: max(1, height // SAMPLED_ROWS)]
    left, right = rows[:, :-channels], rows[:, channels:]
    differences = np.maximum(left, right) - np.minimum(left, right)
    if not differences.size:
        return False
    changes = np.count_nonzero(differences) / differences.size
    edges = np.count_nonzero(differences > EDGE) / differences.size
    return bool(changes < MAX_CHANGES and changes - edges <= max(MAX_SOFT, edges / 2))


def is_opaque(pixels: PixelArray) -> bool:
    """Return whether `pixels`, in C order, have no alpha channel or are opaque everywhere."""
    if pixels.shape[2] == 3:
        return True
    return int(np.bitwise_and.reduce(pixels.reshape(-1).view(np.uint32))) & _OPAQUE == _OPAQUE
