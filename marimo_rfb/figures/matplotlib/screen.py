"""A view that shows a matplotlib figure."""

from contextlib import nullcontext

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.matplotlib.canvas import LiveCanvas
from marimo_rfb.figures.matplotlib.events import EventTranslator
from marimo_rfb.figures.matplotlib.limits import ChosenLimits
from marimo_rfb.figures.screens.view_screen import ViewScreen
from marimo_rfb.notebook.view import View

__all__ = ["FigureScreen"]


class FigureScreen(ViewScreen):
    """Shows a matplotlib figure in a view.

    Args:
        view: the view.
        canvas: the canvas of the figure.
        replaced: what the view showed before; its toolbar's mode stays.
        keep_limits: whether the limits that users chose in `replaced` stay too.
    """

    def __init__(
        self, view: View, canvas: LiveCanvas, *, replaced: "FigureScreen | None" = None, keep_limits: bool = False
    ) -> None:
        super().__init__(view, canvas, self._translate)
        self.canvas = canvas
        self._translator = EventTranslator(canvas)
        self._limits = ChosenLimits(canvas.figure) if keep_limits else None
        # Of the figure as it was given, before it follows the view.
        self._own_size = canvas.css_size

        def start() -> None:
            if replaced is not None:
                self._follow(replaced)
            canvas.restart()
            canvas.draw()  # though nobody looks yet

        self.begin(start)

    def _follow(self, replaced: "FigureScreen") -> None:
        """Take over from `replaced` what users chose: the size of the view, the tool, and the limits."""
        old_canvas = replaced.canvas
        if old_canvas is not self.canvas:
            toolbar, old_toolbar = self.canvas.navigation, old_canvas.navigation
            if toolbar is not None and old_toolbar is not None:
                toolbar.adopt_mode(old_toolbar)
            if self._own_size == replaced._own_size:
                self.fit()
        if self._limits is not None and replaced._limits is not None:
            self._limits.adopt(replaced._limits)

    def _translate(self, event: InputEvent) -> None:
        with nullcontext() if self._limits is None else self._limits.watching():
            if event.type == "tool":
                if self.canvas.navigation is not None:
                    self.canvas.navigation.press(event.event["name"])
            else:
                self._translator.process(event)
