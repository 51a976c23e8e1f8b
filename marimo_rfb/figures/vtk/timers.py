"""Timers of an interactor, such as those of animations and joysticks."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from marimo_rfb.figures.screens.pace import Pace

__all__ = ["InteractorTimers"]


class _Kernel(Protocol):
    def call_when_watched(self, delay_s: float, function: Callable[[], None]) -> None: ...


# Longer than any look takes.
_PROBE_MS = 1_000_000


class InteractorTimers:
    """Fires the timers of an interactor on the kernel's thread, while somebody looks.

    A `vtkGenericRenderWindowInteractor` has events for them, which are to be passed on to `create`, `destroy` and
    `reset`. Those of a screen keep theirs for the loop of its events, which nobody runs, so they are to be looked for.

    Args:
        interactor: the interactor.
        kernel: calls functions later.
        clock: monotonic time in seconds.
    """

    def __init__(self, interactor: Any, kernel: _Kernel, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._interactor = interactor
        self._kernel = kernel
        self._clock = clock
        self._has_events = interactor.IsA("vtkGenericRenderWindowInteractor")
        self._next_number = 1
        # By the id of a timer; another one for each start of it.
        self._paces: dict[int, Pace] = {}

    def create(self) -> None:
        """Start the timer that the interactor creates."""
        self._start(self._interactor.GetTimerEventId(), self._interactor.GetTimerEventDuration())

    def destroy(self) -> None:
        """Stop the timer that the interactor destroys."""
        self._paces.pop(self._interactor.GetTimerEventPlatformId(), None)

    def reset(self) -> None:
        """Start a timer of the interactor anew."""
        self.create()

    def look(self) -> None:
        """Start the timers that were created since the last look, if the interactor has no events for that."""
        if self._has_events:
            return
        # All interactors count their timers together.
        end = self._interactor.CreateOneShotTimer(_PROBE_MS)
        self._interactor.DestroyTimer(end)
        for number in range(self._next_number, end):
            duration_ms = self._interactor.GetTimerDuration(number)
            if duration_ms:
                self._start(number, duration_ms)
        self._next_number = max(self._next_number, end + 1)

    def stop(self) -> None:
        """Stop all timers."""
        self._paces.clear()

    def _start(self, number: int, duration_ms: float) -> None:
        pace = self._paces[number] = Pace(self._clock)
        self._schedule(number, pace, duration_ms / 1000)

    def _schedule(self, number: int, pace: Pace, interval_s: float) -> None:
        self._kernel.call_when_watched(pace.next_delay_s(interval_s), lambda: self._fire(number, pace, interval_s))

    def _fire(self, number: int, pace: Pace, interval_s: float) -> None:
        if self._paces.get(number) is not pace:
            return
        is_single = self._interactor.IsOneShotTimer(number)
        is_destroyed = not (self._has_events or self._interactor.GetTimerDuration(number))
        if is_single or is_destroyed:
            del self._paces[number]
        if is_destroyed:
            return
        self._interactor.InvokeEvent("TimerEvent", number)
        if not is_single and self._paces.get(number) is pace:
            self._schedule(number, pace, interval_s)
