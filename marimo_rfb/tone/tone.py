"""How the frames of one dtype become pixels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.tone.auto_range import MOST, AutoRange
from marimo_rfb.tone.colormap import GRAY
from marimo_rfb.tone.contrast import Contrast
from marimo_rfb.tone.mapping import TABLE_PAYS_FROM, each_byte, each_color, gray_pixels, reordered, table_of
from marimo_rfb.tone.options import ToneOptions

__all__ = ["Tone"]

Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[Any]


class Tone:
    """Makes pixels of frames: numbers `(height, width)`, or colors `(height, width, 3 or 4)`. Immutable, any thread.

    Args:
        dtype: of the frames.
        options: what the stream's owner or a user wants.
        auto: the range where they do not say.
        has_colors: whether the frames have channels.

    Attributes:
        dtype: of the frames, by name; empty if they have colors.
        cmap: name of the colormap; empty for gray.
        contrast: how numbers are shown; of uint8 colors, how they could be.
        has_range: whether the options give an end of the range.
    """

    def __init__(self, dtype: np.dtype[Any], options: ToneOptions, auto: AutoRange, *, has_colors: bool) -> None:
        self.dtype = "" if has_colors else dtype.name
        self.cmap = options.colormap.name if options.colormap is not None else ""
        self.has_range = options.has_range
        self._blue_first = has_colors and options.order.startswith("b")
        low, high = _range(options, auto)
        is_gray = has_colors or options.is_plain
        colormap = None if is_gray else options.colormap or GRAY
        self.contrast = Contrast(low, high, options.gamma, colormap)
        self._alpha = Contrast(0.0, auto.alpha)
        # Bytes without a range or a colormap are shown as they are, and colors of bytes always are.
        self._as_is = dtype == np.uint8 and is_gray
        self._tables: dict[str, Numbers | None] = {}

    def leaves_as(self, other: "Tone") -> bool:
        """Return whether both leave the channels of uint8 colors as they are, in the same order."""
        both_leave = self._as_is and other._as_is and not (self.dtype or other.dtype)
        return both_leave and self._blue_first == other._blue_first

    def pixels(self, data: Numbers) -> Pixels:
        """Return `data` as uint8 `(height, width, 3 or 4)` in C order; maybe the array itself."""
        values, mask = np.asarray(data), _mask(data)
        pixels = self._colors(values) if values.ndim == 3 else self._numbers(values)
        return pixels if mask is None else self._with_mask(pixels, mask)

    def _numbers(self, values: Numbers) -> Pixels:
        if self._as_is:
            return gray_pixels(values)
        compute = self.contrast.grays_of if self.contrast.colormap is None else self.contrast.colors_of
        return each_color(values, compute, self._table("numbers", values, compute))

    def _colors(self, values: Numbers) -> Pixels:
        shown = values
        if not self._as_is:
            of_bytes = self.contrast.bytes_of
            shown = each_byte(values, of_bytes, self._table("bytes", values, of_bytes))
            if values.shape[2] == 4:
                of_alpha, alpha = self._alpha.bytes_of, values[..., 3]
                shown[..., 3] = each_byte(alpha, of_alpha, self._table("alpha", alpha, of_alpha))
        return reordered(shown) if self._blue_first else np.ascontiguousarray(shown)

    def _table(self, name: str, values: Numbers, compute: Any) -> Numbers | None:
        # For a crop, a table that is not there yet would take longer than the crop.
        if name not in self._tables and values.size >= TABLE_PAYS_FROM:
            self._tables[name] = table_of(values.dtype, compute)
        return self._tables.get(name)

    def _with_mask(self, pixels: Pixels, mask: Numbers) -> Pixels:
        """Return a copy of `pixels` with the color of no number, transparent unless a colormap says so, at `mask`."""
        shown = np.full((*pixels.shape[:2], 4), 255, np.uint8)
        for channel in range(pixels.shape[2]):  # much faster than at once
            shown[..., channel] = pixels[..., channel]
        colormap = self.contrast.colormap
        # Also the color: masked values are often invalid and would bleed into smoothed edges. One uint32 a pixel,
        # because four bytes take much longer.
        np.copyto(shown.view(np.uint32)[..., 0], 0 if colormap is None else colormap.table[-1], where=mask)
        return shown


def _range(options: ToneOptions, auto: AutoRange) -> tuple[float, float]:
    low = auto.low if options.vmin is None else options.vmin
    high = auto.high if options.vmax is None else options.vmax
    if not low < high:  # one end is given, beyond the other one of the rule
        low, high = (min(max(limit, -MOST), MOST) for limit in (low, high))
        step = max(1.0, abs(low) * 1e-6, abs(high) * 1e-6)
        low, high = (high - step, high) if options.vmin is None else (low, low + step)
    return low, high


def _mask(data: Numbers) -> Any:
    if not isinstance(data, np.ma.MaskedArray):
        return None
    mask = np.ma.getmaskarray(data)
    return np.any(mask, axis=2) if mask.ndim == 3 else mask
