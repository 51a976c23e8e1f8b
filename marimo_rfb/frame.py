"""Published frames, and the conversion of arrays to pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import FrameError
from marimo_rfb.picture import EXPECTED, as_array

__all__ = ["MAX_SIDE", "Frame", "PixelArray", "as_pixels", "same_pixels"]

PixelArray = npt.NDArray[np.uint8]

MAX_SIDE = 16384  # the limit of a browser's canvas


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An immutable picture: `pixels` is uint8 `(height, width, 3 or 4)`, rows top to bottom, C order.

    `seq` increases within a stream; `published_s` is seconds since the epoch; `pixel_ratio` is device pixels per
    logical pixel.
    """

    pixels: PixelArray
    seq: int
    published_s: float
    pixel_ratio: float = 1.0

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def as_pixels(picture: Any, *, copy: bool = True) -> PixelArray:
    """Return `picture` as uint8 `(height, width, 3 or 4)` in C order.

    Args:
        picture: an array, or an object that `as_array` converts to one. Shapes `(h, w)`, `(h, w, 1)`, `(h, w, 3)`,
            `(h, w, 4)`, channels-first `(1|3|4, h, w)`, and each of them with leading ones. uint8 unchanged; bool as
            black and white; floats as 0.0 to 1.0, clipped, NaN as black; other integers are rejected, because their
            range is unknown. Masked pixels are transparent.
        copy: `False` keeps the array itself if it already has the right format; it must not be written to afterwards.

    Raises:
        FrameError: the picture cannot be shown; the message says what can.
    """
    array = as_array(picture)
    shaped = _as_channels_last(array)
    height, width = shaped.shape[:2]
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise FrameError(f"a frame has 1 to {MAX_SIDE} pixels a side, got shape {array.shape}")
    pixels = _as_uint8(np.asarray(shaped))
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    if isinstance(shaped, np.ma.MaskedArray):
        return _with_mask(pixels, np.any(np.ma.getmaskarray(shaped), axis=2))
    if not copy or not np.may_share_memory(pixels, array):
        return np.ascontiguousarray(pixels)
    return np.array(pixels, order="C")


def same_pixels(a: PixelArray, b: PixelArray) -> bool:
    """Return whether two pictures are equal; fast if they differ, because it compares a few rows first."""
    if a.shape != b.shape:
        return False
    step = max(1, a.shape[0] // 16)
    return bool(np.array_equal(a[::step], b[::step]) and np.array_equal(a, b))


def _as_channels_last(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    while array.ndim > 3 and array.shape[0] == 1:  # a batch of one, or one time step of one channel
        array = array[0]
    if array.ndim == 2:
        return array[:, :, None]
    if array.ndim == 3:
        if array.shape[2] in (1, 3, 4):
            return array
        if array.shape[0] in (1, 3, 4):
            return array.transpose(1, 2, 0)
    raise FrameError(f"{EXPECTED}, got {array.shape}; {_suggestion(array.shape)}")


def _suggestion(shape: tuple[int, ...]) -> str:
    """Return a suggestion for an array of an unsupported shape."""
    if len(shape) > 3:
        return f"{'a' + '[0]' * (len(shape) - 3)} is the first of a batch"
    if len(shape) == 3 and shape[2] == 2:
        return "a[:, :, 0] is its first channel; of complex numbers or gray with alpha, choose the part to show"
    if len(shape) == 3:
        return "a[:, :, :3] is its first three channels"
    return "did you mean a.reshape(height, width) or a.reshape(height, width, 3)?"


def _with_mask(pixels: PixelArray, masked: Any) -> PixelArray:
    """Return a copy of `pixels` that is transparent where `masked` is true."""
    shown = np.empty((*pixels.shape[:2], 4), np.uint8)
    shown[:, :, :3] = pixels[:, :, :3]
    shown[:, :, 3] = pixels[:, :, 3] if pixels.shape[2] == 4 else 255
    shown[masked] = 0  # color too: masked values are often invalid and would bleed into smoothed edges
    return shown


def _as_uint8(array: npt.NDArray[Any]) -> PixelArray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if np.issubdtype(array.dtype, np.floating):
        with np.errstate(over="ignore"):  # overflows become infinity, which is clipped
            single = array.astype(np.float32)
        scaled = np.nan_to_num(single, nan=0.0, posinf=1.0, neginf=0.0)
        return (np.clip(scaled, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    raise FrameError(
        f"frame must be uint8 (0 to 255), bool or float (0.0 to 1.0), got {array.dtype}; "
        "scale it and call .astype('uint8')"
    )
