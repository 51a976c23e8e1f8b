"""How much detail a scene in motion has."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Detail", "MovingDetail", "details"]

# Twenty pictures a second still feel like movement.
MAX_RENDER_S = 0.05
# Less is not worth the blur.
MIN_GAIN = 0.8
# From one detail to the next finer one, about.
STEP = 3.5


@dataclass(frozen=True, slots=True)
class Detail:
    """How a picture is rendered.

    Attributes:
        divisor: by what the sides of the picture are divided.
        multisampled: whether each pixel has as many samples as in a picture at rest.
    """

    divisor: int = 1
    multisampled: bool = True


def details(multisamples: int) -> Sequence[Detail]:
    """Return the details for a window with so many samples a pixel, the finest first."""
    coarse = [Detail(1, False), Detail(2, False), Detail(3, False)]
    return [Detail(), *(coarse if multisamples > 1 else coarse[1:])]


class MovingDetail:
    """Chooses the finest detail that is fast enough, by the times that pictures took.

    Args:
        choices: the finest first.
    """

    def __init__(self, choices: Sequence[Detail]) -> None:
        self._choices = choices
        self._seconds: dict[int, float] = {}
        self._level = 0

    @property
    def current(self) -> Detail:
        """The detail of the next picture in motion."""
        return self._choices[self._level]

    def note(self, seconds: float) -> None:
        """Record how long a picture of the current detail took."""
        level = self._level
        self._seconds[level] = seconds
        if seconds > MAX_RENDER_S:
            if seconds > MIN_GAIN * self._seconds.get(level - 1, float("inf")):
                self._level = level - 1
            elif level + 1 < len(self._choices) and self._seconds.get(level + 1, 0.0) < MIN_GAIN * seconds:
                self._level = level + 1
        elif level > 0 and seconds * STEP < MAX_RENDER_S:
            self._level = level - 1
