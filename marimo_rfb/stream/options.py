"""How a stream is encoded and who may watch how often."""

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

    `stream`, `serve`, `Hub.add_stream` and `Stream.configure` take its fields as keywords, and so do `frame`, `animate`
    and `Stream.view`: `rfb.frame(picture, quality=95)`. `Stream.options` is what a stream has.

    Attributes:
        quality: an integer from 1 (small) to 100 (good) on libjpeg's scale, for the formats that lose something; 80
            unless given.
        formats: MIME types in order of preference, of `"image/jpeg"`, `"image/png"`, `"image/webp"` and those of
            `register_encoder`; empty, as it is unless given, for every one there is an encoder for.
        max_fps: at most so many frames a second are encoded and sent, above 0 and at most 1000; `None`, as it is unless
            given, for no limit.
        max_viewers: how many may be connected at a time, at least 1; further ones are refused with close code 4429. 64
            unless given.
        settle: so many seconds after the last change, above 0 and at most 3600, every viewer gets the picture without
            loss, where that can be; 0.25 unless given, `None` leaves the picture as it is.
        resize_policy: what `Stream.target_size` is: with `"fixed"`, as it is unless given, the size that the stream was
            made with, with `"match_client"` that of the largest view on screen.

    Raises:
        OptionError: a value is out of range.
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
            object.__setattr__(self, name, value)  # it is frozen from here on
        if self.resize_policy not in ("fixed", "match_client"):
            raise OptionError(f'resize_policy is "fixed" or "match_client", got {self.resize_policy!r}')
        if not isinstance(self.formats, (tuple, list)):
            raise OptionError(f"formats is a tuple of {', '.join(known_codecs())}; got {self.formats!r}")
        object.__setattr__(self, "formats", tuple(self.formats))
        for codec in self.formats:
            if codec not in known_codecs():
                raise OptionError(f"formats knows {', '.join(known_codecs())}; got {codec!r}")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all options."""
        return tuple(field.name for field in fields(cls))

    def replaced(self, options: Mapping[str, Any]) -> Self:
        """Return a copy with `options` in place of the ones here.

        Raises:
            OptionError: there is no such option, or a value is out of range.
        """
        for name in options:
            if name not in self.names():
                raise OptionError(f"a stream's options are {', '.join(self.names())}; got {name}")
        return replace(self, **options)

    @property
    def offered(self) -> tuple[str, ...]:
        """The MIME types that viewers may choose from, preferred first."""
        return self.formats or known_codecs()


class PacedStreamOptions(TypedDict, total=False):
    """The fields of `StreamOptions` as keywords, for a function that has `max_fps` as a parameter of its own."""

    quality: int
    formats: tuple[str, ...] | list[str]
    max_viewers: int
    settle: float | None
    resize_policy: ResizePolicy


class StreamOptionsDict(PacedStreamOptions, total=False):
    """The fields of `StreamOptions` as keywords."""

    max_fps: float | None


def as_integer(value: object) -> int | None:
    """Return `value` as Python's own integer, which NumPy's scalars are not; `None` where it is no integer."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def is_number(value: object) -> bool:
    """Tell whether `value` can be compared with a number; NumPy's scalars can."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def as_rate(value: object) -> float | None:
    """Return a number above 0 and at most 1000, as all rates a second are, as a float; `None` where it is none."""
    if not is_number(value):
        return None
    rate = float(value)  # type: ignore[arg-type]
    return rate if 0 < rate <= 1000 else None


def check_awaited(thing: object) -> None:
    """Raise `OptionError` for a coroutine, which `serve` without `await` is; it is closed, so it warns of nothing."""
    if inspect.iscoroutine(thing):
        name = thing.__name__
        thing.close()
        raise OptionError(f"got what {name}(...) returns before it has run; write `await rfb.{name}(...)`")
