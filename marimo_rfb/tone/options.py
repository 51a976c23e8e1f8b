"""The options of a stream that say how numbers become colors."""

import math
import numbers
from dataclasses import dataclass
from typing import Any, Literal

from marimo_rfb.errors import OptionError
from marimo_rfb.tone.colormap import Colormap, as_colormap

__all__ = ["Order", "ToneOptions", "check_tone"]

Order = Literal["rgb", "rgba", "bgr", "bgra"]
_ORDERS = ("rgb", "rgba", "bgr", "bgra")


@dataclass(frozen=True, slots=True)
class ToneOptions:
    """How numbers become colors; the fields of `StreamOptions` of these names.

    Attributes:
        order: order of the channels of colors.
        vmin: the number that is shown in the first color; `None` for the stream's own rule.
        vmax: the number that is shown in the last color.
        gamma: exponent of the brightness.
        colormap: the colors; `None` for gray.
    """

    order: Order = "rgb"
    vmin: float | None = None
    vmax: float | None = None
    gamma: float = 1.0
    colormap: Colormap | None = None

    @property
    def has_range(self) -> bool:
        """Whether an end of the range is given."""
        return self.vmin is not None or self.vmax is not None

    @property
    def is_plain(self) -> bool:
        """Whether numbers are shown by the stream's own rule, in gray."""
        return not self.has_range and self.gamma == 1.0 and self.colormap is None


def check_tone(
    *, order: Any = "rgb", vmin: Any = None, vmax: Any = None, gamma: Any = 1.0, cmap: Any = None
) -> ToneOptions:
    """Return the options as they are used.

    Raises:
        OptionError: one of them is invalid.
    """
    if order not in _ORDERS:
        raise OptionError(f"order is one of {', '.join(map(repr, _ORDERS))}, got {order!r}")
    low, high = _finite("vmin", vmin), _finite("vmax", vmax)
    if low is not None and high is not None and not low < high:
        raise OptionError(f"vmin is below vmax, got {vmin!r} and {vmax!r}; cmap='gray_r' reverses the colors")
    exponent = _finite("gamma", gamma)
    if exponent is None or exponent <= 0:
        raise OptionError(f"gamma is a finite number above 0, got {gamma!r}")
    return ToneOptions(order, low, high, exponent, None if cmap is None else as_colormap(cmap))


def _finite(name: str, value: Any) -> float | None:
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, numbers.Real) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        none = "" if name == "gamma" else ", or None for the stream's own rule"
        raise OptionError(f"{name} is a finite number{none}, got {value!r}")
    return number
