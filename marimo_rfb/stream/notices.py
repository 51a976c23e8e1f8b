"""Notices that a stream shows over its picture."""

import threading
from collections.abc import Callable
from typing import Literal

__all__ = ["Level", "Notices", "Source"]

Level = Literal["info", "error"]

# Most urgent first: an encoder error, the publisher's own notice, cells that re-run each other in a circle, a remark on
# the picture.
Source = Literal["encoding", "publisher", "feedback_loop", "picture"]
_ORDER: tuple[Source, ...] = ("encoding", "publisher", "feedback_loop", "picture")


class Notices:
    """Keeps one text per source and shows the most urgent one; sources do not overwrite each other. Any thread.

    Args:
        show: called with the text to show, empty for none, and its level whenever it changes; must return at once.
    """

    def __init__(self, show: Callable[[str, Level], None]) -> None:
        self._show = show
        self._lock = threading.Lock()
        self._texts: dict[Source, str] = {}
        self._shown = ""

    @property
    def shown(self) -> str:
        """The text shown now; empty for none."""
        return self._shown

    def of(self, source: Source) -> str:
        """Return the text of `source`, shown or not."""
        return self._texts.get(source, "")

    def put(self, source: Source, text: str) -> None:
        """Set the text of `source`; empty removes it."""
        if text == self._texts.get(source, ""):  # without the lock, because it runs for each picture
            return
        # Under the lock, so that the text of the later of two threads is shown last.
        with self._lock:
            self._texts[source] = text
            most_urgent = next((each for each in _ORDER if self._texts.get(each, "")), source)
            shown = self._texts[most_urgent]
            if shown != self._shown:
                self._shown = shown
                self._show(shown, "info" if most_urgent == "picture" else "error")
