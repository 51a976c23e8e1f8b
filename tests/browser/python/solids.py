"""Scenes of PyVista, which can render again what a test sees of them."""

from typing import Any

import pyvista as pv
from witness import as_png

__all__ = ["build", "tell"]


def build(sides: int) -> Any:
    """Return a plotter of a tower with so many sides."""
    plotter = pv.Plotter(off_screen=True, window_size=(320, 240))
    plotter.add_mesh(pv.Cylinder(resolution=sides, direction=(0, 0, 1)), color="tan", show_edges=True)
    plotter.add_text(f"{sides} sides", font_size=10)
    plotter.camera_position = [(2, -3, 2), (0, 0, 0), (0, 0, 1)]
    return plotter


def tell(plotter: Any, sides: int) -> dict[str, Any]:
    """Return where the camera of a plotter is that `build` returned, and the picture of another one of the kind."""
    dpi, camera = plotter.render_window.GetDPI(), plotter.camera_position
    again = build(sides)
    again.window_size = plotter.window_size
    again.render_window.SetDPI(dpi)
    again.camera_position = camera
    picture = as_png(again.screenshot(return_img=True))
    again.close()
    return {
        "sides": sides,
        "position": [float(each) for each in camera.position],
        "dpi": dpi,
        "picture": picture,
    }
