"""OpenGL contexts without a window."""

import ctypes.util
import gc
import os
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from marimo_rfb.errors import RfbError
from marimo_rfb.figures.vispy.egl import EglContext, has_egl
from marimo_rfb.figures.vispy.osmesa import OsMesaContext

__all__ = ["Context", "choose_library", "new_context"]

# The library whose OpenGL vispy calls, as its documentation has it.
_LIBRARY = "VISPY_GL_LIB"
_HELP = (
    "vispy draws with OpenGL without a screen, which needs EGL and a driver; "
    "on Debian and Ubuntu: apt install libegl1 libgl1 libgl1-mesa-dri (Mesa, which needs no GPU)"
)
_FEW = 8

_live: "weakref.WeakSet[Context]" = weakref.WeakSet()
_collect_at = _FEW


class Context(Protocol):
    """An OpenGL context, destroyed when it is collected. One thread at a time."""

    def make_current(self) -> None:
        """Let the calls of OpenGL of this thread go to this context.

        Raises:
            RfbError: it is current in another thread.
        """
        ...

    def release(self) -> None:
        """Let the calls of OpenGL of this thread go to this context no more."""
        ...

    def function(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
        """Return a function of OpenGL, by the types of its result and arguments.

        Raises:
            RfbError: the driver has none of that name.
        """
        ...


def choose_library() -> None:
    """Let vispy call OSMesa where there is no EGL. Has an effect before vispy is imported."""
    if _LIBRARY not in os.environ and not has_egl():
        path = ctypes.util.find_library("OSMesa")
        if path is not None:
            os.environ[_LIBRARY] = path


def new_context() -> Context:
    """Return a new context of the library whose OpenGL vispy calls.

    Raises:
        RfbError: there is none, or no device; the message says what to install.
    """
    _collect_forgotten()
    library = os.environ.get(_LIBRARY, "")
    try:
        context: Context = OsMesaContext(library) if "osmesa" in library.lower() else EglContext()
    except RfbError as exc:
        raise RfbError(f"{_HELP}; {exc}") from exc
    _live.add(context)
    return context


def _collect_forgotten() -> None:
    """Collect canvases that nobody keeps: they are in reference cycles, and their pixels do not count for Python."""
    global _collect_at
    if len(_live) >= _collect_at:
        gc.collect()
        _collect_at = max(_FEW, 2 * len(_live))
