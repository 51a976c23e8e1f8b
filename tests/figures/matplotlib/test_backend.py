from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from kernel import Cell, Notebook
from matplotlib.animation import FuncAnimation
from support import eventually

import marimo_rfb as rfb
from marimo_rfb.figures.matplotlib.backend import FigureCanvas, FigureManager
from marimo_rfb.notebook.hosts import output
from marimo_rfb.notebook.view import View


@pytest.fixture(autouse=True)
def _selected() -> Iterator[None]:
    mpl.use("rfb")
    yield
    plt.close("all")
    mpl.use("agg")


@pytest.fixture
def outputs(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what was put below the outputs of the running cell."""
    outputs: list[Any] = []
    monkeypatch.setattr("marimo_rfb.figures.matplotlib.backend.append_output", lambda make: outputs.append(make()))
    return outputs


def test_it_is_found_by_its_name() -> None:
    figure = plt.figure()
    assert isinstance(figure.canvas, FigureCanvas)
    assert isinstance(figure.canvas.manager, FigureManager)
    assert figure.canvas.toolbar is not None


def test_show_shows_each_figure_once(notebook: Notebook, outputs: list[Any]) -> None:
    with notebook.running(Cell()):
        plt.plot([1, 2])
        plt.show()
        assert len(outputs) == 1
        plt.figure()
        plt.show()
    assert len(outputs) == 2
    assert all(isinstance(each, View) for each in outputs)
    assert outputs[0] is not outputs[1]


def test_a_run_again_shows_new_figures_in_the_same_views(notebook: Notebook, outputs: list[Any]) -> None:
    cell = Cell()
    for _ in range(2):
        with notebook.running(cell):
            plt.plot([1, 2])
            plt.show()
        plt.close("all")  # as marimo does after each cell
    assert outputs[0] is outputs[1]


def test_pyplot_forgets_a_figure_that_another_one_replaced(notebook: Notebook, outputs: list[Any]) -> None:
    cell = Cell()
    for _ in range(3):
        with notebook.running(cell):
            plt.figure()
            plt.show()
    assert len(plt.get_fignums()) == 1


def test_a_pause_draws_and_shows(notebook: Notebook, outputs: list[Any]) -> None:
    with notebook.running(Cell()):
        (line,) = plt.plot([1, 2])
        plt.pause(0.001)
        view = outputs[0]
        published = view.stream.stats.published
        line.set_ydata([2, 1])
        plt.pause(0.001)
    assert len(outputs) == 1
    assert view.stream.stats.published > published


def test_an_animation_of_a_figure_that_pyplot_closed_before_it_was_shown_runs(notebook: Notebook) -> None:
    with notebook.running(Cell()):
        figure = plt.figure()
        steps: list[int] = []
        animation = FuncAnimation(figure, lambda number: steps.append(number) or (), interval=1, frames=100)
    plt.close("all")
    with notebook.running(Cell("other")):
        view = rfb.figure(figure)
    view.stream.audience.update(viewers=1, watching=1, size=(640, 480))
    eventually(lambda: len(steps) > 5)
    animation.pause()


def test_a_closed_figure_that_is_shown_stays(notebook: Notebook, outputs: list[Any]) -> None:
    with notebook.running(Cell()):
        figure = plt.figure()
        plt.show()
        plt.close(figure)
        assert isinstance(figure.canvas, FigureCanvas)
        assert not outputs[0].closed


def test_outside_of_notebooks_it_says_so(monkeypatch: pytest.MonkeyPatch, nothing_left: None) -> None:
    monkeypatch.setattr(output._marimo, "in_live_notebook", lambda: False)
    figure = plt.figure()
    for show in (plt.show, figure.show):
        with pytest.warns(UserWarning, match="shown in marimo and Jupyter, and no notebook runs"):
            show()
