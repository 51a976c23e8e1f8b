"""The only module that uses vispy's private names, and what is private to its modules; each use is guarded."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from vispy import app
from vispy.app import backends
from vispy.gloo import context, gl
from vispy.util import event as events

__all__ = ["raising", "register", "run_timer", "select", "separate_threads", "uses_desktop_gl"]

log = logging.getLogger(__name__)

NAME = "rfb"
_MODULE = "_rfb"

_local = threading.local()


def register(module: ModuleType) -> None:
    """Enter `module` in vispy's map of back ends."""
    # vispy imports a back end as a module of its own package.
    sys.modules[f"{backends.__name__}.{_MODULE}"] = module
    setattr(backends, _MODULE, module)
    backends.BACKENDMAP[NAME] = (NAME, _MODULE, None)
    if NAME not in backends.BACKEND_NAMES:
        backends.BACKEND_NAMES.append(NAME)


def select() -> None:
    """Let canvases that name no application use our back end, also after another one was selected."""
    module = sys.modules["vispy.app._default_app"]
    if module.default_app is None or module.default_app.backend_name != NAME:
        module.default_app = app.Application(NAME)  # type: ignore[attr-defined]


def uses_desktop_gl() -> bool:
    """Return whether vispy calls OpenGL, and not OpenGL ES, which it does where there is no libGL."""
    return "es2" not in getattr(gl.current_backend, "__name__", "")


def run_timer(timer: Any) -> None:
    """Call what is connected to a timer that is due, and stop it after its last iteration."""
    timer._timeout()


class _ThreadsCanvases(threading.local):
    """A list of its own for each thread."""

    def __init__(self, first: list[Any]) -> None:
        self._items = list(first)
        first.clear()  # the other threads start with none

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __setitem__(self, index: Any, items: Any) -> None:
        self._items[index] = items


def separate_threads() -> None:
    """Let each thread have a current canvas of its own, as OpenGL has.

    vispy has one for the process. The sessions of `marimo run` draw in threads, and each would hand what it draws to
    the canvas of another.
    """
    if isinstance(getattr(context, "canvasses", None), list):
        context.canvasses = _ThreadsCanvases(context.canvasses)


@contextmanager
def raising() -> Iterator[None]:
    """Raise at the end the first exception of a callback in this context, which vispy would only log."""
    outer = getattr(_local, "errors", None)
    errors: list[BaseException] = []
    _local.errors = errors
    try:
        yield
    finally:
        _local.errors = outer
    if errors:
        raise errors.pop()


def _report_errors() -> None:
    """Let `raising` know of the exceptions that callbacks raise; the other callbacks are called nevertheless."""
    handle = getattr(events, "_handle_exception", None)
    if handle is None:
        log.warning("this version of vispy only logs the exceptions of callbacks")
        return

    def note(ignore: Any, *arguments: Any, **keywords: Any) -> None:
        errors = getattr(_local, "errors", None)
        exception = sys.exception()
        if ignore and errors is not None and not errors and exception is not None:
            errors.append(exception)
        else:
            handle(ignore, *arguments, **keywords)

    events._handle_exception = note


_report_errors()
