"""Adapts quality, size and rate of pictures to a transport that was not made for video."""

from dataclasses import dataclass

__all__ = ["FULL_QUALITY", "QUALITY_LEVELS", "AdaptiveQuality", "QualityLevel"]


@dataclass(frozen=True, slots=True)
class QualityLevel:
    """Limits of a rendition.

    Attributes:
        quality: highest quality of lossy codecs, 1 to 100.
        max_pixels: larger frames are downscaled to this many pixels; `None` for no limit.
        max_fps: highest frame rate; `None` for no limit.
    """

    quality: int = 100
    max_pixels: int | None = None
    max_fps: float | None = None


FULL_QUALITY = QualityLevel()
# Best first. The kernel's comm carries base64 in JSON, some 10 MB/s at best, and shares it with all cell output.
QUALITY_LEVELS = (
    QualityLevel(quality=70, max_pixels=1280 * 720, max_fps=20),
    QualityLevel(quality=55, max_pixels=800 * 600, max_fps=10),
    QualityLevel(quality=40, max_pixels=480 * 360, max_fps=5),
)

_SLOW_ACK_S = 0.4
_FAST_ACK_S = 0.15
_DOWNGRADE_AFTER_S = 1.0
_UPGRADE_AFTER_S = 5.0


class AdaptiveQuality:
    """Selects the quality level by ack latency, with hysteresis.

    Steps down after one second of slow acks or an ack timeout, and up after five seconds of fast acks.
    """

    def __init__(self) -> None:
        self._index = 0
        self._fast_since_s: float | None = None
        self._slow_since_s: float | None = None

    @property
    def level(self) -> QualityLevel:
        return QUALITY_LEVELS[self._index]

    def on_ack(self, delay_s: float, now_s: float) -> bool:
        """Record an ack that took `delay_s` seconds; return whether the level changed."""
        self._slow_since_s = _since(self._slow_since_s, now_s) if delay_s > _SLOW_ACK_S else None
        self._fast_since_s = _since(self._fast_since_s, now_s) if delay_s < _FAST_ACK_S else None
        if self._slow_since_s is not None and now_s - self._slow_since_s >= _DOWNGRADE_AFTER_S:
            return self._step(+1)
        if self._fast_since_s is not None and now_s - self._fast_since_s >= _UPGRADE_AFTER_S:
            return self._step(-1)
        return False

    def on_ack_timeout(self) -> bool:
        """Record an ack timeout; return whether the level changed."""
        return self._step(+1)

    def _step(self, by: int) -> bool:
        before, self._index = self._index, min(max(self._index + by, 0), len(QUALITY_LEVELS) - 1)
        self._fast_since_s = self._slow_since_s = None
        return self._index != before


def _since(since_s: float | None, now_s: float) -> float:
    return now_s if since_s is None else since_s
