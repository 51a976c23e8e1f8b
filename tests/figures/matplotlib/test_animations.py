import matplotlib as mpl
import pytest
from fake_screen import FakeScreen
from matplotlib.animation import FuncAnimation
from matplotlib.backends.backend_agg import FigureCanvasAgg

from marimo_rfb.figures.matplotlib.animations import revive_animations
from marimo_rfb.figures.matplotlib.backend import FigureCanvas


@pytest.mark.parametrize("blit", [False, True])
@pytest.mark.parametrize("drawn", [False, True])
def test_an_animation_of_a_figure_that_was_not_live_runs(blit: bool, drawn: bool) -> None:
    figure = mpl.figure.Figure(figsize=(2, 2))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    (line,) = axes.plot([0, 1], [0, 1])
    steps: list[int] = []

    def step(number: int) -> tuple[object]:
        steps.append(number)
        line.set_ydata([0, 1 / (number + 1)])
        return (line,)

    animation = FuncAnimation(figure, step, interval=1, blit=blit, cache_frame_data=False, frames=range(100))
    if drawn:
        figure.canvas.draw()
    canvas = FigureCanvas.new_manager(figure, 1).canvas
    revive_animations(figure)
    screen = FakeScreen()
    canvas.attach(screen)
    with canvas.handling():
        canvas.restart()
    screen.idle()
    before, pictures = len(steps), len(screen.pictures)
    for _ in range(5):
        screen.pass_s(1)
    assert len(steps) - before == 5
    screen.idle()
    assert len(screen.pictures) - pictures >= 5
    canvas.close()
    after = len(steps)
    screen.pass_s(1)
    assert len(steps) == after
    del animation


def test_an_animation_of_a_live_figure_keeps_its_timer(canvas: FigureCanvas, screen: FakeScreen) -> None:
    animation = FuncAnimation(canvas.figure, lambda number: (), interval=1, cache_frame_data=False)
    timer = animation.event_source
    canvas.draw()
    revive_animations(canvas.figure)
    assert animation.event_source is timer
