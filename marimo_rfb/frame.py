"""Published frames, and the conversion of pictures to their data."""

import threading
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import FrameError
from marimo_rfb.kinds.refusal import EXPECTED
from marimo_rfb.picture import as_array
from marimo_rfb.tone.auto_range import UNIT_RANGE, auto_range
from marimo_rfb.tone.options import ToneOptions
from marimo_rfb.tone.tone import Tone

__all__ = ["MAX_SIDE", "Frame", "FrameData", "PixelArray", "as_data"]

PixelArray = npt.NDArray[np.uint8]
# Numbers `(height, width)` or colors `(height, width, 3 or 4)` of a dtype that can be shown; may be a masked array.
FrameData = npt.NDArray[Any]

MAX_SIDE = 16384  # the limit of a browser's canvas


class _Once:
    """The pixels of a frame, made once."""

    __slots__ = ("_lock", "_pixels")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pixels: PixelArray | None = None

    def __reduce__(self) -> tuple[type["_Once"], tuple[()]]:
        return _Once, ()  # a copy makes its own: a lock cannot be copied

    @property
    def made(self) -> PixelArray | None:
        return self._pixels

    def make(self, frame: "Frame") -> PixelArray:
        with self._lock:
            if self._pixels is None:
                self._pixels = frame.tone.pixels(frame.data)
            return self._pixels


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An immutable picture.

    Attributes:
        data: what was published: numbers `(height, width)` or colors `(height, width, 3 or 4)`, rows top to bottom;
            a masked array if that was published.
        seq: increases within a stream.
        published_s: seconds since the epoch.
        pixel_ratio: device pixels per logical pixel.
        is_rgb: whether its colors are RGB or RGBA whatever order the options say, as those of images and plots are.
        given_tone: how to make `pixels` of `data`; `None` for how a stream without options shows its first frame.
        tone: the same, never `None`.
    """

    data: FrameData
    seq: int
    published_s: float
    pixel_ratio: float = 1.0
    is_rgb: bool = False
    given_tone: Tone | None = field(default=None, repr=False)
    tone: Tone = field(init=False, repr=False)
    _once: _Once = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # The dataclass is frozen.
        object.__setattr__(self, "_once", _Once())
        tone = self.given_tone
        if tone is None:
            auto = auto_range(self.data) or UNIT_RANGE
            tone = Tone(self.data.dtype, ToneOptions(), auto, has_colors=self.data.ndim == 3)
        object.__setattr__(self, "tone", tone)

    @property
    def pixels(self) -> PixelArray:
        """The picture as it is shown: uint8 `(height, width, 3 or 4)`, RGB or RGBA, C order.

        Made at the first access, on the thread that asks, so that frames that nobody sees cost nothing.
        """
        made = self._once.made
        return self._once.make(self) if made is None else made

    @property
    def width(self) -> int:
        return int(self.data.shape[1])

    @property
    def height(self) -> int:
        return int(self.data.shape[0])

    def with_pixels(self, pixels: PixelArray) -> Self:
        """Return a copy that shows `pixels`, uint8 `(height, width, 3 or 4)`, and has them as its data."""
        tone = Tone(pixels.dtype, ToneOptions(), UNIT_RANGE, has_colors=True)
        return replace(self, data=pixels, given_tone=tone)

    def pixels_in(self, rows: slice, columns: slice) -> PixelArray:
        """Return a part of `pixels`, without making all of them."""
        made = self._once.made
        return self.tone.pixels(self.data[rows, columns]) if made is None else made[rows, columns]

    def part(self, rows: slice, columns: slice) -> Self:
        """Return a copy that shows a part of `pixels` alone, without making all of them."""
        return self.with_pixels(np.ascontiguousarray(self.pixels_in(rows, columns)))


def as_data(picture: Any) -> FrameData:
    """Return the data of a frame: numbers `(height, width)` or colors `(height, width, 3 or 4)`; not a copy.

    Args:
        picture: an array, or an object that `as_array` converts to one. Shapes `(h, w)`, `(h, w, 1)`, `(h, w, 3)`,
            `(h, w, 4)`, channels-first `(1|3|4, h, w)`, and each of them with leading ones; bool, integers or floats.

    Raises:
        FrameError: the picture cannot be shown; the message says what can.
    """
    array = _with_known_floats(as_array(picture))
    _check_dtype(picture, array)
    shaped = _as_channels_last(array)
    height, width = shaped.shape[:2]
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise FrameError(f"a frame has 1 to {MAX_SIDE} pixels a side, got shape {array.shape}")
    return shaped


def _with_known_floats(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array of a type of `ml_dtypes`, such as bfloat16, in one of NumPy."""
    if array.dtype.kind != "V" or array.dtype.fields is not None or array.dtype.type is np.void:
        return array
    return array.astype(np.int8 if array.dtype.name.startswith(("int", "uint")) else np.float32)


def _check_dtype(picture: Any, array: npt.NDArray[Any]) -> None:
    if array.dtype.kind in "biuf":
        return
    name = type(picture).__name__
    raise FrameError(
        f"{EXPECTED} of bool, integers or floats; got {name} of dtype {array.dtype} and shape {array.shape}; "
        f"{_remedy(array)}"
    )


def _remedy(array: npt.NDArray[Any]) -> str:
    """Return what to do with an array of a dtype that cannot be shown."""
    if array.dtype.fields is not None:
        return f"a[{next(iter(array.dtype.fields))!r}] is its first field"
    match array.dtype.kind:
        case "c":
            return "show np.abs(a), np.angle(a), a.real or a.imag"
        case "M" | "m":
            return "a - a.min() over a np.timedelta64 makes floats"
        case "U" | "S" | "T":
            return "PIL.Image.open(...) reads a file, and a.astype(float) makes numbers of digits"
        case "O":
            return "pass one picture, or a.astype(float) if each element is a number"
    return "a.view(...) as the type that its bytes are"


def _as_channels_last(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return `array` as numbers `(h, w)` or as colors with the channels last."""
    shape = array.shape
    while array.ndim > 3 and array.shape[0] == 1:  # a batch of one, or one time step of one channel
        array = array[0]
    if array.ndim == 2:
        return array
    if array.ndim == 3:
        if array.shape[2] in (1, 3, 4):
            return array[:, :, 0] if array.shape[2] == 1 else array
        if array.shape[0] in (1, 3, 4):
            return array[0] if array.shape[0] == 1 else array.transpose(1, 2, 0)
    raise FrameError(f"{EXPECTED}, got {shape}; {_suggestion(array.shape)}")


def _suggestion(shape: tuple[int, ...]) -> str:
    """Return a suggestion for an array of an unsupported shape."""
    if len(shape) > 3:
        return f"{'a' + '[0]' * (len(shape) - 3)} is the first of a batch"
    if len(shape) == 3 and shape[2] == 2:
        return "a[:, :, 0] is its first channel; of complex numbers or gray with alpha, choose the part to show"
    if len(shape) == 3:
        return "a[:, :, :3] is its first three channels"
    return "did you mean a.reshape(height, width) or a.reshape(height, width, 3)?"
