"""How good and how frequent pictures may be on a channel that was not made for them."""

from dataclasses import dataclass

__all__ = ["FULL", "GRADES", "Grade", "Thrift"]


@dataclass(frozen=True, slots=True)
class Grade:
    """Limits of a rendition.

    Attributes:
        quality: at most this, 1 to 100, for formats that lose something.
        max_pixels: larger frames are encoded smaller; `None` for no limit.
        fps: at most so many frames a second; `None` for no limit.
    """

    quality: int = 100
    max_pixels: int | None = None
    fps: float | None = None


FULL = Grade()
# Best first. The kernel's channel carries base64 in JSON, some 10 MB/s at best, and all that cells print.
GRADES = (
    Grade(quality=70, max_pixels=1280 * 720, fps=20),
    Grade(quality=55, max_pixels=800 * 600, fps=10),
    Grade(quality=40, max_pixels=480 * 360, fps=5),
)

_SLOW_S = 0.4
_FAST_S = 0.15
_WORSE_AFTER_S = 1.0
_BETTER_AFTER_S = 5.0


class Thrift:
    """Chooses the grade by how long acks take: worse after a second of slow ones, better after five of fast ones."""

    def __init__(self) -> None:
        self._level = 0
        self._fast_since_s: float | None = None
        self._slow_since_s: float | None = None

    @property
    def grade(self) -> Grade:
        return GRADES[self._level]

    def acked(self, delay_s: float, now_s: float) -> None:
        """Note that an ack took so long."""
        self._slow_since_s = _since(self._slow_since_s, now_s) if delay_s > _SLOW_S else None
        self._fast_since_s = _since(self._fast_since_s, now_s) if delay_s < _FAST_S else None
        if self._slow_since_s is not None and now_s - self._slow_since_s >= _WORSE_AFTER_S:
            self.missed()
        elif self._fast_since_s is not None and now_s - self._fast_since_s >= _BETTER_AFTER_S:
            self._change(-1)

    def missed(self) -> None:
        """Note that an ack did not come at all."""
        self._change(+1)

    def _change(self, by: int) -> None:
        self._level = min(max(self._level + by, 0), len(GRADES) - 1)
        self._fast_since_s = self._slow_since_s = None


def _since(since_s: float | None, now_s: float) -> float:
    return now_s if since_s is None else since_s
