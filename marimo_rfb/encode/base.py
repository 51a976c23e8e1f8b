"""What an encoder is."""

from dataclasses import dataclass
from typing import Protocol

from marimo_rfb.frame import Frame

__all__ = ["Chunk", "EncodeOptions", "Encoder"]


@dataclass(frozen=True, slots=True)
class EncodeOptions:
    """How to encode. `quality` is 1 (small) to 100 (good), on libjpeg's scale."""

    quality: int = 80


@dataclass(frozen=True, slots=True)
class Chunk:
    """One encoded frame; `is_key` says that it needs nothing before it, `is_lossless` that nothing of it is lost."""

    payload: bytes
    mime: str
    is_key: bool = True
    is_lossless: bool = False


class Encoder(Protocol):
    """One frame in, one chunk out; synchronous, without threads, sockets or a clock. Used by one thread at a time."""

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        """Encode `frame`; with `key` so that nothing before it is needed.

        Raises:
            EncodeError: the frame cannot be encoded.
        """
        ...

    def close(self) -> None:
        """Give back what the encoder holds; twice is fine."""
        ...
