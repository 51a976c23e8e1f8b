"""Deduplicating log for errors that may recur with every frame."""

import logging
from collections import Counter
from types import TracebackType

from marimo_rfb.errors import describe

__all__ = ["ErrorLog"]

MAX_TEXTS = 10
MAX_KINDS = 1000


class ErrorLog:
    """Logs each distinct error once, with its traceback, and then its count at 10, 100, 1000 and so on.

    Error texts often contain a frame number. So after ten different texts of one exception type from one line, all
    further texts count as one error.

    Args:
        log: the logger to write to.
        what: what raises, such as `the animation of stream 'rings'`.
    """

    def __init__(self, log: logging.Logger, what: str) -> None:
        self._log = log
        self._what = what
        self._texts: dict[tuple[type[BaseException], str, int], set[str]] = {}
        self._counts: Counter[object] = Counter()

    def add(self, exc: BaseException) -> None:
        """Count `exc` and log it if it is due. One thread at a time."""
        text = describe(exc)
        origin = (type(exc), *_origin(exc.__traceback__))
        if len(self._counts) > MAX_KINDS:  # of code that changes endlessly; start over
            self._texts.clear()
            self._counts.clear()
        texts = self._texts.setdefault(origin, set())
        if len(texts) < MAX_TEXTS:
            texts.add(text)
        kind: object = (origin, text) if text in texts else origin
        self._counts[kind] += 1
        count = self._counts[kind]
        if count == 1:
            self._log.error("%s raised; it goes on", self._what, exc_info=(type(exc), exc, exc.__traceback__))
        elif count >= 10 and str(count).strip("0") == "1":
            self._log.error("%s raised %d times: %s", self._what, count, text)


def _origin(traceback: TracebackType | None) -> tuple[str, int]:
    if traceback is None:
        return "", 0
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
