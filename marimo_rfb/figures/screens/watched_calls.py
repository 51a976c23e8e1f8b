"""What a figure does only while somebody looks."""

from collections.abc import Callable

from marimo_rfb.figures.screens.screens import Screens

__all__ = ["WatchedCalls"]


class WatchedCalls:
    """Calls functions later, and not before somebody looks. Kernel's thread only.

    Args:
        screens: the screens of the figure.
        run: calls a function as the figure's events are handled.
    """

    def __init__(self, screens: Screens, run: Callable[[Callable[[], None]], None]) -> None:
        self._screens = screens
        self._run = run
        self._waiting: list[Callable[[], None]] = []

    def add(self, delay_s: float, function: Callable[[], None]) -> None:
        """Call `function` after a delay."""

        def call() -> None:
            if self._screens.watched:
                self._run(function)
            else:
                self._waiting.append(call)

        if self._screens:
            self._screens.call_later(delay_s, call)
        else:
            self._waiting.append(call)

    def wake(self) -> None:
        """Call what is due soon, now that somebody looks."""
        waiting, self._waiting = self._waiting, []
        for function in waiting:  # each for itself, because they may raise
            self._screens.call_now(function)

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
