"""Pictures of the screens' own, taken from the buffers of renderers."""

import numpy as np
import numpy.typing as npt

from marimo_rfb.encode.content import is_opaque

__all__ = ["own_pixels", "stretched", "without_alpha"]


def own_pixels(buffer: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a copy of an RGBA buffer; without alpha if it is opaque, which is encoded in half the time."""
    return without_alpha(buffer) if is_opaque(buffer) else buffer.copy()


def without_alpha(buffer: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the RGB of an RGBA buffer, in C order."""
    pixels = np.empty((*buffer.shape[:2], 3), np.uint8)
    for channel in range(3):  # much faster than at once
        pixels[..., channel] = buffer[..., channel]
    return pixels


def stretched(buffer: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    """Return a buffer in that size, by repeating or leaving out pixels; the buffer itself if it has it."""
    rows, columns = buffer.shape[:2]
    if (columns, rows) == (width, height) or not buffer.size:
        return buffer
    # First the columns: of the rows, whole ones are copied.
    wide: npt.NDArray[np.uint8] = buffer.take(np.arange(width) * columns // width, 1)
    full: npt.NDArray[np.uint8] = wide.take(np.arange(height) * rows // height, 0)
    return full
