"""A remark on a range that does not suit the numbers, for people who did not choose one."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.tone.auto_range import MOST, AutoRange
from marimo_rfb.tone.options import ToneOptions
from marimo_rfb.tone.sample import sample

__all__ = ["RangeRemark"]

# Of a picture in 0 to 1, highlights may exceed 1, but not a twentieth of it twice as bright as white.
MAX_BRIGHT = 2.0
MIN_SHARE = 0.05
# A picture of 0 to 255 that stays below is nearly black, such as one of labels.
DARK = 63
# What cameras and files count up to.
_TOPS = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0)


class RangeRemark:
    """Says once that a range does not suit the numbers of a stream, and nothing while it does.

    The text stays the same while there is cause for it: it tells of the picture that gave it. Not thread-safe.
    """

    def __init__(self) -> None:
        self._texts = {"": ""}
        self._seen_bright = False

    def clear(self) -> None:
        """Forget what was said, because the range changed."""
        self._texts = {"": ""}

    def on_frame(self, data: npt.NDArray[Any], options: ToneOptions, auto: AutoRange) -> tuple[str, str]:
        """Return the cause and the text of the remark on a new frame; both are empty if there is none."""
        if options.has_range:
            return "", ""
        cause = _float_cause(data) if data.dtype.kind == "f" else self._integer_cause(data, auto)
        if cause not in self._texts:
            self._texts[cause] = _TEXTS[cause](data, auto)
        return cause, self._texts[cause]

    def _integer_cause(self, data: npt.NDArray[Any], auto: AutoRange) -> str:
        if auto.origin == "type":
            return ""
        numbers = sample(data)
        clipped = np.count_nonzero((numbers < auto.low) | (numbers > auto.high))
        if clipped * 2 > numbers.size:
            return "clipped"
        if auto.origin != "bytes":
            return auto.origin
        self._seen_bright = self._seen_bright or bool(numbers.size and numbers.max() > DARK)
        return "" if self._seen_bright else "dark"


def _float_cause(data: npt.NDArray[Any]) -> str:
    numbers = sample(data)
    bright = np.count_nonzero(numbers > MAX_BRIGHT)
    dark = np.count_nonzero(numbers < -MIN_SHARE)
    return "floats" if max(bright, dark) > numbers.size * MIN_SHARE else ""


def _whole_type(data: npt.NDArray[Any], auto: AutoRange) -> str:
    assert auto.first is not None
    least, most = auto.first
    shown = f"{data.dtype.name} is shown from {auto.low:.0f} to {auto.high:.0f}, the range of the type; "
    if most > auto.high / 2:
        return f"{shown}pass vmin=…, vmax=… for another one"
    return f"{shown}the first picture has {_keywords(least, most)}"


def _first_picture(data: npt.NDArray[Any], auto: AutoRange) -> str:
    return (
        f"{data.dtype.name} is shown from {auto.low:.0f} to {auto.high:.0f}, the range of the first picture; pass "
        "vmin=…, vmax=… for another one"
    )


def _dark(data: npt.NDArray[Any], auto: AutoRange) -> str:
    assert auto.first is not None
    least, most = auto.first
    return f"{data.dtype.name} is shown from 0 to 255, and the first picture has {_keywords(least, most)}"


def _clipped(data: npt.NDArray[Any], auto: AutoRange) -> str:
    least, most = _extent(data)
    return (
        f"Most of the picture is beyond {auto.low:.0f} to {auto.high:.0f}, where the first one was; it has "
        f"{_keywords(math.floor(least), math.ceil(most))}"
    )


def _floats(data: npt.NDArray[Any], auto: AutoRange) -> str:
    least, most = _extent(data)
    # Of a picture that begins near 0, from 0 on.
    low = 0.0 if 0 <= least < 0.1 * most else _rounded(least, math.floor)
    return f"Floats are shown from 0 to 1, and the picture has {_keywords(low, _rounded_up(most))}"


def _keywords(least: float, most: float) -> str:
    low, high = _number(least), _number(most)
    if least == most:
        return f"only {low}; pass vmin=…, vmax=… to choose a range"
    return f"values from {low} to {high}; pass vmin={low}, vmax={high}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _extent(data: npt.NDArray[Any]) -> tuple[float, float]:
    numbers = sample(data)
    return max(float(numbers.min()), -MOST), min(float(numbers.max()), MOST)


def _rounded_up(most: float) -> float:
    """Return a round number from `most` on."""
    for top in _TOPS:
        if 0.8 * top <= most <= top:
            return top
    return _rounded(most, math.ceil)


def _rounded(value: float, to_integer: Any) -> float:
    if value == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 1)  # two digits
    return float(f"{to_integer(value / unit) * unit:.2g}") if math.isfinite(unit) and unit > 0 else value


_TEXTS = {
    "floats": _floats,
    "clipped": _clipped,
    "dark": _dark,
    "whole type": _whole_type,
    "first picture": _first_picture,
}
