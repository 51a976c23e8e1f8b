"""The cameras that users moved."""

from typing import Any

from marimo_rfb.figures.screens.chosen_views import ChosenViews

__all__ = ["ChosenCameras", "renderers_of"]

_CameraView = tuple[Any, ...]


class ChosenCameras(ChosenViews[_CameraView]):
    """Knows which cameras of a render window users moved, to do the same in the next window."""

    def __init__(self, window: Any) -> None:
        self._window = window
        super().__init__(self._views())

    def adopt(self, other: "ChosenCameras") -> None:
        """Move the cameras as users did in another window; `restore` returns to this one's own."""
        renderers = renderers_of(self._window)
        self._chosen = {index: view for index, view in other._chosen.items() if index < len(renderers)}
        for index, view in self._chosen.items():
            _move(renderers[index], view)

    def restore(self) -> None:
        """Move the cameras to where they were at first."""
        self._chosen.clear()
        for index, renderer in enumerate(renderers_of(self._window)):
            if index in self._initial:
                _move(renderer, self._initial[index])

    def _views(self) -> dict[int, _CameraView]:
        # A renderer without a camera would make one for being asked.
        return {
            index: _view(renderer.GetActiveCamera())
            for index, renderer in enumerate(renderers_of(self._window))
            if renderer.IsActiveCameraCreated()
        }


def renderers_of(window: Any) -> list[Any]:
    """Return the renderers of a render window, in their order."""
    renderers = window.GetRenderers()
    return [renderers.GetItemAsObject(index) for index in range(renderers.GetNumberOfItems())]


def _view(camera: Any) -> _CameraView:
    return (
        camera.GetPosition(),
        camera.GetFocalPoint(),
        camera.GetViewUp(),
        camera.GetParallelProjection(),
        camera.GetParallelScale(),
        camera.GetViewAngle(),
    )


def _move(renderer: Any, view: _CameraView) -> None:
    camera = renderer.GetActiveCamera()
    if _view(camera) == view:
        return
    position, focal_point, view_up, is_parallel, parallel_scale, view_angle = view
    camera.SetPosition(position)
    camera.SetFocalPoint(focal_point)
    camera.SetViewUp(view_up)
    camera.SetParallelProjection(is_parallel)
    camera.SetParallelScale(parallel_scale)
    camera.SetViewAngle(view_angle)
    renderer.ResetCameraClippingRange()
