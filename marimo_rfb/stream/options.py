"""Options of a stream: encoding, rate limit and number of viewers."""

import inspect
import numbers
import operator
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, TypedDict

from marimo_rfb.encode.registry import known_codecs
from marimo_rfb.errors import OptionError

__all__ = [
    "PacedStreamOptions",
    "ResizePolicy",
    "StreamOptions",
    "StreamOptionsDict",
    "as_integer",
    "as_rate",
    "check_awaited",
    "is_number",
]

MAX_SETTLE_S = 3600

ResizePolicy = Literal["fixed", "match_client"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """How a stream is encoded, and for how many viewers.

    `stream`, `serve`, `Hub.add_stream`, `Stream.configure`, `frame`, `animate` and `Stream.view` take its fields as
    keywords: `rfb.frame(picture, quality=95)`. `Stream.options` returns the current options.

    Attributes:
        quality: encoder quality of lossy formats, an integer from 1 (smallest) to 100 (best) on libjpeg's scale.
            Default: 80.
        formats: MIME types in order of preference: `"image/jpeg"`, `"image/png"`, `"image/webp"` and those of
            `register_encoder`. Default: empty, every format that has an encoder.
        max_fps: frame rate limit for encoding and sending, frames per second, above 0 and at most 1000. Default:
            `None`, no limit.
        max_viewers: maximum number of connected viewers, at least 1; further viewers are rejected with close code 4429.
            Default: 64.
        settle: seconds without a change, above 0 and at most 3600, after which every viewer gets the picture once more
            without loss, if possible. Default: 0.25; `None` for never.
        resize_policy: the meaning of `Stream.target_size`: `"fixed"` for the size that the stream was created with,
            `"match_client"` for the size of the largest view on screen. Default: `"fixed"`.

    Raises:
        OptionError: a value is invalid.
    """

    quality: int = 80
    formats: tuple[str, ...] = ()
    max_fps: float | None = None
    max_viewers: int = 64
    settle: float | None = 0.25
    resize_policy: ResizePolicy = "fixed"

    def __post_init__(self) -> None:
        quality, max_viewers = as_integer(self.quality), as_integer(self.max_viewers)
        if quality is None or not 1 <= quality <= 100:
            raise OptionError(f"quality is an integer from 1 to 100, got {self.quality!r}")
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
            ("max_viewers", max_viewers),
            ("max_fps", max_fps),
            ("settle", settle),
        ):
            object.__setattr__(self, name, value)  # the dataclass is frozen
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


class PacedStreamOptions(TypedDict, total=False):
    """The fields of `StreamOptions` as keywords, for functions with their own parameter `max_fps`."""

    quality: int
    formats: tuple[str, ...] | list[str]
    max_viewers: int
    settle: float | None
    resize_policy: ResizePolicy


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
