"""A sample of a picture's numbers, for what must not take time."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["sample", "thinned"]

SIDE = 32


def sample(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return about a thousand pixels of `data` as finite numbers, flat, without alpha and masked ones."""
    part = data[:: max(1, data.shape[0] // SIDE), :: max(1, data.shape[1] // SIDE)]
    return _numbers(part)


def thinned(data: npt.NDArray[Any], *, at_most: int) -> npt.NDArray[Any]:
    """Return at most `at_most` of the finite numbers of `data`, flat, without masked ones; from the whole picture."""
    step = max(1, -(-data.size // at_most))
    while math.gcd(step, data.shape[1]) > 1:  # else the sample would be of some of the columns
        step += 1
    return _numbers(data.reshape(-1)[::step])


def _numbers(part: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if part.ndim == 3:
        part = part[..., :3]
    flat = part.compressed() if isinstance(part, np.ma.MaskedArray) else part.reshape(-1)
    flat = np.asarray(flat, flat.dtype.newbyteorder("="))
    return flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat
