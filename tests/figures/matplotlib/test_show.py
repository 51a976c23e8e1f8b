import gc
import pickle
import weakref

import matplotlib.pyplot as plt
import numpy as np
import pytest
from kernel import Cell, Notebook
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from support import act

import marimo_rfb as rfb
from marimo_rfb.figures.matplotlib.backend import FigureCanvas
from marimo_rfb.notebook.view import View


def new_figure(limit: float = 10) -> Figure:
    figure, axes = plt.subplots(figsize=(3, 2))
    axes.set(xlim=(0, limit))
    return figure


def pixels(view: View) -> np.ndarray:
    assert view.stream.newest is not None
    return view.stream.newest.pixels


def press_key(view: View, key: str) -> None:
    act(view.stream, "key_down", key=key)
    act(view.stream, "key_up", key=key)


def test_a_figure_of_pyplot_stays_live_when_pyplot_closes_it(cell: Cell) -> None:
    figure = new_figure()
    view = rfb.figure(figure)
    plt.close("all")
    assert isinstance(figure.canvas, FigureCanvas)
    assert plt.get_fignums() == []
    before = pixels(view)
    figure.axes[0].set_xlim(0, 5)
    assert not np.array_equal(pixels(view), before)


def test_pyplot_goes_on_with_the_figure_that_is_current(cell: Cell) -> None:
    shown, current = new_figure(), new_figure()
    view = rfb.figure(shown)
    assert plt.gcf() is current
    plt.figure(shown)
    before = pixels(view)
    plt.title("shown")
    assert not np.array_equal(pixels(view), before)
    act(view.stream, "pointer_down", x=100, y=50, button=1, buttons=[1])
    assert plt.gcf() is shown
    assert len(plt.get_fignums()) == 2


def test_a_figure_that_pyplot_closed_before_is_shown(cell: Cell) -> None:
    figure = new_figure()
    plt.close("all")
    assert type(figure.canvas) in (FigureCanvasBase, FigureCanvasAgg)  # the latter before matplotlib 3.11
    view = rfb.figure(figure)
    assert pixels(view).shape == (200, 300, 3)


def test_a_key_does_once_what_it_does(cell: Cell) -> None:
    figure = new_figure()  # whose manager has connected the keys already
    view = rfb.figure(figure)
    press_key(view, "p")
    assert figure.canvas.toolbar is not None
    assert figure.canvas.toolbar.mode == "pan/zoom"


def test_a_figure_shown_again_keeps_its_toolbar(notebook: Notebook) -> None:
    figure = new_figure()
    cell = Cell()
    for _ in range(2):
        with notebook.running(cell):
            view = rfb.figure(figure)
            toolbar = figure.canvas.toolbar
        plt.close("all")
    press_key(view, "p")
    assert figure.canvas.toolbar is toolbar
    press_key(view, "p")
    assert toolbar is not None
    assert toolbar.mode == ""


def test_a_figure_in_two_cells_shows_changes_in_both(notebook: Notebook) -> None:
    figure = new_figure()
    views = []
    for cell in (Cell("one"), Cell("two")):
        with notebook.running(cell):
            views.append(rfb.figure(figure))
    figure.axes[0].set_xlim(0, 5)
    assert np.array_equal(pixels(views[0]), pixels(views[1]))
    press_key(views[0], "p")
    assert figure.canvas.toolbar is not None
    assert figure.canvas.toolbar.mode == "pan/zoom"


@pytest.mark.parametrize("keep_limits", [False, True])
def test_the_next_run_keeps_the_limits_if_asked_and_the_tool(notebook: Notebook, keep_limits: bool) -> None:
    cell = Cell()
    with notebook.running(cell):
        view = rfb.figure(old := new_figure(), keep_limits=keep_limits)
    press_key(view, "p")
    for kind, x, buttons in (("down", 150, [1]), ("move", 100, [1]), ("up", 100, [])):
        act(view.stream, f"pointer_{kind}", x=x, y=100, button=1, buttons=buttons)
    panned = old.axes[0].get_xlim()
    assert panned[0] > 1
    with notebook.running(cell):
        assert rfb.figure(new := new_figure(20), keep_limits=keep_limits) is view
    assert new.axes[0].get_xlim() == (panned if keep_limits else (0, 20))
    assert new.canvas.toolbar is not None
    assert new.canvas.toolbar.mode == "pan/zoom"
    press_key(view, "h")
    assert new.axes[0].get_xlim() == (0, 20)


def test_the_next_run_is_drawn_in_the_size_of_the_view_at_once(notebook: Notebook) -> None:
    cell = Cell()
    with notebook.running(cell):
        view = rfb.figure(new_figure())
    view.stream.audience.update(viewers=1, watching=1, size=(800, 600), pixel_ratio=2.0)
    view.stream.audience.set_target_size((800, 600))
    assert pixels(view).shape == (600, 800, 3)
    published = view.stream.stats.published
    with notebook.running(cell):
        rfb.figure(new := new_figure())
    assert pixels(view).shape == (600, 800, 3)
    assert view.stream.stats.published == published + 1
    assert tuple(new.get_size_inches()) == (4, 3)
    assert (view.width, view.height) == (300, 200)


def test_a_figure_of_another_size_resizes_the_view(notebook: Notebook) -> None:
    cell = Cell()
    with notebook.running(cell):
        view = rfb.figure(new_figure())
    view.stream.audience.update(viewers=1, watching=1, size=(300, 200))
    view.stream.audience.set_target_size((300, 200))
    figure = new_figure()
    figure.set_size_inches(5, 4)
    with notebook.running(cell):
        rfb.figure(figure)
    assert (view.width, view.height) == (500, 400)
    assert pixels(view).shape == (400, 500, 3)


def test_another_picture_in_the_view_ends_the_figure(notebook: Notebook) -> None:
    cell = Cell()
    closed: list[object] = []
    with notebook.running(cell):
        view = rfb.figure(figure := new_figure(), name="it")
        figure.canvas.mpl_connect("close_event", closed.append)
    with notebook.running(cell):
        assert rfb.frame(np.zeros((4, 6)), name="it") is view
    assert len(closed) == 1
    figure.axes[0].set_xlim(0, 5)
    assert pixels(view).shape == (4, 6, 3)


def test_a_figure_that_cannot_be_drawn_leaves_the_view_as_it_was(notebook: Notebook) -> None:
    cell = Cell()
    with notebook.running(cell):
        view = rfb.figure(shown := new_figure())
    figure = new_figure()
    title = figure.axes[0].set_title("$\\frac$")
    with notebook.running(cell), pytest.raises(ValueError, match="frac"):
        rfb.figure(figure)
    press_key(view, "p")
    assert shown.canvas.toolbar is not None
    assert shown.canvas.toolbar.mode == "pan/zoom"
    assert isinstance(figure.canvas, FigureCanvas)
    assert not figure.canvas.shown
    before = pixels(view)
    title.set_text("fine")
    assert np.array_equal(pixels(view), before)
    assert view.stream.notice == ""


@pytest.mark.parametrize("again", [False, True])
def test_an_error_of_the_last_run_goes_with_the_next(notebook: Notebook, again: bool) -> None:
    cell = Cell()
    with notebook.running(cell):
        view = rfb.figure(figure := new_figure())
    number = figure.canvas.mpl_connect("key_press_event", lambda event: 1 / 0)
    press_key(view, "x")
    assert "ZeroDivisionError" in view.stream.notice
    figure.canvas.mpl_disconnect(number)
    with notebook.running(cell):
        assert rfb.figure(figure if again else new_figure()) is view
    assert view.stream.notice == ""


def test_a_closed_view_ends_the_figure(cell: Cell) -> None:
    figure = new_figure()
    view = rfb.figure(figure)
    closed: list[object] = []
    figure.canvas.mpl_connect("close_event", closed.append)
    view.close()
    assert len(closed) == 1
    figure.axes[0].set_xlim(0, 5)  # harms nobody


def test_old_figures_are_collected(notebook: Notebook) -> None:
    cell = Cell()
    figures = []
    for _ in range(12):
        with notebook.running(cell):
            view = rfb.figure(figure := new_figure(), keep_limits=True)
        press_key(view, "p")
        plt.close("all")
        figures.append(weakref.ref(figure))
    del figure
    gc.collect()
    assert [reference() is None for reference in figures] == [True] * 11 + [False]


def test_a_live_figure_can_be_pickled(cell: Cell) -> None:
    figure = new_figure(7)
    rfb.figure(figure)
    copy = pickle.loads(pickle.dumps(figure))
    assert copy.axes[0].get_xlim() == (0, 7)


def test_the_drawings_of_a_closed_stream_are_ignored(cell: Cell) -> None:
    figure = new_figure()
    view = rfb.figure(figure)
    view.stream.close()
    figure.canvas.draw()
