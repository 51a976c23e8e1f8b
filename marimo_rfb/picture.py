"""Conversion of whatever has pixels to arrays, by kind."""

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import FrameError
from marimo_rfb.kinds.image import image_array, is_image
from marimo_rfb.kinds.plot import is_plot, plot_array
from marimo_rfb.kinds.refusal import EXPECTED, kind_of, refused
from marimo_rfb.kinds.tensor import is_tensor, tensor_array

__all__ = ["as_array", "is_rgb"]


def as_array(picture: Any) -> npt.NDArray[Any]:
    """Return `picture` as an array of any shape and dtype, without a copy if possible.

    Args:
        picture: an array, a tensor on any device, an image of Pillow, a figure, axes or a canvas of matplotlib, an
            object with `savefig` or `screenshot`, or nested lists of numbers. A masked array stays one.

    Raises:
        FrameError: it cannot be converted; the message says what can.
    """
    if isinstance(picture, np.ma.MaskedArray):
        return picture
    _reject(picture)
    try:
        array = _converted(picture)
    except FrameError:
        raise
    except Exception as exc:  # of a nested list too, and of an attribute that raises when it is looked for
        raise refused("NumPy cannot read", picture, exc) from exc
    if array.ndim == 0 and not isinstance(picture, np.ndarray):
        raise FrameError(f"{EXPECTED}, got {type(picture).__name__}, which NumPy reads as a scalar")
    return array


def is_rgb(picture: Any) -> bool:
    """Return whether what `as_array` takes knows the order of its channels, which `as_array` makes RGB or RGBA."""
    return not isinstance(picture, np.ndarray) and (is_image(picture) or is_plot(picture))


def _reject(picture: Any) -> None:
    """Raise a specific error for objects that are often mistaken for pictures."""
    if picture is None:
        raise FrameError(f"{EXPECTED}, got None; does it return the picture?")
    if isinstance(picture, (str, bytes, bytearray)):
        raise FrameError(f"{EXPECTED}, got {kind_of(picture)}; PIL.Image.open(...) reads a file")
    if inspect.iscoroutine(picture):
        picture.close()  # otherwise it would also warn that it was never awaited
        raise FrameError(f"{EXPECTED}, got the coroutine {picture.__name__}(...); await it")
    if isinstance(picture, type):
        raise FrameError(f"{EXPECTED}, got the class {picture.__name__}; pass an instance of it")


def _converted(picture: Any) -> npt.NDArray[Any]:
    if isinstance(picture, np.ndarray):
        return np.asarray(picture)
    if is_image(picture):
        return image_array(picture)
    if is_plot(picture):
        return plot_array(picture)
    if is_tensor(picture):
        return tensor_array(picture)
    return np.asarray(picture)
