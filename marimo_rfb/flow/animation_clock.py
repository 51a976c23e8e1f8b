"""When the ticks of an animation are due, and at which animation time."""

import math
from dataclasses import dataclass

__all__ = ["AnimationClock", "ClockTick"]


@dataclass(frozen=True, slots=True)
class ClockTick:
    """One tick to render.

    Attributes:
        t: animation time of the tick, seconds.
        dt: animation seconds since the tick taken before; 0.0 for the first one and for the first after `Pacer.seek`,
            as a jump is no time that has passed.
        skipped: how many ticks were due before this one and are left out.
    """

    t: float
    dt: float
    skipped: int


class AnimationClock:
    """A grid of ticks that keeps its phase, however late the ticks are taken.

    Tick `n` is due at the anchor plus `n / fps`, computed from the count and not summed up, so that rounding does not
    pile up. While ticks are taken, `t` goes as fast as real time, over changes of `fps` too; between the last tick and
    the next `start` it stands still.

    `now_s` is in seconds, of a monotonic clock. Nothing is due before the first `start`. One thread at a time.
    """

    def __init__(self, fps: float, *, t: float = 0.0) -> None:
        assert 0 < fps < math.inf
        self._fps = fps
        self._anchor_s, self._anchor_t = math.inf, t
        # Ticks from the anchor to the next one.
        self._n = 0
        self._last_t: float | None = None

    @property
    def t(self) -> float:
        """Animation seconds of the next tick if it is taken in time; late ticks add what they are late by."""
        return self._anchor_t + self._n / self._fps

    @property
    def fps(self) -> float:
        """Ticks a second."""
        return self._fps

    @property
    def due_s(self) -> float:
        """When the next tick is due, on the clock of `now_s`; infinite before the first `start`."""
        return self._anchor_s + self._n / self._fps

    def start(self, now_s: float) -> None:
        """Make the next tick due now, with the `t` it had: what has passed since the last one does not count."""
        self._anchor(now_s, self.t)

    def set_fps(self, fps: float, now_s: float) -> None:
        """Space the ticks to come by `1 / fps` seconds.

        The next one comes one new spacing after the last one taken, or now if that has passed. One that is due already
        stays due.
        """
        assert 0 < fps < math.inf
        if fps == self._fps:
            return
        due_s, t = self.due_s, self.t
        if now_s < due_s < math.inf:
            # Not before now, or a rise from 1 to 60 would report ticks as skipped that nobody had asked for.
            due_s = max(due_s - 1 / self._fps + 1 / fps, now_s)
            # After `seek` the next tick shows what was asked for, whenever it comes.
            t += due_s - self.due_s if self._last_t is not None else 0.0
        self._fps = fps
        self._anchor(due_s, t)

    def seek(self, t: float) -> None:
        """Go on from animation second `t` with the next tick, which is due when it was."""
        self._anchor(self.due_s, t)
        self._last_t = None

    def take(self, now_s: float) -> ClockTick:
        """Take the newest tick that is due, and leave out the others; call it when `now_s` has reached `due_s`."""
        assert now_s >= self.due_s
        newest = self._newest_due(now_s)
        skipped, self._n = newest - self._n, newest
        t = self.t
        dt = 0.0 if self._last_t is None else t - self._last_t
        self._last_t = t
        self._n += 1
        return ClockTick(t, dt, skipped)

    def _newest_due(self, now_s: float) -> int:
        n = max(self._n, math.floor((now_s - self._anchor_s) * self._fps))
        # The product rounds otherwise than `due_s` does; taking `due_s` at its word must neither skip a tick nor yield
        # one that is not due yet.
        while self._anchor_s + (n + 1) / self._fps <= now_s:
            n += 1
        while n > self._n and self._anchor_s + n / self._fps > now_s:
            n -= 1
        return n

    def _anchor(self, due_s: float, t: float) -> None:
        self._anchor_s, self._anchor_t, self._n = due_s, t, 0
