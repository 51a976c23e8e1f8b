"""How a stream is encoded and who may watch how often."""

import numbers
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

from marimo_rfb.encode.registry import known_transports
from marimo_rfb.errors import OptionError

__all__ = ["ResizePolicy", "StreamOptions", "is_number", "is_rate"]

ResizePolicy = Literal["fixed", "match_client"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """Options of one stream.

    Attributes:
        quality: 1 (small) to 100 (good), for the formats that lose something.
        formats: MIME types in order of preference; empty means every one there is an encoder for.
        fps: at most so many frames a second are encoded and sent; `None` means no limit.
        max_viewers: further viewers are refused with close code 4429.
        resize_policy: what `Stream.target_size` is: with `"fixed"` the size that the stream was made with, with
            `"match_client"` that of the largest view on screen.

    Raises:
        OptionError: a value is out of range.
    """

    quality: int = 80
    formats: tuple[str, ...] = ()
    fps: float | None = None
    max_viewers: int = 64
    resize_policy: ResizePolicy = "fixed"

    def __post_init__(self) -> None:
        if isinstance(self.quality, bool) or not isinstance(self.quality, int) or not 1 <= self.quality <= 100:
            raise OptionError(f"quality is an integer from 1 to 100, got {self.quality!r}")
        if self.fps is not None and not is_rate(self.fps):
            raise OptionError(f"fps is above 0 and at most 1000, or None for no limit, got {self.fps!r}")
        if not isinstance(self.max_viewers, int) or self.max_viewers < 1:
            raise OptionError(f"max_viewers is an integer and at least 1, got {self.max_viewers!r}")
        if self.resize_policy not in ("fixed", "match_client"):
            raise OptionError(f'resize_policy is "fixed" or "match_client", got {self.resize_policy!r}')
        if not isinstance(self.formats, (tuple, list)):
            raise OptionError(f"formats is a tuple of {', '.join(known_transports())}; got {self.formats!r}")
        for transport in self.formats:
            if transport not in known_transports():
                raise OptionError(f"formats knows {', '.join(known_transports())}; got {transport!r}")

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
        return self.formats or known_transports()


def is_number(value: object) -> bool:
    """Tell whether `value` can be compared with a number; NumPy's scalars can."""
    return isinstance(value, numbers.Real)


def is_rate(value: object) -> bool:
    """Tell whether `value` is a number above 0 and at most 1000, as all rates a second are."""
    return is_number(value) and 0 < value <= 1000  # type: ignore[operator]
