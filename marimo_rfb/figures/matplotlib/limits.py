"""The limits of axes that users chose."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from marimo_rfb.figures.matplotlib._matplotlib import axes_view, restore_axes_view

__all__ = ["ChosenLimits"]


class ChosenLimits:
    """Knows which axes of a figure users panned, zoomed or rotated, to do the same with the next figure."""

    def __init__(self, figure: Any) -> None:
        self._figure = figure
        self._initial = self._views()
        # With the name of the projection, which tells what the view is of.
        self._chosen: dict[int, tuple[str, dict[str, Any]]] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what changes in this context as chosen by a user."""
        before = self._views()
        try:
            yield
        finally:
            for index, view in self._views().items():
                if view == self._initial.get(index):
                    self._chosen.pop(index, None)
                elif view != before.get(index):
                    self._chosen[index] = self._figure.axes[index].name, view

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

    def _views(self) -> dict[int, dict[str, Any]]:
        return {index: axes_view(axes) for index, axes in enumerate(self._figure.axes)}
