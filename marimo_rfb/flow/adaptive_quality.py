"""How good and how frequent pictures may be on a channel that was not made for them."""

from dataclasses import dataclass

__all__ = ["FULL_QUALITY", "QUALITY_LEVELS", "AdaptiveQuality", "QualityLevel"]


@dataclass(frozen=True, slots=True)
class QualityLevel:
    """Limits of a rendition.

    Attributes:
        quality: at most this, 1 to 100, for formats that lose something.
        max_pixels: larger frames are encoded smaller; `None` for no limit.
        max_fps: at most so many frames a second; `None` for no limit.
    """

    quality: int = 100
    max_pixels: int | None = None
    max_fps: float | None = None


FULL_QUALITY = QualityLevel()
# Best first. The kernel's channel carries base64 in JSON, some 10 MB/s at best, and all that cells print.
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
    """Chooses the grade by how long acks take: worse after a second of slow ones, better after five of fast ones."""

    def __init__(self) -> None:
        self._index = 0
        self._fast_since_s: float | None = None
        self._slow_since_s: float | None = None

    @property
    def level(self) -> QualityLevel:
        return QUALITY_LEVELS[self._index]

    def on_ack(self, delay_s: float, now_s: float) -> bool:
        """Take in how long an ack took, and return whether the level changed."""
        self._slow_since_s = _since(self._slow_since_s, now_s) if delay_s > _SLOW_ACK_S else None
        self._fast_since_s = _since(self._fast_since_s, now_s) if delay_s < _FAST_ACK_S else None
        if self._slow_since_s is not None and now_s - self._slow_since_s >= _DOWNGRADE_AFTER_S:
            return self._step(+1)
        if self._fast_since_s is not None and now_s - self._fast_since_s >= _UPGRADE_AFTER_S:
            return self._step(-1)
        return False

    def on_ack_timeout(self) -> bool:
        """Take in that an ack did not come at all, and return whether the level changed."""
        return self._step(+1)

    def _step(self, by: int) -> bool:
        before, self._index = self._index, min(max(self._index + by, 0), len(QUALITY_LEVELS) - 1)
        self._fast_since_s = self._slow_since_s = None
        return self._index != before


def _since(since_s: float | None, now_s: float) -> float:
    return now_s if since_s is None else since_s
