"""The range in which numbers are shown when none is given."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["MOST", "UNIT_RANGE", "AutoRange", "auto_range"]

# The largest limit of a range: a tenth of what float64 holds, so that no difference or rounding of two overflows.
MOST = 1e307

Origin = Literal["type", "bytes", "whole type", "first picture"]


@dataclass(frozen=True, slots=True)
class AutoRange:
    """The range in which a stream shows numbers of one dtype.

    Attributes:
        low: the number that is shown in the first color.
        high: the number that is shown in the last color.
        alpha: the number that is opaque, of colors with an alpha channel.
        origin: `"type"` for bool, uint8 and floats, whose range is a convention; `"bytes"` for integers that were in 0
            to 255; `"whole type"` for the range of an unsigned type; `"first picture"` for the extremes of the first
            picture, if they were signed.
        first: the extremes of the first picture, of integers.
    """

    low: float
    high: float
    alpha: float
    origin: Origin = "type"
    first: tuple[int, int] | None = None


UNIT_RANGE = AutoRange(0.0, 1.0, 1.0)
_BYTES = AutoRange(0.0, 255.0, 255.0)


def auto_range(data: npt.NDArray[Any]) -> AutoRange | None:
    """Return the range for a stream whose first frame of that dtype is `data`; `None` if all of it is masked."""
    dtype = data.dtype
    if dtype == np.uint8:
        return _BYTES
    if dtype.kind not in "iu":
        return UNIT_RANGE
    least, most = data.min(), data.max()
    if least is np.ma.masked:
        return None
    first = int(least), int(most)
    limits = np.iinfo(dtype)
    if first[0] >= 0 and first[1] <= 255:
        return AutoRange(0.0, 255.0, 255.0, "bytes", first)
    if dtype.kind == "u":
        return AutoRange(0.0, float(limits.max), float(limits.max), "whole type", first)
    low, high = first if first[0] < first[1] else (first[0], first[0] + 1)
    return AutoRange(float(low), float(max(high, np.nextafter(low, np.inf))), float(limits.max), "first picture", first)
