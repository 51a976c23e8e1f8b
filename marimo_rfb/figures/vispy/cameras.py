"""The cameras that users moved."""

from collections.abc import Iterator
from typing import Any

from marimo_rfb.figures.screens.chosen_views import ChosenViews

__all__ = ["ChosenCameras"]

# With the class of the camera, which tells what the state is of.
_CameraState = tuple[type, dict[str, Any]]


class ChosenCameras(ChosenViews[_CameraState]):
    """Knows which cameras of a canvas users moved, to do the same in the next canvas."""

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas
        super().__init__({})

    def adopt(self, other: "ChosenCameras") -> None:
        """Move the cameras as users did in another canvas."""
        cameras = self._cameras()
        # The other canvas may have other cameras by now, or none.
        self._chosen = {
            index: (kind, state)
            for index, (kind, state) in other._chosen.items()
            if index < len(cameras) and type(cameras[index]) is kind
        }
        for index, (_kind, state) in self._chosen.items():
            cameras[index].set_state(dict(state))

    def _cameras(self) -> list[Any]:
        scene = getattr(self._canvas, "scene", None)  # only a `SceneCanvas` has one
        return [] if scene is None else list(_cameras_below(scene))

    def _views(self) -> dict[int, _CameraState]:
        return {index: (type(camera), camera.get_state()) for index, camera in enumerate(self._cameras())}


def _cameras_below(node: Any) -> Iterator[Any]:
    """Yield the cameras of the view boxes below a node, in their order."""
    for child in node.children:
        camera = getattr(child, "camera", None)
        if hasattr(camera, "get_state"):
            yield camera
        yield from _cameras_below(child)
