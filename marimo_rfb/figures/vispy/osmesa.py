"""OpenGL contexts by OSMesa, which draws with the processor into memory."""

import ctypes
import weakref
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_ubyte, c_uint, c_void_p
from typing import Any

from marimo_rfb.errors import RfbError

__all__ = ["OsMesaContext"]

_RGBA, _UNSIGNED_BYTE = 0x1908, 0x1401


class OsMesaContext:
    """A context that draws on framebuffers alone: its own picture has one pixel.

    Args:
        library: the file of OSMesa, whose OpenGL vispy calls.
    """

    def __init__(self, library: str) -> None:
        try:
            self._library = ctypes.CDLL(library)
        except OSError as exc:
            raise RfbError(f"OSMesa cannot be loaded: {exc}") from exc
        create, self._make_current, destroy, self._address = (
            self._call(name, result, *arguments)
            for name, result, *arguments in (
                ("OSMesaCreateContextExt", c_void_p, c_uint, c_int, c_int, c_int, c_void_p),
                ("OSMesaMakeCurrent", c_ubyte, c_void_p, c_void_p, c_uint, c_int, c_int),
                ("OSMesaDestroyContext", None, c_void_p),
                ("OSMesaGetProcAddress", c_void_p, c_char_p),
            )
        )
        self._picture = (c_ubyte * 4)()
        self._handle = create(_RGBA, 24, 8, 0, None)
        if not self._handle:
            raise RfbError("OSMesa creates no context")
        weakref.finalize(self, destroy, self._handle).atexit = False

    def make_current(self) -> None:
        """Let the calls of OpenGL of this thread go to this context."""
        if not self._make_current(self._handle, self._picture, _UNSIGNED_BYTE, 1, 1):
            raise RfbError("the OpenGL context of this canvas cannot be used")

    def release(self) -> None:
        """Let the calls of OpenGL of this thread go to this context no more."""
        self._make_current(None, None, 0, 0, 0)

    def function(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
        """Return a function of OpenGL."""
        address = self._address(name.encode())
        if not address:
            raise RfbError(f"OSMesa has no {name}")
        return ctypes.CFUNCTYPE(result, *arguments)(address)

    def _call(self, name: str, result: Any, *arguments: Any) -> Any:
        call = getattr(self._library, name)
        call.restype, call.argtypes = result, arguments
        return call
