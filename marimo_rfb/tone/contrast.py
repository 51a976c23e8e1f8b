"""The mapping of numbers to brightness and colors, as matplotlib and napari define it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.tone.colormap import OPAQUE, Colormap

__all__ = ["Contrast"]


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Maps numbers from `vmin` to `vmax`.

    Attributes:
        vmin: the number that is shown in the first color, or black.
        vmax: the number that is shown in the last color, or white.
        gamma: exponent of what is between them.
        colormap: the colors; without it, numbers become bytes.
    """

    vmin: float
    vmax: float
    gamma: float = 1.0
    colormap: Colormap | None = None

    def bytes_of(self, numbers: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Return `numbers` as 0 to 255, clipped and rounded; NaN is 0."""
        has_unit_range = (self.vmin, self.vmax) == (0.0, 1.0)
        is_wide = numbers.dtype.itemsize > (2 if numbers.dtype.kind in "iu" else 4)
        with np.errstate(all="ignore"):  # what overflows becomes infinity, which is clipped
            shown: Any = numbers.astype(np.float64 if is_wide and not has_unit_range else np.float32)
            if not has_unit_range:
                shown -= self.vmin
                shown /= self.vmax - self.vmin
            shown[np.isnan(shown)] = 0.0
            np.clip(shown, 0.0, 1.0, out=shown)
            if self.gamma != 1.0:
                np.power(shown, self.gamma, out=shown)
        shown *= 255.0
        shown += 0.5
        done: npt.NDArray[np.uint8] = shown.astype(np.uint8)
        return done

    def grays_of(self, numbers: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
        """Return `bytes_of` as opaque gray, the bytes R, G, B and A as one uint32."""
        colors: npt.NDArray[np.uint32] = self.bytes_of(numbers) * np.uint32(0x01010101) | OPAQUE
        return colors

    def colors_of(self, numbers: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
        """Return the color of each of `numbers`, the bytes R, G, B and A as one uint32.

        Step by step as `Colormap.__call__` and `Normalize.__call__` or, with a gamma, `PowerNorm.__call__` of
        matplotlib 3.11 do it, in the same precision, so that every color is the same.
        """
        assert self.colormap is not None
        colormap, size = self.colormap, self.colormap.size
        with np.errstate(all="ignore"):
            shown: Any = self._normalized(numbers)
            shown *= size
            bad = np.isnan(shown)
            below = above = None
            if not colormap.has_plain_ends:
                below, above = shown < 0, shown > size
            np.clip(shown, 0, size, out=shown)
            index = shown.astype(np.intp)
        if below is not None and above is not None:
            index[below] = size + 1
            index[above] = size + 2
        if bad.any():
            index[bad] = size + 3
        colors: npt.NDArray[np.uint32] = colormap.table.take(index, mode="clip")
        return colors

    def _normalized(self, numbers: npt.NDArray[Any]) -> Any:
        dtype = numbers.dtype.newbyteorder("=")
        shown: Any = numbers.astype(dtype if dtype.kind == "f" else np.promote_types(dtype, np.float32))
        if self.gamma != 1.0:
            shown -= self.vmin
            shown /= self.vmax - self.vmin
            np.power(shown, self.gamma, out=shown, where=shown > 0)
            return shown
        # `Normalize` computes with float64 scalars. A float32 operation gives the same if they are exact in float32,
        # and is several times as fast, because rounding twice is harmless from 53 to 24 bits.
        low, extent = np.float64(self.vmin), np.float64(self.vmax) - np.float64(self.vmin)
        if shown.dtype == np.float32 and np.float32(low) == low and np.float32(extent) == extent:
            shown -= np.float32(low)
            shown /= np.float32(extent)
        else:
            np.subtract(shown, low, out=shown, casting="same_kind")
            np.divide(shown, extent, out=shown, casting="same_kind")
        return shown
