"""Histogram of a frame's numbers, and the range that suits them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.tone.auto_range import MOST
from marimo_rfb.tone.sample import thinned

__all__ = ["NumberHistogram", "histogram_of"]

BINS = 256
EXACT = 2.0**52  # half a unit beside such an integer is a float64 too
MAX_NUMBERS = 1_000_000
# Leaves out what is dimmer or brighter than nearly all, as ImageJ's automatic contrast does with its default of 0.35 %
# of the pixels.
PERCENTILES = (0.35, 99.65)


@dataclass(frozen=True, slots=True)
class NumberHistogram:
    """How often numbers occur; all of it is finite.

    Attributes:
        low: where the first bin begins; it also counts what is below.
        high: where the last bin ends; it also counts what is above.
        counts: numbers in each of the bins of equal width.
        auto_min: a good `vmin`.
        auto_max: a good `vmax`, above `auto_min`.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    auto_min: float
    auto_max: float


def histogram_of(data: npt.NDArray[Any]) -> NumberHistogram | None:
    """Return the histogram of at most a million of the finite numbers in `data`; `None` if there are none.

    It covers nearly all numbers and their neighborhood; a single number that is far from the others, as a hot pixel,
    would else put all of these into one bin. The width of a bin of integers is a whole number, so that each bin has as
    many of them.
    """
    numbers = thinned(data, at_most=MAX_NUMBERS)
    if not numbers.size:
        return None
    if numbers.dtype.kind == "b":
        numbers = numbers.view(np.uint8)
    shown = _floats(numbers)
    auto = _auto(shown)
    least, most = _covered(shown, *auto)
    if numbers.dtype.kind in "iu" and most < EXACT and least > -EXACT:
        least, most = math.floor(least), math.ceil(most)
        width = -(-(most - least + 1) // BINS)
        bins = -(-(most - least + 1) // width)
        low, high = least - 0.5, least - 0.5 + bins * width
    else:
        bins = BINS
        low, high = _apart(least, most)
    counts, _ = np.histogram(np.clip(shown, low, high), bins, (low, high))
    return NumberHistogram(low, high, tuple(map(int, counts)), *auto)


def _auto(shown: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(shown, PERCENTILES).tolist()
    if not low < high:  # most are equal, as the background of a picture with little in it
        low, high = float(shown.min()), float(shown.max())
    return _apart(low, high)


def _covered(shown: npt.NDArray[np.float64], low: float, high: float) -> tuple[float, float]:
    """Return the range of all numbers, at most twice as wide as that of nearly all, from `low` to `high`."""
    margin = (high - low) / 2
    return max(float(shown.min()), low - margin), min(float(shown.max()), high + margin)


def _apart(low: float, high: float) -> tuple[float, float]:
    """Return the range, or one around its only number."""
    if low == high:
        step = max(1.0, abs(low) * 1e-6)
    elif high - low < (finest := 4 * BINS * float(np.spacing(max(abs(low), abs(high))))):
        step = finest  # narrower bins would have no width
    else:
        return low, high
    return low - step / 2, high + step / 2


def _floats(numbers: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    with np.errstate(over="ignore"):
        return np.clip(numbers.astype(np.float64), -MOST, MOST)
