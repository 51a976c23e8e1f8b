"""What the tests of figures share."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from fake_screen import FakeScreen
from notebook_fixtures import cell, notebook, nothing_left, session

from marimo_rfb.figures.matplotlib.backend import FigureCanvas

__all__ = ["cell", "notebook", "nothing_left", "session"]

mpl.use("agg")


@pytest.fixture(autouse=True)
def _no_figures_left() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def canvas() -> FigureCanvas:
    """Return the canvas of a figure of 320 x 240 with axes from 0 to 10."""
    figure = mpl.figure.Figure(figsize=(3.2, 2.4))
    made: FigureCanvas = FigureCanvas.new_manager(figure, 1).canvas
    axes = figure.add_subplot()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    axes.plot([0, 10], [0, 10])
    return made


@pytest.fixture
def screen(canvas: FigureCanvas) -> FakeScreen:
    """Return a screen that shows the canvas."""
    screen = FakeScreen()
    canvas.attach(screen)
    canvas.draw()
    return screen
