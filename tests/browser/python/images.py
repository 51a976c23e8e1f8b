"""A figure of fastplotlib, which fastplotlib alone can draw again as a test sees it."""

from typing import Any

import fastplotlib as fpl
import numpy as np
from rendercanvas.offscreen import OffscreenRenderCanvas
from witness import as_png

__all__ = ["Image"]


class Image:
    """An image in a figure, which a drag pans; `number` says which."""

    def __init__(self, number: int, canvas: Any = None) -> None:
        self.number = number
        self.figure = fpl.Figure(size=(240, 180), canvas=canvas)
        self.figure[0, 0].tooltip.enabled = False  # which the pointer of a test would bring up
        rows, columns = np.mgrid[:48, :64]
        pixels = np.sin(rows / (3 + number)) * np.cos(columns / 5)
        self.figure[0, 0].add_image(pixels.astype(np.float32), name="waves")

    @property
    def camera(self) -> Any:
        return self.figure[0, 0].camera

    def tell(self) -> dict[str, Any]:
        """Return where the camera is, and what fastplotlib draws off screen from there."""
        ratio = self.figure.canvas.get_pixel_ratio()
        width, height = self.figure.canvas.get_physical_size()
        own = OffscreenRenderCanvas(size=(width / ratio, height / ratio), pixel_ratio=ratio)
        other = Image(self.number, own)
        other.figure.show()
        own.draw()
        other.camera.set_state(self.camera.get_state())
        own.draw()  # after which the axes follow
        picture = as_png(own.draw())
        own.close()
        return {
            "camera": [round(float(each), 3) for each in self.camera.local.position],
            "number": self.number,
            "picture": picture,
        }
