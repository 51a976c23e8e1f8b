"""The audience of a stream."""

import logging
from collections.abc import Callable

__all__ = ["Audience"]

log = logging.getLogger(__name__)


class Audience:
    """The viewers of a stream and the size of their views. Written by the hub, readable from any thread.

    Attributes:
        viewers: number of connected viewers.
        watching: number of viewers that have the picture on screen, in a foreground browser tab.
        size: width and height in device pixels of the largest view on screen, or of the last one; `None` before the
            first.
        pixel_ratio: device pixels per CSS pixel of that view; 1.0 before the first.
        target: the size to render for that view, updated once its size is stable; `None` before the first view, and
            with the resize policy `"fixed"`.
    """

    def __init__(self) -> None:
        self.viewers = 0
        self.watching = 0
        self.size: tuple[int, int] | None = None
        self.pixel_ratio = 1.0
        self.target: tuple[int, int] | None = None
        self._listeners: tuple[Callable[[], None], ...] = ()

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after every change, on the hub's thread; it must return at once.

        Returns:
            a function that removes the listener.
        """
        listener = lambda: changed()  # noqa: E731  # a distinct object, so that `changed` may be added twice
        self._listeners = (*self._listeners, listener)

        def stop() -> None:
            self._listeners = tuple(each for each in self._listeners if each is not listener)

        return stop

    def update(self, *, viewers: int, watching: int, size: tuple[int, int] | None, pixel_ratio: float = 1.0) -> None:
        """Set all four and notify the listeners if any of them changed."""
        if (viewers, watching, size, pixel_ratio) != (self.viewers, self.watching, self.size, self.pixel_ratio):
            self.viewers, self.watching, self.size, self.pixel_ratio = viewers, watching, size, pixel_ratio
            self._notify()

    def set_target_size(self, target: tuple[int, int] | None) -> None:
        """Set the target and notify the listeners if it changed."""
        if target != self.target:
            self.target = target
            self._notify()

    def _notify(self) -> None:
        for listener in self._listeners:
            try:
                listener()
            except BaseException:  # a `SystemExit` would end the thread of all hubs
                log.exception("an audience listener raised")
