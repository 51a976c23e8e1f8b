"""Reading the pixels of a render window."""

from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

from marimo_rfb.errors import RfbError

__all__ = ["PixelReader"]

# What was rendered last and, where each pixel has several samples, is their mean already.
_FRONT = 1


class PixelReader:
    """Reads what a render window has rendered, into memory that it uses again."""

    def __init__(self) -> None:
        self._buffer = vtkUnsignedCharArray()

    def read(self, window: Any) -> npt.NDArray[np.uint8]:
        """Return the last picture of `window` as RGB, in an array of the caller's own.

        Raises:
            RfbError: VTK did not return it.
        """
        width, height = window.GetSize()
        window.GetPixelData(0, 0, width - 1, height - 1, _FRONT, self._buffer, 0)
        if self._buffer.GetNumberOfTuples() != width * height:
            raise RfbError(f"VTK returned no picture of {width} x {height}; its messages in the log say why")
        rows = vtk_to_numpy(self._buffer).reshape(height, width, 3)
        # VTK's rows are from bottom to top.
        return np.ascontiguousarray(rows[::-1])
