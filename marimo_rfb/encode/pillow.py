"""Image formats by Pillow: WebP, and JPEG where simplejpeg is not installed."""

import io
from typing import Any

from PIL import Image

from marimo_rfb.encode.base import Chunk, EncodeOptions, Encoder
from marimo_rfb.errors import EncodeError
from marimo_rfb.frame import Frame

__all__ = ["PillowEncoder", "webp_encoder"]


class PillowEncoder:
    """Encodes any format that Pillow writes; `parameters` are passed to `Image.save`."""

    def __init__(self, pillow_format: str, **parameters: Any) -> None:
        self._format = pillow_format
        # Not `Image.MIME`, which is empty until Pillow has loaded its plugins.
        self._mime = f"image/{pillow_format.lower()}"
        self._parameters = parameters

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        pixels = frame.pixels[:, :, :3] if self._format == "JPEG" else frame.pixels
        buffer = io.BytesIO()
        try:
            Image.fromarray(pixels).save(buffer, self._format, **self._parameters)
        except (ValueError, OSError) as exc:
            raise EncodeError(f"{self._format} cannot hold a frame of shape {pixels.shape}: {exc}") from exc
        return Chunk(buffer.getvalue(), self._mime)

    def close(self) -> None:
        """Do nothing: the encoder has no resources."""


def webp_encoder(options: EncodeOptions) -> Encoder:
    """Return a WebP encoder: smaller files than JPEG, ten times slower. Method 0 is the fastest one."""
    return PillowEncoder("WEBP", quality=options.quality, method=0)
