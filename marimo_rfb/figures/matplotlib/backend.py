"""The matplotlib backend `rfb`: `matplotlib.use("rfb")`, or `"module://marimo_rfb.figures.matplotlib.backend"`."""

import warnings
from typing import Any, cast

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase, NonGuiException

from marimo_rfb.figures.matplotlib._matplotlib import disconnect_default_handlers, replace_in_pyplot
from marimo_rfb.figures.matplotlib.animations import revive_animations
from marimo_rfb.figures.matplotlib.canvas import LiveCanvas
from marimo_rfb.figures.matplotlib.show import show_figure
from marimo_rfb.figures.matplotlib.toolbar import NavigationToolbar
from marimo_rfb.notebook.hosts.output import append_output, in_notebook

__all__ = ["FigureCanvas", "FigureManager", "canvas_of"]


class FigureManager(FigureManagerBase):
    """Connects a figure with its canvas and toolbar, and shows it in a cell."""

    _toolbar2_class = NavigationToolbar
    canvas: "FigureCanvas"

    def show(self) -> None:
        """Show the figure as an output of the running cell.

        Raises:
            NonGuiException: no notebook is running. `Figure.show` and `plt.show` turn it into a warning.
        """
        if not in_notebook():
            raise NonGuiException("figures of the backend rfb are shown in marimo and Jupyter, and no notebook runs")
        append_output(lambda: show_figure(self.canvas))

    def get_window_title(self) -> str:
        return self._title

    def set_window_title(self, title: str) -> None:
        # Kept here, because before 3.11 matplotlib's own manager has no title. It names the files that users save.
        self._title = title

    def resize(self, w: float, h: float) -> None:
        """Resize the views; `w` and `h` are pixels of the figure."""
        self.canvas.resize_views(w, h)

    def destroy(self) -> None:
        """Do nothing: pyplot forgets the figure, as marimo makes it do after each cell, but a view may show it."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Show all figures of pyplot that are not shown yet; never blocks."""
        for manager in Gcf.get_all_fig_managers():
            canvas = manager.canvas
            if not (isinstance(canvas, FigureCanvas) and canvas.shown):
                try:
                    manager.show()
                except NonGuiException as exc:
                    warnings.warn(str(exc), stacklevel=4)  # at the line with `plt.show()`


class FigureCanvas(LiveCanvas):
    """The canvas of the backend."""

    manager_class: Any = FigureManager


def canvas_of(figure: Any) -> FigureCanvas:
    """Return the live canvas of `figure`, made if needed, with its toolbar."""
    candidates: tuple[object, ...] = figure.canvas, getattr(figure.stale_callback, "__self__", None)
    for candidate in candidates:
        # The second one if the figure was given another canvas since: it has the toolbar with its history.
        if isinstance(candidate, FigureCanvas):
            candidate.bind()
            return candidate
    old = figure.canvas.manager
    disconnect_default_handlers(figure)
    new = FigureCanvas.new_manager(figure, 0 if old is None else old.num)
    if old is None:  # it names the files that users save
        new.set_window_title(figure.get_label() or "Figure")
    else:
        replace_in_pyplot(old, new)
    revive_animations(figure)
    return cast("FigureCanvas", new.canvas)
