"""Single numbers of a frame: as Python's, and as text for the page."""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["number_of", "number_texts"]


def number_of(value: Any) -> float | None:
    """Return a number of an array as a Python `bool`, `int` or `float`; `None` if it is masked."""
    if value is np.ma.masked:
        return None
    kind = np.asarray(value).dtype.kind
    if kind == "b":
        return bool(value)
    return int(value) if kind in "iu" else float(value)


def number_texts(data: npt.NDArray[Any]) -> tuple[str, ...]:
    """Return each number of `data` as text, row by row: integers exactly, floats with up to six digits."""
    return tuple(_text(number_of(data[place])) for place in np.ndindex(data.shape))


def _text(number: float | None) -> str:
    if number is None:
        return "masked"
    return f"{number:.6g}" if isinstance(number, float) else str(number)
