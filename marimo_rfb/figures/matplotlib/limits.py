"""The limits of axes that users chose."""

from typing import Any

from marimo_rfb.figures.matplotlib._matplotlib import axes_view, restore_axes_view
from marimo_rfb.figures.screens.chosen_views import ChosenViews

__all__ = ["ChosenLimits"]

# With the name of the projection, which tells what the view is of.
_AxesView = tuple[str, dict[str, Any]]


class ChosenLimits(ChosenViews[_AxesView]):
    """Knows which axes of a figure users panned, zoomed or rotated, to do the same with the next figure."""

    def __init__(self, figure: Any) -> None:
        self._figure = figure
        super().__init__(self._views())

    def adopt(self, other: "ChosenLimits") -> None:
        """Set the limits that users chose in another figure; the home button returns to the figure's own."""
        axes, toolbar = self._figure.axes, self._figure.canvas.toolbar
        # The other figure may have other axes by now, or none.
        chosen = {
            index: (name, view)
            for index, (name, view) in other._chosen.items()
            if index < len(axes) and axes[index].name == name
        }
        if not chosen:
            return
        if toolbar is not None:
            toolbar.push_current()
        for index, (_name, view) in chosen.items():
            restore_axes_view(axes[index], view)
        if toolbar is not None:
            toolbar.push_current()
        self._chosen = chosen

    def _views(self) -> dict[int, _AxesView]:
        return {index: (axes.name, axes_view(axes)) for index, axes in enumerate(self._figure.axes)}
