"""Timers of vispy, such as those of animations."""

import time
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from vispy.app.base import BaseTimerBackend

from marimo_rfb.figures.screens.pace import Pace
from marimo_rfb.figures.vispy._vispy import raising, run_timer
from marimo_rfb.notebook.hosts import _ipython, _marimo
from marimo_rfb.notebook.hosts.session import Session

__all__ = ["TimerBackend", "Watch"]


class Shown(Protocol):
    """A canvas that views show."""

    @property
    def watched(self) -> bool: ...

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None: ...


class Watch:
    """Calls functions while somebody looks at any canvas of a session. Kernel's thread only."""

    _of_sessions: ClassVar["weakref.WeakKeyDictionary[Session, Watch]"] = weakref.WeakKeyDictionary()

    def __init__(self) -> None:
        self._canvases: weakref.WeakSet[Any] = weakref.WeakSet()
        self._waiting: dict[object, Callable[[], None]] = {}

    @classmethod
    def current(cls) -> "Watch":
        """Return the one of the caller's session.

        Raises:
            RfbError: called on a thread unknown to marimo while there are several sessions.
        """
        return cls._of_sessions.setdefault(Session.current(), cls())

    @property
    def canvases(self) -> list[Any]:
        """The canvases that were shown and are not collected."""
        return list(self._canvases)

    def add(self, canvas: Shown) -> None:
        """Call functions while somebody looks at `canvas` too. Idempotent."""
        self._canvases.add(canvas)

    def call_when_watched(self, key: object, delay_s: float, function: Callable[[], None]) -> None:
        """Call `function` after a delay, and not before somebody looks."""

        def call() -> None:
            if self._watched_canvas() is None:
                self._waiting[key] = call
            else:
                function()

        canvas = self._watched_canvas()
        if canvas is None:
            self._waiting[key] = call
        else:
            canvas.call_later(delay_s, call)

    def forget(self, key: object) -> None:
        """Do not call what waits under `key`."""
        self._waiting.pop(key, None)

    def wake(self) -> None:
        """Call what is due soon, now that somebody looks."""
        waiting, self._waiting = self._waiting, {}
        for key, function in waiting.items():  # each for itself, because they may raise
            self.call_when_watched(key, 0.0, function)

    def _watched_canvas(self) -> Shown | None:
        return next((canvas for canvas in self._canvases if canvas.watched), None)


class TimerBackend(BaseTimerBackend):  # type: ignore[misc]
    """Runs a timer on the kernel's thread while somebody looks, until its cell runs again or is deleted.

    Args:
        vispy_timer: the timer, whose `app` has our back end.
        clock: monotonic time in seconds.
    """

    def __init__(self, vispy_timer: Any, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(vispy_timer)
        self._watch = Watch.current()
        self._clock = clock
        self._run: object = None  # identifies the run, so that calls of an earlier one are ignored
        self._interval_s = 0.0
        self._pace = Pace(clock)
        cell = _marimo.current_cell() or _ipython.current_cell()
        if cell is not None:
            cell.on_disposal(self._vispy_stop)

    def _vispy_start(self, interval: float) -> None:
        self._vispy_stop()
        self._run = object()
        self._interval_s = interval
        self._pace = Pace(self._clock)
        self._schedule()

    def _vispy_stop(self) -> None:
        self._watch.forget(self._run)
        self._run = None

    def _schedule(self) -> None:
        run = self._run
        delay_s = self._pace.next_delay_s(self._interval_s)
        self._watch.call_when_watched(run, delay_s, lambda: self._fire(run))

    def _fire(self, run: object) -> None:
        if run is not self._run:
            return
        try:
            with raising():
                run_timer(self._vispy_timer)
        finally:
            if run is self._run:
                self._schedule()
