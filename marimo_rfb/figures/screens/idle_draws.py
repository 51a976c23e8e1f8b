"""Draws when the kernel is idle."""

from collections.abc import Callable

from marimo_rfb.figures.screens.screens import Screens

__all__ = ["IdleDraws"]


class IdleDraws:
    """Has a figure drawn when the kernel is idle; several requests are one draw.

    Args:
        screens: the screens of the figure; nothing is drawn while nobody looks at any.
        draw: shows what has changed, on the kernel's thread.
    """

    def __init__(self, screens: Screens, draw: Callable[[], None]) -> None:
        self._screens = screens
        self._draw = draw
        self._scheduled = False

    def schedule(self, delay_s: float = 0.0) -> None:
        """Draw soon, or after a delay, unless that is scheduled already. Any thread."""
        if self._scheduled or not self._screens.awake:
            return
        self._scheduled = True
        if delay_s:
            self._screens.call_later(delay_s, self._run)
        else:
            self._screens.call_soon(self._run)

    def _run(self) -> None:
        self._scheduled = False
        self._draw()
