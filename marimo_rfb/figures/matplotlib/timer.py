"""Timers of figures, such as those of animations."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from matplotlib.backend_bases import TimerBase

from marimo_rfb.figures.matplotlib._matplotlib import run_callbacks
from marimo_rfb.figures.screens.pace import Pace

__all__ = ["Timer"]


class _Kernel(Protocol):
    def call_when_watched(self, delay_s: float, function: Callable[[], None]) -> None: ...


class Timer(TimerBase):
    """Calls its callbacks on the kernel's thread, while somebody looks at the figure.

    Args:
        kernel: calls functions later.
        interval: milliseconds between two calls.
        callbacks: tuples of a function, its arguments and its keyword arguments.
        clock: monotonic time in seconds.
    """

    def __init__(
        self,
        kernel: _Kernel,
        interval: int | None = None,
        callbacks: Any = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kernel = kernel
        self._clock = clock
        self._run: object = None  # identifies the run, so that calls of an earlier one are ignored
        self._pace = Pace(clock)
        super().__init__(interval, callbacks)

    def _timer_start(self) -> None:
        self._run = object()
        self._pace = Pace(self._clock)
        self._schedule()

    def _timer_stop(self) -> None:
        self._run = None

    def _timer_set_interval(self) -> None:
        if self._run is not None:
            self._timer_start()

    def _schedule(self) -> None:
        run = self._run
        self._kernel.call_when_watched(self._pace.next_delay_s(self.interval / 1000), lambda: self._fire(run))

    def _fire(self, run: object) -> None:
        if run is not self._run:
            return
        try:
            run_callbacks(self)
        finally:
            if run is self._run:
                if self.single_shot:
                    self._run = None
                else:
                    self._schedule()
