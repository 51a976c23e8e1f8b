"""Where a canvas is drawn, and how its pixels are read."""

from collections.abc import Mapping
from ctypes import POINTER, byref, c_int, c_uint, c_void_p
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import RfbError
from marimo_rfb.figures.screens.pixels import without_alpha
from marimo_rfb.figures.vispy.contexts import Context

__all__ = ["Framebuffer"]

# Numbers of the OpenGL registry: https://registry.khronos.org/OpenGL/api/GL/glcorearb.h.
_FRAMEBUFFER, _READ_FRAMEBUFFER, _DRAW_FRAMEBUFFER = 0x8D40, 0x8CA8, 0x8CA9
_RENDERBUFFER = 0x8D41
_COLOR_ATTACHMENT, _DEPTH_ATTACHMENT, _DEPTH_STENCIL_ATTACHMENT = 0x8CE0, 0x8D00, 0x821A
_RGBA8, _DEPTH_COMPONENT16, _DEPTH24_STENCIL8 = 0x8058, 0x81A5, 0x88F0
_COMPLETE = 0x8CD5
_MAX_SAMPLES = 0x8D57
_COLOR_BUFFER_BIT, _NEAREST = 0x4000, 0x2600
_PACK_ALIGNMENT = 0x0D05
_RGBA, _UNSIGNED_BYTE = 0x1908, 0x1401


class Framebuffer:
    """A framebuffer with color, depth and stencil. The context must be current in all calls.

    Args:
        context: its context.
        size: width and height in pixels.
        config: vispy's configuration of a context, with `samples`, `depth_size` and `stencil_size`.
    """

    def __init__(self, context: Context, size: tuple[int, int], config: Mapping[str, Any]) -> None:
        self._gl = gl = _Functions(context)
        most = c_int()
        gl.get_integer(_MAX_SAMPLES, byref(most))
        samples = min(config["samples"], most.value)
        is_coarse = config["depth_size"] <= 16 and not config["stencil_size"]
        depth = (_DEPTH_ATTACHMENT, _DEPTH_COMPONENT16) if is_coarse else (_DEPTH_STENCIL_ATTACHMENT, _DEPTH24_STENCIL8)
        self._drawn = _Buffers(gl, samples, depth)
        self._read = _Buffers(gl, 0, depth) if samples else self._drawn
        self.resize(size)

    @property
    def number(self) -> int:
        """OpenGL's name of what is drawn on."""
        return self._drawn.number

    def resize(self, size: tuple[int, int]) -> None:
        """Change the size; what was drawn is lost.

        Raises:
            RfbError: the driver has no memory or no support for it.
        """
        width, height = size
        for buffers in {self._read, self._drawn}:
            buffers.allocate(width, height)
        self._pixels = np.empty((height, width, 4), np.uint8)
        self.bind()
        self._gl.viewport(0, 0, width, height)

    def bind(self) -> None:
        """Draw on it from now on."""
        self._gl.bind_framebuffer(_FRAMEBUFFER, self.number)

    def read(self) -> npt.NDArray[np.uint8]:
        """Return what was drawn, as a new array of height, width and RGB.

        Without alpha, as a window shows it: blended over what is opaque, OpenGL leaves an alpha below 1.
        """
        gl = self._gl
        height, width = self._pixels.shape[:2]
        gl.bind_framebuffer(_READ_FRAMEBUFFER, self.number)
        if self._read is not self._drawn:
            gl.bind_framebuffer(_DRAW_FRAMEBUFFER, self._read.number)
            gl.blit_framebuffer(0, 0, width, height, 0, 0, width, height, _COLOR_BUFFER_BIT, _NEAREST)
            gl.bind_framebuffer(_READ_FRAMEBUFFER, self._read.number)
        gl.pixel_store(_PACK_ALIGNMENT, 4)
        gl.read_pixels(0, 0, width, height, _RGBA, _UNSIGNED_BYTE, self._pixels.ctypes.data)
        self.bind()
        return without_alpha(self._pixels[::-1])

    def delete(self) -> None:
        """Free it. Idempotent."""
        for buffers in {self._read, self._drawn}:
            buffers.delete()


class _Buffers:
    """A framebuffer object and its two renderbuffers."""

    def __init__(self, gl: "_Functions", samples: int, depth: tuple[int, int]) -> None:
        self._gl = gl
        self._samples = samples
        self._kinds = ((_COLOR_ATTACHMENT, _RGBA8), depth)
        framebuffer, renderbuffers = c_uint(), (c_uint * 2)()
        gl.gen_framebuffers(1, byref(framebuffer))
        gl.gen_renderbuffers(2, renderbuffers)
        self.number = framebuffer.value
        self._renderbuffers = renderbuffers

    def allocate(self, width: int, height: int) -> None:
        gl = self._gl
        gl.bind_framebuffer(_FRAMEBUFFER, self.number)
        for renderbuffer, (attachment, pixel_format) in zip(self._renderbuffers, self._kinds, strict=True):
            gl.bind_renderbuffer(_RENDERBUFFER, renderbuffer)
            gl.renderbuffer_storage(_RENDERBUFFER, self._samples, pixel_format, width, height)
            gl.framebuffer_renderbuffer(_FRAMEBUFFER, attachment, _RENDERBUFFER, renderbuffer)
        status = gl.check_status(_FRAMEBUFFER)
        if status != _COMPLETE:
            raise RfbError(f"OpenGL draws no picture of {width} x {height} pixels: status {status:#x}")

    def delete(self) -> None:
        self._gl.delete_framebuffers(1, byref(c_uint(self.number)))
        self._gl.delete_renderbuffers(2, self._renderbuffers)


class _Functions:
    """Functions of OpenGL that vispy does not wrap, or only with copies of what they return."""

    def __init__(self, context: Context) -> None:
        function, array = context.function, POINTER(c_uint)
        self.bind_framebuffer = function("glBindFramebuffer", None, c_uint, c_uint)
        self.bind_renderbuffer = function("glBindRenderbuffer", None, c_uint, c_uint)
        self.blit_framebuffer = function("glBlitFramebuffer", None, *[c_int] * 8, c_uint, c_uint)
        self.check_status = function("glCheckFramebufferStatus", c_uint, c_uint)
        self.delete_framebuffers = function("glDeleteFramebuffers", None, c_int, array)
        self.delete_renderbuffers = function("glDeleteRenderbuffers", None, c_int, array)
        self.framebuffer_renderbuffer = function("glFramebufferRenderbuffer", None, *[c_uint] * 4)
        self.gen_framebuffers = function("glGenFramebuffers", None, c_int, array)
        self.gen_renderbuffers = function("glGenRenderbuffers", None, c_int, array)
        self.get_integer = function("glGetIntegerv", None, c_uint, POINTER(c_int))
        self.pixel_store = function("glPixelStorei", None, c_uint, c_int)
        self.read_pixels = function("glReadPixels", None, *[c_int] * 4, c_uint, c_uint, c_void_p)
        storage = function("glRenderbufferStorageMultisample", None, c_uint, c_int, c_uint, c_int, c_int)
        self.renderbuffer_storage = storage
        self.viewport = function("glViewport", None, *[c_int] * 4)
