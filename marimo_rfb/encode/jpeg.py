"""JPEG by simplejpeg (libjpeg-turbo), which releases the GIL while it encodes."""

from marimo_rfb.encode.base import Chunk, EncodeOptions, Encoder, Subsampling
from marimo_rfb.encode.pillow import PillowEncoder
from marimo_rfb.errors import EncodeError
from marimo_rfb.frame import Frame

try:
    import simplejpeg
except ImportError:  # no wheel for this platform
    simplejpeg = None

__all__ = ["SimpleJpegEncoder", "best_jpeg_encoder", "jpeg_encoder"]

BEST_QUALITY = 95


def jpeg_encoder(options: EncodeOptions) -> Encoder:
    """Return the best JPEG encoder this environment has."""
    return _encoder(options.quality, options.subsampling)


def best_jpeg_encoder(quality: int = BEST_QUALITY) -> Encoder:
    """Return a JPEG encoder with full color resolution (4:4:4), for a picture that stays on screen."""
    return _encoder(quality, "4:4:4")


def _encoder(quality: int, subsampling: Subsampling) -> Encoder:
    if simplejpeg is not None:
        return SimpleJpegEncoder(quality, subsampling)
    return PillowEncoder("JPEG", quality=quality, subsampling=subsampling)


class SimpleJpegEncoder:
    """Encodes RGB, and RGBA without its alpha."""

    def __init__(self, quality: int, subsampling: Subsampling) -> None:
        self._quality = quality
        self._subsampling = subsampling.replace(":", "")

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        colorspace = "RGB" if frame.pixels.shape[2] == 3 else "RGBA"
        try:
            payload = simplejpeg.encode_jpeg(
                frame.pixels,
                quality=self._quality,
                colorspace=colorspace,
                colorsubsampling=self._subsampling,
                fastdct=True,
            )
        except ValueError as exc:
            raise EncodeError(f"JPEG cannot hold a frame of shape {frame.pixels.shape}: {exc}") from exc
        return Chunk(payload, "image/jpeg")

    def close(self) -> None:
        """Do nothing: the encoder has no resources."""
