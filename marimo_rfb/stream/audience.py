"""Who watches a stream."""

import logging
from collections.abc import Callable

__all__ = ["Audience"]

log = logging.getLogger(__name__)


class Audience:
    """How many viewers a stream has, how many of them see it, and in what size. Written by the hub, read by any thread.

    Attributes:
        viewers: how many are connected.
        watching: how many of them have the picture on screen, in a browser tab that is in front.
        size: width and height in device pixels of the largest view on screen, or of the last one there was; `None`
            before the first.
        target: the size that pictures should have to fit, once that view has rested; `None` before the first, and
            where nobody wants it followed.
    """

    def __init__(self) -> None:
        self.viewers = 0
        self.watching = 0
        self.size: tuple[int, int] | None = None
        self.target: tuple[int, int] | None = None
        self._listeners: tuple[Callable[[], None], ...] = ()

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after every change, on the hub's thread, where it must return at once.

        Returns:
            a function that ends it.
        """
        listener = lambda: changed()  # noqa: E731  # one of its own, so that it can be told from the same one twice
        self._listeners = (*self._listeners, listener)

        def stop() -> None:
            self._listeners = tuple(each for each in self._listeners if each is not listener)

        return stop

    def update(self, *, viewers: int, watching: int, size: tuple[int, int] | None) -> None:
        """Set all three and tell the listeners when anything changed."""
        if (viewers, watching, size) != (self.viewers, self.watching, self.size):
            self.viewers, self.watching, self.size = viewers, watching, size
            self._notify()

    def set_target_size(self, target: tuple[int, int] | None) -> None:
        """Set the target and tell the listeners when it changed."""
        if target != self.target:
            self.target = target
            self._notify()

    def _notify(self) -> None:
        for listener in self._listeners:
            try:
                listener()
            except BaseException:  # a `SystemExit` would end the thread of all hubs
                log.exception("a listener of the audience raised")
