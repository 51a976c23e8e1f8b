import gc
import io
import threading
import weakref

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from fake_screen import FakeScreen
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg

from marimo_rfb.figures.matplotlib.backend import FigureCanvas


def drawn_by_matplotlib(canvas: FigureCanvas, dpi: float = 100) -> np.ndarray:
    """Return what matplotlib saves of the figure."""
    content = io.BytesIO()
    canvas.figure.savefig(content, format="rgba", dpi=dpi)
    width, height = (round(side * dpi) for side in canvas.figure.get_size_inches())
    return np.frombuffer(content.getvalue(), np.uint8).reshape(height, width, 4)[..., :3]


def test_the_picture_is_that_of_matplotlib(canvas: FigureCanvas, screen: FakeScreen) -> None:
    (picture,) = screen.pictures
    assert picture.shape == (240, 320, 3)
    assert np.array_equal(picture, drawn_by_matplotlib(canvas))


def test_a_figure_with_a_transparent_background_has_alpha(canvas: FigureCanvas, screen: FakeScreen) -> None:
    canvas.figure.patch.set_alpha(0)
    canvas.draw()
    assert screen.pictures[-1].shape == (240, 320, 4)
    assert screen.pictures[-1][0, 0, 3] == 0


def test_changes_of_artists_are_drawn_once_when_the_kernel_is_idle(canvas: FigureCanvas, screen: FakeScreen) -> None:
    (axes,) = canvas.figure.axes
    for limit in (5, 6, 7):
        axes.set_xlim(0, limit)
    assert len(screen.pictures) == 1
    screen.idle()
    assert len(screen.pictures) == 2
    assert np.array_equal(screen.pictures[-1], drawn_by_matplotlib(canvas))
    screen.idle()
    assert len(screen.pictures) == 2


def test_changes_on_another_thread_are_drawn_on_the_kernels(canvas: FigureCanvas, screen: FakeScreen) -> None:
    thread = threading.Thread(target=lambda: canvas.figure.axes[0].set_xlim(0, 5))
    thread.start()
    thread.join()
    assert len(screen.pictures) == 1
    screen.idle()
    assert len(screen.pictures) == 2


def test_nothing_is_drawn_while_nobody_looks(canvas: FigureCanvas, screen: FakeScreen) -> None:
    screen.watched = False
    canvas.figure.axes[0].set_xlim(0, 5)
    screen.idle()
    assert len(screen.pictures) == 1
    screen.watched = True
    canvas.wake()
    screen.idle()
    assert np.array_equal(screen.pictures[-1], drawn_by_matplotlib(canvas))


def test_what_nobody_looks_at_is_drawn_for_an_export(canvas: FigureCanvas, screen: FakeScreen) -> None:
    screen.watched = screen.has_page = False
    canvas.figure.axes[0].set_xlim(0, 5)
    screen.idle()
    assert len(screen.pictures) == 2


def test_several_changes_of_one_event_are_one_draw(canvas: FigureCanvas, screen: FakeScreen) -> None:
    with canvas.handling():
        canvas.figure.axes[0].set_xlim(0, 5)
        canvas.draw_idle()
        canvas.blit()
        assert len(screen.pictures) == 1
    assert len(screen.pictures) == 2
    screen.idle()
    assert len(screen.pictures) == 2


def test_a_blit_shows_what_was_drawn_on_the_background(canvas: FigureCanvas, screen: FakeScreen) -> None:
    assert canvas.supports_blit
    background = canvas.copy_from_bbox(canvas.figure.bbox)
    line = canvas.figure.axes[0].plot([0, 10], [10, 0], animated=True)[0]
    screen.idle()
    canvas.restore_region(background)
    canvas.figure.axes[0].draw_artist(line)
    canvas.blit(canvas.figure.bbox)
    assert not np.array_equal(screen.pictures[-1], screen.pictures[0])
    canvas.restore_region(background)
    canvas.blit(canvas.figure.bbox)
    assert np.array_equal(screen.pictures[-1], screen.pictures[0])


@pytest.mark.parametrize("ratio", [1.25, 2.0, 3.0])
def test_it_is_drawn_in_device_pixels_and_the_figure_keeps_its_dpi(
    canvas: FigureCanvas, screen: FakeScreen, ratio: float
) -> None:
    canvas.resize(round(320 * ratio), round(240 * ratio), ratio)
    assert screen.ratios[-1] == ratio
    assert canvas.figure.dpi == 100
    assert canvas.figure.get_size_inches() == pytest.approx((3.2, 2.4))
    assert np.array_equal(screen.pictures[-1], drawn_by_matplotlib(canvas, 100 * ratio))
    assert drawn_by_matplotlib(canvas).shape == (240, 320, 3)
    seen: list[float] = []
    canvas.mpl_connect("draw_event", lambda event: seen.append(canvas.figure.dpi))
    canvas.draw()
    assert seen == [100 * ratio]
    assert canvas.figure.dpi == 100


def test_a_dpi_that_is_set_while_it_is_shown_counts(canvas: FigureCanvas, screen: FakeScreen) -> None:
    canvas.resize(640, 480, 2.0)
    canvas.figure.dpi = 50
    screen.idle()
    assert canvas.figure.dpi == 50
    assert screen.sizes == [(160, 120)]  # the view, asked to be as large as the figure is now
    assert screen.pictures[-1].shape == (240, 320, 3)


def test_a_view_of_another_size_resizes_the_figure_and_tells_it(canvas: FigureCanvas, screen: FakeScreen) -> None:
    told: list[tuple[float, float]] = []
    canvas.mpl_connect("resize_event", lambda event: told.append((event.width, event.height)))
    canvas.resize(800, 400, 2.0)
    assert told == [(400, 200)]  # as matplotlib tells it, in logical pixels
    assert tuple(canvas.figure.get_size_inches()) == (4, 2)
    assert screen.pictures[-1].shape == (400, 800, 3)
    assert screen.sizes == []  # it follows the view, and not the view it


def test_a_view_that_is_even_does_not_change_an_odd_figure(canvas: FigureCanvas, screen: FakeScreen) -> None:
    canvas.resize(320, 241, 1.0)
    screen.idle()
    assert tuple(canvas.figure.get_size_inches()) == (3.2, 2.4)
    assert len(screen.pictures) == 1


def test_a_figure_that_is_resized_resizes_its_views(canvas: FigureCanvas, screen: FakeScreen) -> None:
    canvas.figure.set_size_inches(5, 4)
    assert screen.sizes == [(500, 400)]


def test_a_canvas_that_pyplot_replaced_comes_back(screen: FakeScreen, canvas: FigureCanvas) -> None:
    figure = canvas.figure
    FigureCanvasAgg(figure)
    figure.axes[0].set_xlim(0, 5)
    screen.idle()
    assert figure.canvas is canvas
    assert len(screen.pictures) == 2


def test_saving_shows_nothing(canvas: FigureCanvas, screen: FakeScreen) -> None:
    drawn_by_matplotlib(canvas, 300)
    assert len(screen.pictures) == 1
    screen.idle()
    assert screen.pictures[-1].shape == (240, 320, 3)


def test_flushing_processes_events_and_draws(canvas: FigureCanvas, screen: FakeScreen) -> None:
    canvas.figure.axes[0].set_xlim(0, 5)
    canvas.flush_events()
    assert screen.flushes == 1
    assert len(screen.pictures) == 2


def test_an_error_in_a_draw_reaches_the_caller_and_the_next_draw_works(
    canvas: FigureCanvas, screen: FakeScreen
) -> None:
    label = canvas.figure.axes[0].set_title("$\\frac$")
    with pytest.raises(ValueError, match="Expected"):
        screen.idle()
    assert canvas.figure.dpi == 100
    label.set_text("fine")
    screen.idle()
    assert len(screen.pictures) == 2


def test_closing_tells_the_figure_and_makes_pyplot_forget_it() -> None:
    plt.switch_backend("module://marimo_rfb.figures.matplotlib.backend")
    try:
        figure = plt.figure()
        closed: list[object] = []
        figure.canvas.mpl_connect("close_event", closed.append)
        canvas = figure.canvas
        assert isinstance(canvas, FigureCanvas)
        canvas.close()
        assert len(closed) == 1
        assert plt.get_fignums() == []
    finally:
        plt.switch_backend("agg")


def test_a_figure_that_nobody_keeps_is_collected() -> None:
    canvas = FigureCanvas.new_manager(mpl.figure.Figure(), 1).canvas
    screen = FakeScreen()
    canvas.attach(screen)
    canvas.draw()
    screen.idle()
    canvas.detach(screen)
    figure = weakref.ref(canvas.figure)
    del canvas
    gc.collect()
    assert figure() is None


@pytest.mark.parametrize("act", ["draw", "save"])
def test_what_another_thread_changes_during_a_draw_is_drawn_after_it(
    canvas: FigureCanvas, screen: FakeScreen, act: str
) -> None:
    threads: list[threading.Thread] = []

    class Slow(Artist):
        def draw(self, renderer: object) -> None:
            if len(threads) < 1:
                threads.append(threading.Thread(target=canvas.figure.axes[0].set_xlim, args=(0, 5)))
                threads[0].start()
                threads[0].join()

    canvas.figure.add_artist(Slow())
    if act == "save":
        canvas.figure.savefig(io.BytesIO())
    drawn = len(screen.pictures)
    for _ in range(3):
        screen.idle()
    assert len(screen.pictures) == drawn + (1 if act == "save" else 2)
    assert np.array_equal(screen.pictures[-1], drawn_by_matplotlib(canvas))


@pytest.mark.parametrize("file_format", ["png", "pdf", "svg"])
def test_a_save_needs_no_draw(canvas: FigureCanvas, screen: FakeScreen, file_format: str) -> None:
    canvas.figure.savefig(io.BytesIO(), format=file_format, dpi=50)
    screen.idle()
    assert len(screen.pictures) == 1
