"""Scenes of vispy, and what vispy itself draws of them."""

from typing import Any

from witness import as_png

__all__ = ["make_canvas", "told"]


def make_canvas(number: float, **options: Any) -> Any:
    """Return a canvas with a red box, as wide as `number`, that a drag turns."""
    from vispy import scene

    # With 16 bits of depth, as vispy has them off screen.
    canvas = scene.SceneCanvas(size=(320, 240), bgcolor="white", config={"depth_size": 16}, **options)
    view = canvas.central_widget.add_view()
    view.camera = scene.TurntableCamera(azimuth=30, elevation=30, distance=6, fov=45)
    scene.visuals.Box(number / 2, 1, 1, color="red", edge_color="black", parent=view.scene)
    scene.visuals.Text(f"{number:g} wide", pos=(60, 20), color="blue", parent=canvas.scene)
    return canvas


def told(canvas: Any, number: float) -> dict[str, Any]:
    """Tell what a canvas that `make_canvas` made is like, and what vispy draws of it."""
    camera = canvas.central_widget.children[0].camera
    return {
        "number": number,
        "azimuth": camera.azimuth,
        "elevation": camera.elevation,
        "size": canvas.size,
        "pixel_scale": canvas.pixel_scale,
        "picture": as_png(canvas.render()),
    }
