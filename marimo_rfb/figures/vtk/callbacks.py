"""Exceptions in callbacks of VTK and PyVista."""

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from marimo_rfb.errors import RfbError
from marimo_rfb.figures.vtk._pyvista import is_of_callback

__all__ = ["raised_by_callbacks"]

log = logging.getLogger(__name__)

_lock = threading.Lock()
_raised: dict[int, list[BaseException]] = {}
_hook_before = sys.excepthook
_show_before = warnings.showwarning


@contextmanager
def raised_by_callbacks() -> Iterator[None]:
    """Raise, at the end, what callbacks have raised on this thread; VTK only prints it, and PyVista warns of it."""
    thread = threading.get_ident()
    if thread in _raised:
        yield
        return
    raised: list[BaseException] = []
    _listen(thread, raised)
    try:
        yield
    finally:
        _stop(thread)
    for exc in raised[1:]:
        log.error("a callback raised", exc_info=exc)
    if raised:
        raise raised[0]


def _listen(thread: int, raised: list[BaseException]) -> None:
    global _hook_before, _show_before
    with _lock:
        if sys.excepthook is not _hook:
            _hook_before, sys.excepthook = sys.excepthook, _hook
        if warnings.showwarning is not _show:
            _show_before, warnings.showwarning = warnings.showwarning, _show
        _raised[thread] = raised


def _stop(thread: int) -> None:
    with _lock:
        del _raised[thread]
        if _raised:
            return
        if sys.excepthook is _hook:
            sys.excepthook = _hook_before
        if warnings.showwarning is _show:
            warnings.showwarning = _show_before


def _hook(kind: type[BaseException], exc: BaseException, traceback: TracebackType | None) -> None:
    raised = _raised.get(threading.get_ident())
    if raised is None:
        _hook_before(kind, exc, traceback)
    else:
        raised.append(exc)


def _show(message: Warning | str, category: type[Warning], *args: Any, **kwargs: Any) -> None:
    raised = _raised.get(threading.get_ident())
    if raised is None or not is_of_callback(str(message)):
        _show_before(message, category, *args, **kwargs)
    else:
        raised.append(RfbError(str(message)))
