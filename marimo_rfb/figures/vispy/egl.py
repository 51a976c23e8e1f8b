"""OpenGL contexts without a window, by EGL.

vispy's own wrapper, `vispy.ext.egl`, can neither choose a device nor destroy a context, and takes a failed call for a
success.
"""

import ctypes
import ctypes.util
import functools
import threading
import weakref
from collections.abc import Callable, Iterator
from ctypes import POINTER, byref, c_char_p, c_int, c_uint, c_void_p
from typing import Any

from marimo_rfb.errors import RfbError

__all__ = ["EglContext", "has_egl"]

# Numbers of the EGL registry: https://registry.khronos.org/EGL/api/EGL/egl.h and eglext.h.
_NONE = 0x3038
_SURFACE_TYPE, _PBUFFER_BIT = 0x3033, 0x0001
_RENDERABLE_TYPE, _OPENGL_BIT = 0x3040, 0x0008
_OPENGL_API = 0x30A2
_EXTENSIONS = 0x3055
_PLATFORM_DEVICE, _PLATFORM_SURFACELESS = 0x313F, 0x31DD
_BAD_ACCESS = 0x3002
_MAX_DEVICES = 16

_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "eglBindAPI": (c_uint, c_uint),
    "eglChooseConfig": (c_uint, c_void_p, POINTER(c_int), POINTER(c_void_p), c_int, POINTER(c_int)),
    "eglCreateContext": (c_void_p, c_void_p, c_void_p, c_void_p, POINTER(c_int)),
    "eglDestroyContext": (c_uint, c_void_p, c_void_p),
    "eglGetCurrentContext": (c_void_p,),
    "eglGetDisplay": (c_void_p, c_void_p),
    "eglGetError": (c_int,),
    "eglGetProcAddress": (c_void_p, c_char_p),
    "eglInitialize": (c_uint, c_void_p, c_void_p, c_void_p),
    "eglMakeCurrent": (c_uint, c_void_p, c_void_p, c_void_p, c_void_p),
    "eglQueryString": (c_char_p, c_void_p, c_int),
}

_lock = threading.Lock()


class _Display:
    """The EGL display of the process: the first device that works, with Mesa's drawing by the processor as the last."""

    def __init__(self) -> None:
        path = ctypes.util.find_library("EGL")
        if path is None:
            raise RfbError("there is no libEGL")
        library = ctypes.CDLL(path)
        self._calls: dict[str, Callable[..., Any]] = {}
        for name, (result, *arguments) in _SIGNATURES.items():
            call = getattr(library, name)
            call.restype, call.argtypes = result, arguments
            self._calls[name] = call
        for handle in self._candidates():
            if handle and self.call("eglInitialize", handle, None, None) and self._is_surfaceless(handle):
                config = self._choose_config(handle)
                if config is not None:
                    self.handle, self.config = handle, config
                    return
        raise RfbError(f"{path} has no device that draws with OpenGL")

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of EGL."""
        return self._calls[name](*arguments)

    def function(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
        """Return a function of OpenGL, or an extension of EGL.

        Raises:
            RfbError: the driver has none of that name.
        """
        address = self.call("eglGetProcAddress", name.encode())
        if not address:
            raise RfbError(f"the OpenGL driver has no {name}")
        return ctypes.CFUNCTYPE(result, *arguments)(address)

    def _candidates(self) -> Iterator[int | None]:
        # No screen's display first: it may belong to another machine, and be gone with its connection.
        extensions = self.call("eglQueryString", None, _EXTENSIONS) or b""
        if b"EGL_EXT_platform_base" in extensions:
            platform_display = self.function("eglGetPlatformDisplayEXT", c_void_p, c_uint, c_void_p, c_void_p)
            if b"EGL_EXT_platform_device" in extensions and b"EGL_EXT_device_enumeration" in extensions:
                query = self.function("eglQueryDevicesEXT", c_uint, c_int, POINTER(c_void_p), POINTER(c_int))
                devices, count = (c_void_p * _MAX_DEVICES)(), c_int()
                query(_MAX_DEVICES, devices, byref(count))
                for device in devices[: count.value]:
                    yield platform_display(_PLATFORM_DEVICE, device, None)
            if b"EGL_MESA_platform_surfaceless" in extensions:
                yield platform_display(_PLATFORM_SURFACELESS, None, None)
        yield self.call("eglGetDisplay", None)

    def _is_surfaceless(self, handle: int) -> bool:
        return b"EGL_KHR_surfaceless_context" in (self.call("eglQueryString", handle, _EXTENSIONS) or b"")

    def _choose_config(self, handle: int) -> int | None:
        wanted = (c_int * 5)(_SURFACE_TYPE, _PBUFFER_BIT, _RENDERABLE_TYPE, _OPENGL_BIT, _NONE)
        config, count = (c_void_p * 1)(), c_int()
        self.call("eglChooseConfig", handle, wanted, config, 1, byref(count))
        return config[0] if count.value else None


@functools.cache
def _open_display() -> _Display:
    return _Display()


def _display() -> _Display:
    with _lock:
        return _open_display()


def has_egl() -> bool:
    """Return whether EGL has a device that draws with OpenGL."""
    try:
        _display()
    except RfbError:
        return False
    return True


class EglContext:
    """A context without a surface.

    Raises:
        RfbError: there is no EGL, or no device.
    """

    def __init__(self) -> None:
        display = self._display = _display()
        display.call("eglBindAPI", _OPENGL_API)  # a setting of the thread
        handle = display.call("eglCreateContext", display.handle, display.config, None, None)
        if not handle:
            raise RfbError(f"EGL creates no OpenGL context: error {display.call('eglGetError'):#x}")
        self._handle = handle
        weakref.finalize(self, _destroy, display, handle).atexit = False  # the driver may be gone by then

    def make_current(self) -> None:
        """Let the calls of OpenGL of this thread go to this context."""
        display = self._display
        display.call("eglBindAPI", _OPENGL_API)
        if display.call("eglGetCurrentContext") == self._handle:  # else the driver would flush
            return
        if not display.call("eglMakeCurrent", display.handle, None, None, self._handle):
            error = display.call("eglGetError")
            why = "another thread draws with it" if error == _BAD_ACCESS else f"error {error:#x}"
            raise RfbError(f"the OpenGL context of this canvas cannot be used here: {why}")

    def release(self) -> None:
        """Let the calls of OpenGL of this thread go to this context no more."""
        _release(self._display, self._handle)

    def function(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
        """Return a function of OpenGL."""
        return self._display.function(name, result, *arguments)


def _release(display: _Display, handle: int) -> None:
    display.call("eglBindAPI", _OPENGL_API)
    if display.call("eglGetCurrentContext") == handle:
        display.call("eglMakeCurrent", display.handle, None, None, None)


def _destroy(display: _Display, handle: int) -> None:
    _release(display, handle)
    display.call("eglDestroyContext", display.handle, handle)
