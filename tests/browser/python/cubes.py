"""A scene of pygfx, which pygfx alone can draw again as a test sees it."""

from typing import Any

import pygfx as gfx
from rendercanvas.offscreen import OffscreenRenderCanvas
from witness import as_png

__all__ = ["Cube"]


class Cube:
    """A cube on a canvas, which an orbit controller turns."""

    def __init__(self, canvas: Any, color: str) -> None:
        self.canvas = canvas
        self.color = color
        self.renderer = gfx.WgpuRenderer(canvas)
        self.scene, self.camera = _scene(color)
        self.controller = gfx.OrbitController(self.camera, register_events=self.renderer)
        canvas.request_draw(self._draw)

    def _draw(self) -> None:
        self.renderer.render(self.scene, self.camera)

    def tell(self) -> dict[str, Any]:
        """Return where the camera is, and what pygfx draws off screen from there."""
        ratio = self.canvas.get_pixel_ratio()
        width, height = self.canvas.get_physical_size()
        own = OffscreenRenderCanvas(size=(width / ratio, height / ratio), pixel_ratio=ratio)
        renderer = gfx.WgpuRenderer(own)
        scene, camera = _scene(self.color)
        camera.set_state(self.camera.get_state())
        own.request_draw(lambda: renderer.render(scene, camera))
        picture = as_png(own.draw())
        own.close()
        return {
            "camera": [round(float(each), 3) for each in self.camera.local.position],
            "color": self.color,
            "size": [width, height],
            "ratio": ratio,
            "picture": picture,
        }


def _scene(color: str) -> tuple[Any, Any]:
    scene = gfx.Scene()
    scene.add(gfx.Background.from_color("#123456"))
    scene.add(gfx.Mesh(gfx.box_geometry(2, 2, 2), gfx.MeshPhongMaterial(color=color)))
    scene.add(gfx.AmbientLight(), gfx.DirectionalLight())
    camera = gfx.PerspectiveCamera(50, 4 / 3)
    camera.local.position = (0, 0, 5)
    camera.look_at((0, 0, 0))
    return scene, camera
