"""What a stream says over its picture."""

import threading
from collections.abc import Callable
from typing import Literal

__all__ = ["Notices", "Source"]

# Who says it, the most urgent first: a picture that cannot be encoded, what the publisher says, cells that run in a
# circle, a remark.
Source = Literal["encoding", "said", "circle", "picture"]
_ORDER: tuple[Source, ...] = ("encoding", "said", "circle", "picture")


class Notices:
    """One text of each source, of which the most urgent is shown: none overwrites another. Any thread.

    Args:
        show: called with the text to be shown when it has changed, empty for none; must return at once.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._lock = threading.Lock()
        self._texts: dict[Source, str] = {}
        self._shown = ""

    @property
    def shown(self) -> str:
        """The text that is shown."""
        return self._shown

    def of(self, source: Source) -> str:
        """Return what `source` says, shown or not."""
        return self._texts.get(source, "")

    def put(self, source: Source, text: str) -> None:
        """Let `source` say `text`, in place of what it said before; empty for nothing more."""
        if text == self._texts.get(source, ""):  # for each picture: without the lock
            return
        # Under the lock, so that of two threads the later one is shown last.
        with self._lock:
            self._texts[source] = text
            shown = next((text for each in _ORDER if (text := self._texts.get(each, ""))), "")
            if shown != self._shown:
                self._shown = shown
                self._show(shown)
