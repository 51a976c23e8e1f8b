"""Plots of matplotlib as it is, and objects that draw themselves in other ways."""

import io
from collections.abc import Iterator
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from marimo_rfb.errors import FrameError
from marimo_rfb.kinds.plot import is_plot, plot_array

RED = [255, 0, 0, 255]


def red_figure(**options: Any) -> Figure:
    """Return a figure that is red, with a green rectangle in its upper left quarter."""
    figure = Figure(figsize=(0.6, 0.4), dpi=100, facecolor="red", **options)
    axes = figure.add_axes((0, 0.5, 0.5, 0.5), facecolor="lime")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def check_red(pixels: Any) -> None:
    assert (pixels.shape, pixels.dtype) == ((40, 60, 4), np.uint8)
    assert pixels[30, 10].tolist() == pixels[10, 50].tolist() == RED
    assert pixels[10, 10].tolist() == [0, 255, 0, 255]


@pytest.fixture
def tight() -> Iterator[None]:
    with matplotlib.rc_context({"savefig.bbox": "tight"}):
        yield


class TestMatplotlib:
    def test_a_figure_is_drawn_in_its_own_size(self) -> None:
        check_red(plot_array(red_figure()))

    def test_axes_and_what_is_in_them_show_their_figure(self) -> None:
        (axes,) = red_figure().axes
        check_red(plot_array(axes))
        check_red(plot_array(axes.patch))

    def test_axes_of_a_subfigure_show_the_whole_figure(self) -> None:
        figure = Figure(figsize=(0.6, 0.4), dpi=100, facecolor="red")
        axes = figure.subfigures(1, 2)[0].add_axes((0.2, 0.2, 0.5, 0.5))
        assert plot_array(axes).shape == (40, 60, 4)

    def test_a_canvas_is_drawn_before_it_is_read(self) -> None:
        figure = red_figure()
        canvas = FigureCanvasAgg(figure)
        check_red(plot_array(canvas))
        figure.set_facecolor("blue")
        assert plot_array(canvas)[30, 10].tolist() == [0, 0, 255, 255]

    @pytest.mark.usefixtures("tight")
    def test_a_figure_that_is_saved_cropped_is_shown_cropped(self) -> None:
        figure = Figure(figsize=(2, 2), dpi=50)
        figure.add_axes((0.4, 0.4, 0.2, 0.2))
        pixels = plot_array(figure)
        assert pixels.shape[2] == 4
        assert pixels.shape[0] < 100

    def test_a_figure_of_pyplot_is_drawn_too(self) -> None:
        matplotlib.use("agg")
        from matplotlib import pyplot as plt

        figure, axes = plt.subplots(figsize=(0.6, 0.4))
        try:
            assert plot_array(figure).shape == plot_array(axes).shape == (40, 60, 4)
        finally:
            plt.close(figure)


def test_what_only_saves_files_is_saved_as_png() -> None:
    class Grid:  # as seaborn's
        def savefig(self, file: Any, **options: Any) -> None:
            assert options == {"format": "png"}
            Image.new("RGB", (3, 2), "red").save(file, format="png")

    assert plot_array(Grid()).tolist() == [[RED] * 3] * 2


@pytest.mark.parametrize("takes_return_img", [True, False])
def test_a_scene_gives_its_screenshot(takes_return_img: bool) -> None:
    class Plotter:  # as PyVista's
        def screenshot(self, filename: Any = None, *, return_img: bool = True) -> Any:
            assert filename is None
            return np.full((2, 3, 3), 7, np.uint8)

    class Viewer:  # as napari's
        def screenshot(self, path: Any = None) -> Any:
            return np.full((2, 3, 3), 7, np.uint8)

    assert plot_array(Plotter() if takes_return_img else Viewer()).tolist() == [[[7, 7, 7]] * 3] * 2


def test_what_cannot_be_drawn_says_why() -> None:
    class Broken:
        def savefig(self, file: io.BytesIO, **options: Any) -> None:
            raise RuntimeError("no backend")

    class Empty:
        def screenshot(self, return_img: bool = False) -> None: ...

    with pytest.raises(FrameError, match=r"cannot draw Broken: RuntimeError: no backend"):
        plot_array(Broken())
    with pytest.raises(FrameError, match=r"cannot draw Empty: ValueError: screenshot\(\) returned nothing"):
        plot_array(Empty())


def test_what_has_every_attribute_is_no_plot() -> None:
    class Anything:
        def __getattr__(self, name: str) -> Any:
            return 5 if name in ("savefig", "buffer_rgba", "screenshot") else Anything()

    assert not is_plot(Anything())


def test_arrays_and_numbers_are_no_plots() -> None:
    assert not any(map(is_plot, (np.zeros((2, 2)), [[1]], 5, Image.new("L", (1, 1)))))
