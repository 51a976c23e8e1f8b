"""Options of a stream: encoding, rate limit and number of viewers."""

import inspect
import math
import numbers
import operator
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, TypedDict

from marimo_rfb.encode.base import Subsampling
from marimo_rfb.encode.registry import known_codecs
from marimo_rfb.errors import OptionError
from marimo_rfb.tone.options import Order, ToneOptions, check_tone

__all__ = [
    "TONE_NAMES",
    "PacedStreamOptions",
    "ResizePolicy",
    "StreamOptions",
    "StreamOptionsDict",
    "as_integer",
    "as_pixel_ratio",
    "as_rate",
    "check_awaited",
    "is_number",
]

MAX_SETTLE_S = 3600
# What `quality="auto"` is on a fast connection.
AUTO_QUALITY = 80
MIN_BITRATE = 10_000

ResizePolicy = Literal["fixed", "match_client"]
# The options that apply to the newest frame without encoding anything else anew.
TONE_NAMES = ("order", "vmin", "vmax", "cmap", "gamma")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """How a stream is encoded, and for how many viewers.

    `stream`, `serve`, `Hub.add_stream`, `Stream.configure`, `frame`, `animate` and `Stream.view` take its fields as
    keywords: `rfb.frame(picture, quality=95)`. `Stream.options` returns the current options.

    Attributes:
        quality: encoder quality of lossy formats, an integer from 1 (smallest) to 100 (best) on libjpeg's scale, for
            every viewer. Default: `"auto"`, 80 for each viewer whose connection and page are fast enough, else as good
            and as large as they take without delay.
        subsampling: color resolution of JPEG: `"4:2:0"` for half, which is faster, smaller, and hard to see in
            pictures that move; `"4:4:4"` for the full one, which keeps colored lines and text crisp. Default:
            `"4:2:0"`.
        formats: MIME types in order of preference: `"image/jpeg"`, `"image/png"`, `"image/webp"` and those of
            `register_encoder`. Default: empty, every format that has an encoder.
        max_bitrate: limit of what each viewer is sent, bits per second, at least 10 000. Default: `None`, no limit.
        max_fps: frame rate limit for encoding and sending, frames per second, above 0 and at most 1000. Default:
            `None`, no limit.
        max_viewers: maximum number of connected viewers, at least 1; further viewers are rejected with close code 4429.
            Default: 64.
        settle: seconds without a change, above 0 and at most 3600, after which every viewer gets the picture, or the
            part of it that has not changed, once more without loss, if possible. Default: 0.25; `None` for never.
        resize_policy: the meaning of `Stream.target_size`: `"fixed"` for the size that the stream was created with,
            `"match_client"` for the size of the largest view on screen. Default: `"fixed"`.
        order: the order of the channels of colors in arrays: `"rgb"` or `"rgba"`; `"bgr"` or `"bgra"` for blue first,
            as OpenCV has them. A fourth channel is alpha in each of them. Default: `"rgb"`.
        vmin: the number that is shown in the first color of the colormap, or as black; finite and below `vmax`.
            Default: `None`, the stream's own rule, which the first frame of a dtype settles for all later ones. Floats
            and bool: 0 to 1. uint8: 0 to 255. Other integers: 0 to 255 if the frame is in it, else the range of an
            unsigned type, or the extremes of a frame of a signed one.
        vmax: the number that is shown in the last color, or as white. Default: `None`, as for `vmin`. The range and
            `gamma` also apply to colors of floats and of integers with more than 8 bits, but not to their alpha.
        cmap: the colors of numbers, `(height, width)`: the name of a colormap, with an _r at its end for its reverse,
            or a colormap object of matplotlib. Built in are viridis, magma, inferno, plasma, cividis, turbo, gray,
            coolwarm and twilight; other names are matplotlib's, if it is installed. Default: `None`, gray.
        gamma: exponent of the numbers between `vmin` and `vmax`, above 0, as matplotlib's PowerNorm has it; below 1
            brightens. Default: 1.0.

    Raises:
        OptionError: a value is invalid.
    """

    quality: int | Literal["auto"] = "auto"
    subsampling: Subsampling = "4:2:0"
    formats: tuple[str, ...] = ()
    max_bitrate: float | None = None
    max_fps: float | None = None
    max_viewers: int = 64
    settle: float | None = 0.25
    resize_policy: ResizePolicy = "fixed"
    order: Order = "rgb"
    vmin: float | None = None
    vmax: float | None = None
    cmap: Any = None
    gamma: float = 1.0

    def __post_init__(self) -> None:
        self._check_encoding()
        tone = self.tone
        for name in ("vmin", "vmax", "gamma"):
            object.__setattr__(self, name, getattr(tone, name))

    def _check_encoding(self) -> None:
        quality = self.quality if self.quality == "auto" else as_integer(self.quality)
        max_viewers = as_integer(self.max_viewers)
        if quality is None or (isinstance(quality, int) and not 1 <= quality <= 100):
            raise OptionError(f'quality is "auto" or an integer from 1 to 100, got {self.quality!r}')
        max_bitrate = self.max_bitrate
        if max_bitrate is not None:
            if not is_number(max_bitrate) or not MIN_BITRATE <= max_bitrate < math.inf:
                raise OptionError(
                    f"max_bitrate is at least {MIN_BITRATE} bits per second, or None, got {max_bitrate!r}"
                )
            max_bitrate = float(max_bitrate)
        if max_viewers is None or max_viewers < 1:
            raise OptionError(f"max_viewers is an integer and at least 1, got {self.max_viewers!r}")
        max_fps = None if self.max_fps is None else as_rate(self.max_fps)
        if max_fps is None and self.max_fps is not None:
            raise OptionError(f"max_fps is above 0 and at most 1000, or None for no limit, got {self.max_fps!r}")
        settle = self.settle
        if settle is not None:
            if not is_number(settle) or not 0 < settle <= MAX_SETTLE_S:
                raise OptionError(f"settle is above 0 and at most {MAX_SETTLE_S} seconds, or None, got {settle!r}")
            settle = float(settle)
        for name, value in (
            ("quality", quality),
            ("max_bitrate", max_bitrate),
            ("max_viewers", max_viewers),
            ("max_fps", max_fps),
            ("settle", settle),
        ):
            object.__setattr__(self, name, value)  # the dataclass is frozen
        if self.subsampling not in ("4:2:0", "4:4:4"):
            raise OptionError(f'subsampling is "4:2:0" or "4:4:4", got {self.subsampling!r}')
        if self.resize_policy not in ("fixed", "match_client"):
            raise OptionError(f'resize_policy is "fixed" or "match_client", got {self.resize_policy!r}')
        if not isinstance(self.formats, (tuple, list)):
            raise OptionError(f"formats is a tuple of MIME types ({', '.join(known_codecs())}), got {self.formats!r}")
        object.__setattr__(self, "formats", tuple(self.formats))
        for codec in self.formats:
            if codec not in known_codecs():
                raise OptionError(f"formats may contain {', '.join(known_codecs())}; got {codec!r}")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all fields."""
        return tuple(field.name for field in fields(cls))

    @property
    def tone(self) -> ToneOptions:
        """How numbers become colors: `order`, `vmin`, `vmax`, `cmap` and `gamma`, with the colors as they are now."""
        return check_tone(order=self.order, vmin=self.vmin, vmax=self.vmax, gamma=self.gamma, cmap=self.cmap)

    def replaced(self, options: Mapping[str, Any]) -> Self:
        """Return a copy with some fields replaced by `options`.

        Raises:
            OptionError: an option is unknown or has an invalid value.
        """
        for name in options:
            if name not in self.names():
                raise OptionError(f"a stream's options are {', '.join(self.names())}; got {name}")
        return replace(self, **options)

    @property
    def offered(self) -> tuple[str, ...]:
        """The MIME types that viewers may select, preferred first."""
        return self.formats or known_codecs()

    @property
    def max_quality(self) -> int:
        """The quality for viewers who get the best there is."""
        return AUTO_QUALITY if self.quality == "auto" else self.quality


class PacedStreamOptions(TypedDict, total=False):
    """The fields of `StreamOptions` as keywords, for functions with their own parameter `max_fps`."""

    quality: int | Literal["auto"]
    subsampling: Subsampling
    formats: tuple[str, ...] | list[str]
    max_bitrate: float | None
    max_viewers: int
    settle: float | None
    resize_policy: ResizePolicy
    order: Order
    vmin: float | None
    vmax: float | None
    cmap: Any
    gamma: float


class StreamOptionsDict(PacedStreamOptions, total=False):
    """The fields of `StreamOptions` as keywords."""

    max_fps: float | None


def as_integer(value: object) -> int | None:
    """Return an integer, perhaps a NumPy scalar, as a plain `int`; `None` for other values and for `bool`."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def is_number(value: object) -> bool:
    """Return whether `value` is a real number: of Python or NumPy, or a fraction, but not a `bool`."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def as_rate(value: object) -> float | None:
    """Return a rate per second, a number above 0 and at most 1000, as a `float`; `None` for other values."""
    if not is_number(value):
        return None
    rate = float(value)  # type: ignore[arg-type]
    return rate if 0 < rate <= 1000 else None


def as_pixel_ratio(value: Any) -> float:
    """Return `value` as a plain float, because JSON cannot encode NumPy scalars and fractions.

    Raises:
        OptionError: it is not a number from 0.1 to 16.
    """
    kind = type(value).__name__
    try:
        ratio = math.nan if isinstance(value, (str, bytes, bytearray, bool)) else float(value)
    except Exception as exc:
        raise OptionError(f"pixel_ratio is a number from 0.1 to 16, got {kind}") from exc
    if not 0.1 <= ratio <= 16:
        raise OptionError(f"pixel_ratio is a number from 0.1 to 16, got {kind if math.isnan(ratio) else f'{ratio:g}'}")
    return ratio


def check_awaited(thing: object) -> None:
    """Check that `thing` is not a coroutine, such as `serve(...)` without `await`.

    Closes the coroutine, to prevent Python's warning that it was never awaited.

    Raises:
        OptionError: it is a coroutine.
    """
    if inspect.iscoroutine(thing):
        name = thing.__name__
        thing.close()
        raise OptionError(f"got a coroutine, because {name}(...) was not awaited; write `await rfb.{name}(...)`")
