import sys
import types
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from kernel import Cell, Notebook
from matplotlib.figure import Figure

import marimo_rfb as rfb
from marimo_rfb.errors import FrameError, NameTaken, OptionError
from marimo_rfb.figures.matplotlib.backend import FigureCanvas
from marimo_rfb.figures.matplotlib.toolbar import TOOLS


def make_figure() -> Figure:
    figure = Figure(figsize=(3, 2))
    figure.suptitle("Results")
    figure.add_subplot().set_title("Speed")
    return figure


def test_a_figure_is_shown_as_large_as_it_is_with_its_tools(cell: Cell) -> None:
    view = rfb.figure(make_figure())
    assert (view.width, view.height) == (300, 200)
    assert view.toolbar == [tool.value for tool in TOOLS]
    assert view.alt == "Figure: Results, Speed"
    assert view.stream.options.resize_policy == "match_client"
    assert view.stream.newest is not None
    assert view.stream.newest.pixels.shape == (200, 300, 3)


def test_what_is_asked_for_counts_instead(cell: Cell) -> None:
    view = rfb.figure(make_figure(), width="full", height=500, toolbar=["save"], alt="Speed by load", quality=90)
    assert (view.width, view.height, view.toolbar, view.alt) == ("full", 500, ["save"], "Speed by load")
    assert view.stream.options.quality == 90


def test_axes_and_parts_of_a_figure_show_the_figure(cell: Cell) -> None:
    figure = make_figure()
    assert rfb.figure(figure.axes[0], name="axes").stream.newest is not None
    assert isinstance(figure.canvas, FigureCanvas)
    parts = Figure()
    rfb.figure(parts.subfigures(1, 2)[0].add_subplot(), name="part")
    assert isinstance(parts.canvas, FigureCanvas)


def test_a_run_of_the_cell_again_keeps_the_view(notebook: Notebook) -> None:
    cell = Cell()
    views = []
    for _ in range(3):
        with notebook.running(cell):
            views.append(rfb.figure(make_figure()))
    assert views[0] is views[1] is views[2]


def test_two_figures_of_a_cell_have_two_views_and_a_name_is_taken_once(notebook: Notebook) -> None:
    with notebook.running(Cell()):
        assert rfb.figure(make_figure()) is not rfb.figure(make_figure())
        rfb.figure(make_figure(), name="one")
        with pytest.raises(NameTaken):
            rfb.figure(make_figure(), name="one")


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (None, "got NoneType; does the function return the figure"),
        (plt, r"got module; plt.gcf\(\) is its current figure"),
        (np, "got module; numpy is a module; pass what it draws"),
        (Figure, "got type; make one of the class Figure, and pass that"),
        ([1, 2], "got list; show one figure at a time"),
        (np.zeros((2, 2)), r"got ndarray; rfb.show shows pictures too; .*pip install 'marimo-rfb\[matplotlib,"),
    ],
)
def test_what_is_no_figure_is_refused_with_a_hint(cell: Cell, thing: Any, message: str) -> None:
    with pytest.raises(OptionError, match=f"figure takes a matplotlib figure or axes, .*, {message}"):
        rfb.figure(thing)


def test_the_order_of_channels_does_not_apply_to_a_figure(cell: Cell) -> None:
    view = rfb.figure(Figure(figsize=(3, 2), facecolor="red"), order="bgr")
    assert view.stream.newest is not None
    assert view.stream.newest.pixels[0, 0].tolist() == [255, 0, 0]


def test_an_unknown_option_is_refused(cell: Cell) -> None:
    with pytest.raises(OptionError, match="did you mean height"):
        rfb.figure(make_figure(), heigth=3)  # type: ignore[call-arg]


def test_show_chooses_by_what_it_gets(cell: Cell) -> None:
    assert rfb.show(make_figure(), name="figure").toolbar[0] == "home"
    picture = rfb.show(np.zeros((4, 6)), name="picture", height=100)
    assert picture.toolbar[0] == "play"
    stream = rfb.stream("mine")
    assert rfb.show(stream).stream is stream
    with pytest.raises(FrameError):
        rfb.show("no picture")


def test_show_refuses_what_raises_when_it_is_asked_for_a_figure(cell: Cell) -> None:
    class Raising:
        def __getattr__(self, name: str) -> Any:
            raise KeyError(name)

    with pytest.raises(FrameError, match="KeyError"):
        rfb.show(Raising())


def test_nothing_imports_matplotlib_for_a_picture(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    rfb.show(np.zeros((4, 6)))
    with pytest.raises(OptionError, match="marimo-rfb"):
        rfb.figure(types.SimpleNamespace(figure=None))
    assert "matplotlib" not in sys.modules
