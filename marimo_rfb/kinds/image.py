"""Images of Pillow, in every mode."""

from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import FrameError, describe
from marimo_rfb.kinds.refusal import EXPECTED

__all__ = ["image_array", "is_image"]

_NUMBERS = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
# Modes that NumPy reads as the pixels that are seen, if none is transparent.
_COLORS = ("1", "L", "RGB")


def is_image(picture: Any) -> bool:
    """Return whether `picture` is an image of Pillow."""
    return callable(getattr(picture, "getbands", None)) and callable(getattr(picture, "convert", None))


def image_array(image: Any) -> npt.NDArray[Any]:
    """Return the pixels of `image` as they are seen; the numbers of the modes `I`, `I;16` and `F` as they are.

    An orientation in its EXIF data is not applied, as in `Image.show`: `ImageOps.exif_transpose(image)` applies it.

    Raises:
        FrameError: Pillow cannot read or convert it.
    """
    try:
        has_alpha = bool(getattr(image, "has_transparency_data", False))
        if image.mode not in ((*_NUMBERS, "RGBA") if has_alpha else (*_NUMBERS, *_COLORS)):
            if image.mode == "La":  # the only conversion from it that Pillow has
                image = image.convert("LA")
            image = image.convert("RGBA" if has_alpha else "RGB")  # by ImageCms if the mode is LAB
        return np.asarray(image)
    except Exception as exc:
        raise FrameError(f"{EXPECTED}; Pillow cannot convert an image of mode {image.mode}: {describe(exc)}") from exc
