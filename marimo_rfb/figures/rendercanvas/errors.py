"""The exceptions of draw functions and event handlers, which rendercanvas logs instead of raising."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rendercanvas.base import logger

from marimo_rfb.notebook.rendering.render_error import describe_render_error

__all__ = ["logged_errors"]


@contextmanager
def logged_errors(before: str = "") -> Iterator[list[str]]:
    """Collect descriptions of the exceptions that rendercanvas logs meanwhile on this thread.

    Args:
        before: what was collected the last time: when the same exception comes again and again, rendercanvas logs it
            only now and then.
    """
    collector = _Collector()
    last = _last_logged()
    logger.addHandler(collector)
    try:
        yield collector.texts
    finally:
        logger.removeHandler(collector)
        # Compared with `before`, because it may be another thread's.
        if not collector.texts and _last_logged() is not last and _described(_last_logged()) == before:
            collector.texts.append(before)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            # From the second time on, an exception is logged as a line of text.
            raised = record.exc_info[1] if record.exc_info else _last_logged()
            self.texts.append(_described(raised) or record.getMessage())


def _last_logged() -> BaseException | None:
    # Where rendercanvas keeps what it logs, for debuggers.
    return getattr(sys, "last_value", None)


def _described(exc: BaseException | None) -> str:
    return "" if exc is None else describe_render_error(exc, None)
