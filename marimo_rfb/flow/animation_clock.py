"""Animation clock: schedules ticks at a fixed rate and drops the ticks that are missed."""

import math
from dataclasses import dataclass

__all__ = ["AnimationClock", "ClockTick"]


@dataclass(frozen=True, slots=True)
class ClockTick:
    """One tick to render.

    Attributes:
        t: animation time of the tick, seconds.
        dt: animation seconds since the previous tick; 0.0 for the first tick and for the first one after
            `AnimationClock.seek`, because no time passes during a jump.
        skipped: number of missed ticks before this one.
    """

    t: float
    dt: float
    skipped: int


class AnimationClock:
    """A grid of ticks that keeps its phase, however late the ticks are taken.

    Tick `n` is due at the anchor plus `n / fps`, computed from the count and not summed up, so that rounding errors do
    not accumulate. While ticks are taken, `t` advances in real time, also when `fps` changes; between the last tick and
    the next `start` it stands still.

    `now_s` is in seconds, of a monotonic clock. No tick is due before the first `start`. One thread at a time.
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
        """Animation time of the next tick if it is taken on time; a late tick adds its delay. Seconds."""
        return self._anchor_t + self._n / self._fps

    @property
    def fps(self) -> float:
        """Ticks per second."""
        return self._fps

    @property
    def due_s(self) -> float:
        """When the next tick is due, on the clock of `now_s`; infinite before the first `start`."""
        return self._anchor_s + self._n / self._fps

    def start(self, now_s: float) -> None:
        """Make the next tick due now with an unchanged `t`: the time since the last tick does not count."""
        self._anchor(now_s, self.t)

    def set_fps(self, fps: float, now_s: float) -> None:
        """Set the interval between future ticks to `1 / fps` seconds.

        The next tick is due one new interval after the last one taken, or now if that time has passed. A tick that is
        already due stays due.
        """
        assert 0 < fps < math.inf
        if fps == self._fps:
            return
        due_s, t = self.due_s, self.t
        if now_s < due_s < math.inf:
            # Not before now, or a change from 1 to 60 fps would report ticks as skipped that were never scheduled.
            due_s = max(due_s - 1 / self._fps + 1 / fps, now_s)
            # After `seek` the next tick has exactly the requested `t`, whenever it is due.
            t += due_s - self.due_s if self._last_t is not None else 0.0
        self._fps = fps
        self._anchor(due_s, t)

    def seek(self, t: float) -> None:
        """Continue from animation second `t` with the next tick; its due time does not change."""
        self._anchor(self.due_s, t)
        self._last_t = None

    def take(self, now_s: float) -> ClockTick:
        """Return the newest tick that is due and skip the older ones. Requires `now_s >= due_s`."""
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
        # The product rounds differently from `due_s`; a call at exactly `due_s` must neither skip a tick nor return one
        # that is not due yet.
        while self._anchor_s + (n + 1) / self._fps <= now_s:
            n += 1
        while n > self._n and self._anchor_s + n / self._fps > now_s:
            n -= 1
        return n

    def _anchor(self, due_s: float, t: float) -> None:
        self._anchor_s, self._anchor_t, self._n = due_s, t, 0
