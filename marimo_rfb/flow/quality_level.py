"""Layers: the quality levels that viewers of a stream share, best first."""

import math
from dataclasses import dataclass

__all__ = ["COMM_LAYERS", "FULL_QUALITY", "LAYERS", "QualityLevel"]


@dataclass(frozen=True, slots=True)
class QualityLevel:
    """Limits of a rendition.

    Attributes:
        quality: highest quality of lossy codecs, 1 to 100.
        scale: each side of a frame is scaled by this, above 0 and at most 1; of sixteenths,
            tiles stay whole.
        max_pixels: frames with more pixels are downscaled to this many; `None` for no limit.
        max_fps: highest frame rate; `None` for no limit.
        max_settled_bytes: largest settled picture; `None` for no limit.
        relative_bytes: about how large its pictures are, as a part of those of the best level; for noisy pictures, the
            worst case.
        rank: orders levels by the quality of what they show, at most 15; the better the higher.
    """

    quality: int = 100
    scale: float = 1.0
    max_pixels: int | None = None
    max_fps: float | None = None
    max_settled_bytes: int | None = None
    relative_bytes: float = 1.0
    rank: int = 15

    def scale_of(self, width: int, height: int) -> float:
        """Return by how much each side of a frame of `width` x `height` pixels is scaled, at most 1."""
        fits = 1.0 if self.max_pixels is None else math.sqrt(self.max_pixels / (width * height))
        return min(self.scale, 1.0, fits)


FULL_QUALITY = QualityLevel()
# Each has about half the bytes of the one before, so that one step up never doubles the queue. Quality goes first,
# until blocks show; below that fewer pixels look better than coarser ones, and are cheaper to encode and decode. The
# rate needs no step of its own: frames are sent as fast as the link takes them.
LAYERS = (
    FULL_QUALITY,
    QualityLevel(quality=60, max_settled_bytes=2 << 20, relative_bytes=0.6, rank=14),
    QualityLevel(quality=60, scale=0.75, max_settled_bytes=1 << 20, relative_bytes=0.31, rank=13),
    QualityLevel(quality=50, scale=0.625, max_settled_bytes=1 << 19, relative_bytes=0.17, rank=12),
    QualityLevel(quality=50, scale=0.5, max_settled_bytes=1 << 18, relative_bytes=0.09, rank=11),
    QualityLevel(quality=50, scale=0.375, max_settled_bytes=1 << 17, relative_bytes=0.048, rank=10),
    QualityLevel(quality=50, scale=0.25, max_settled_bytes=1 << 16, relative_bytes=0.021, rank=9),
    QualityLevel(quality=40, scale=0.1875, max_settled_bytes=1 << 15, relative_bytes=0.011, rank=8),
)
# The kernel's comm carries base64 in JSON, some 10 MB/s at best, and shares it with all cell output. A settled picture
# takes at most a tenth of a second of it.
COMM_LAYERS = (
    QualityLevel(quality=70, max_pixels=1280 * 720, max_fps=20, max_settled_bytes=1 << 20, rank=3),
    QualityLevel(quality=55, max_pixels=800 * 600, max_fps=10, max_settled_bytes=1 << 20, relative_bytes=0.4, rank=2),
    QualityLevel(quality=40, max_pixels=480 * 360, max_fps=5, max_settled_bytes=1 << 20, relative_bytes=0.12, rank=1),
)
