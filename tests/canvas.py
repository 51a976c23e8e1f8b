"""What a viewer shows: whole pictures, and parts that replace what is there."""

import numpy as np
from PIL import Image
from support import decode

from marimo_rfb.frame import PixelArray
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.messages import ImageHeader, RectsHeader

__all__ = ["Canvas"]


class Canvas:
    """Applies pictures as a page does, and checks what a page relies on.

    Attributes:
        pixels: uint8 `(height, width, 3)`; `None` before the first whole picture.
        parts: how many parts each picture had; 0 for a whole one.
        bytes: the sizes of the pictures.
        lossless: what the last picture says of itself.
    """

    def __init__(self) -> None:
        self.pixels: PixelArray | None = None
        self.parts: list[int] = []
        self.bytes: list[int] = []
        self.lossless: bool | None = None
        self.seq = -1

    def apply(self, message: bytes) -> None:
        header, payload = unpack(message)
        assert isinstance(header, (ImageHeader, RectsHeader))
        assert header.seq > self.seq
        if isinstance(header, ImageHeader):
            self.pixels = stretched(decode(payload)[:, :, :3], header.width, header.height)
            self.parts.append(0)
        else:
            self._apply_parts(header, payload)
        assert self.pixels is not None
        assert self.pixels.shape[:2] == (header.height, header.width)
        self.seq, self.lossless = header.seq, header.lossless
        self.bytes.append(len(message))

    def shows(self, pixels: PixelArray) -> bool:
        return self.pixels is not None and np.array_equal(self.pixels, pixels)

    def _apply_parts(self, header: RectsHeader, payload: memoryview) -> None:
        assert self.pixels is not None, "parts came before a whole picture"
        assert header.base_seq <= self.seq, "parts of a picture that never came"
        start = 0
        parts = np.array(header.rects).reshape(-1, 5)
        assert len(parts) == len(header.mimes)
        for x, y, width, height, size in parts.tolist():
            part = stretched(decode(payload[start : start + size])[:, :, :3], width, height)
            self.pixels[y : y + height, x : x + width] = part
            start += size
        assert start == len(payload)
        self.parts.append(len(parts))


def stretched(pixels: PixelArray, width: int, height: int) -> PixelArray:
    """Return `pixels` in the size that a page shows them in, which is not smaller."""
    assert pixels.shape[0] <= height
    assert pixels.shape[1] <= width
    if pixels.shape[:2] == (height, width):
        return pixels.copy()
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))
