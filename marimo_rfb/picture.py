"""Conversion of picture-like objects to arrays: PIL images, masked arrays, DLPack."""

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import FrameError, describe

__all__ = ["EXPECTED", "as_array", "range_hint"]

EXPECTED = "frame must be an array (h, w), (h, w, 3) or (h, w, 4)"
# Modes of PIL images that NumPy reads as the pixels that are seen.
_READABLE_MODES = ("1", "L", "RGB", "RGBA", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")


def as_array(picture: Any) -> npt.NDArray[Any]:
    """Return `picture` as an array of any shape and dtype, without a copy if possible.

    Args:
        picture: an array, or an object that NumPy can read as one: nested lists, objects with `__array__`,
            `__array_interface__` or `__dlpack__`, a PIL image of any mode. A masked array stays one.

    Raises:
        FrameError: it cannot be converted; the message says what can.
    """
    if isinstance(picture, np.ma.MaskedArray):
        return picture
    if isinstance(picture, np.ndarray):
        return np.asarray(picture)
    _reject(picture)
    if callable(getattr(picture, "getbands", None)) and callable(getattr(picture, "convert", None)):
        picture = _readable(picture)
    try:
        by_dlpack = hasattr(picture, "__dlpack__") and not _is_readable(picture)
        array = np.from_dlpack(picture) if by_dlpack else np.asarray(picture)
    except Exception as exc:
        raise FrameError(f"{EXPECTED}; NumPy cannot read {_name(picture)}: {describe(exc)}{_remedy(picture)}") from exc
    if array.ndim == 0:
        raise FrameError(f"{EXPECTED}, got {_name(picture)}, which NumPy reads as a scalar")
    return array


def range_hint(array: npt.NDArray[Any]) -> str:
    """Return a hint for floats that are probably not in 0.0 to 1.0, and so shown as white; empty if they are fine.

    Checks a sample of the pixels.
    """
    if not np.issubdtype(array.dtype, np.floating) or array.ndim < 2:
        return ""
    part = array[tuple(slice(None, None, max(1, side // 32)) for side in array.shape[:3])]
    with np.errstate(invalid="ignore"):
        bright = part[(part > 2.0) & np.isfinite(part)]
    # Highlights may exceed 1, but not if a twentieth of the picture is more than twice as bright as white.
    if bright.size * 20 <= part.size:
        return ""
    # Only a rough range, so that the hint does not change with every picture of an animation.
    brightest = np.percentile(bright, 95)
    if brightest <= 255:
        extent, remedy = "go up to 255", "Divide them by 255, or call .astype('uint8')."
    elif brightest <= 65535:
        extent, remedy = "go up to 65535", "Divide them by 65535, or by what your camera counts up to."
    else:
        extent, remedy = "go far beyond", "Divide them by their maximum."
    return f"The picture is mostly white: floats are shown from 0.0 to 1.0, and these {extent}. {remedy}"


def _reject(picture: Any) -> None:
    """Raise a specific error for objects that are often mistaken for pictures."""
    if picture is None:
        raise FrameError(f"{EXPECTED}, got None; does it return the picture?")
    if isinstance(picture, (str, bytes, bytearray)):
        raise FrameError(f"{EXPECTED}, got {_name(picture)}; PIL.Image.open(...) reads a file")
    if inspect.iscoroutine(picture):
        picture.close()  # otherwise it would also warn that it was never awaited
        raise FrameError(f"{EXPECTED}, got the coroutine {picture.__name__}(...); await it")
    if callable(getattr(picture, "savefig", None)):
        raise FrameError(f"{EXPECTED}, got {_name(picture)}; {_figure_hint(picture)}")
    if callable(getattr(getattr(picture, "figure", None), "savefig", None)):
        raise FrameError(f"{EXPECTED}, got {_name(picture)}; with fig = ax.figure, {_figure_hint(picture.figure)}")
    if callable(getattr(picture, "buffer_rgba", None)):
        raise FrameError(f"{EXPECTED}, got {_name(picture)}; np.asarray(canvas.buffer_rgba()) makes an array of it")


def _figure_hint(figure: Any) -> str:
    """Return how to make an array of a matplotlib figure; a figure not made by pyplot needs another canvas."""
    first, canvas = "", "fig.canvas"
    if not hasattr(getattr(figure, "canvas", None), "buffer_rgba"):
        first, canvas = "canvas = matplotlib.backends.backend_agg.FigureCanvasAgg(fig), ", "canvas"
    return f"{first}{canvas}.draw() and np.asarray({canvas}.buffer_rgba()) make an array of a matplotlib figure"


def _readable(image: Any) -> Any:
    """Return a PIL image in a mode that NumPy reads as the pixels that are seen."""
    has_alpha = bool(getattr(image, "has_transparency_data", False))
    if image.mode in _READABLE_MODES and (image.mode == "RGBA" or not has_alpha):
        return image
    try:
        if image.mode == "La":  # the only conversion from it that Pillow has
            image = image.convert("LA")
        return image.convert("RGBA" if has_alpha else "RGB")
    except Exception as exc:
        raise FrameError(f"{EXPECTED}; Pillow cannot convert an image of mode {image.mode}: {describe(exc)}") from exc


def _is_readable(picture: Any) -> bool:
    return hasattr(picture, "__array__") or hasattr(picture, "__array_interface__")


def _remedy(picture: Any) -> str:
    if hasattr(picture, "detach") and hasattr(picture, "cpu"):
        return "; pass picture.detach().cpu() instead"
    if hasattr(picture, "__dlpack__") or hasattr(picture, "__cuda_array_interface__"):
        return "; copy it to the CPU first"
    return ""


def _name(picture: Any) -> str:
    return type(picture).__name__
