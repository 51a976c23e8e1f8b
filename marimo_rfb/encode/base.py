"""The encoder interface."""

from dataclasses import dataclass
from typing import Literal, Protocol

from marimo_rfb.frame import Frame

__all__ = ["Chunk", "EncodeOptions", "Encoder", "Subsampling"]

Subsampling = Literal["4:2:0", "4:4:4"]


@dataclass(frozen=True, slots=True)
class EncodeOptions:
    """Encoder options.

    Attributes:
        quality: 1 (smallest) to 100 (best), on libjpeg's scale.
        subsampling: the color resolution of lossy formats, if they have a choice: `"4:2:0"` for half, 1.7 times faster
            and a third smaller, or `"4:4:4"` for the full one.
    """

    quality: int = 80
    subsampling: Subsampling = "4:2:0"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One encoded frame.

    Attributes:
        payload: the encoded bytes.
        mime: their MIME type.
        is_key: whether it can be decoded by itself.
        is_lossless: whether it decodes to exactly the pixels of the frame.
    """

    payload: bytes
    mime: str
    is_key: bool = True
    is_lossless: bool = False


class Encoder(Protocol):
    """Encodes one frame into one chunk, synchronously, without threads, sockets or a clock. One thread at a time."""

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        """Encode `frame`; with `key`, as a key frame, which can be decoded by itself.

        Raises:
            EncodeError: the frame cannot be encoded.
        """
        ...

    def close(self) -> None:
        """Release the encoder's resources. Idempotent."""
        ...
