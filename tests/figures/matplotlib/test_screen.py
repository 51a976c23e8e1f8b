import asyncio
import logging

import numpy as np
import pytest
from kernel import Cell, Notebook
from matplotlib.figure import Figure
from support import act, aeventually

import marimo_rfb as rfb
from marimo_rfb.notebook.view import View
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.wire.messages import StatusText, ToolStates


@pytest.fixture
def figure() -> Figure:
    figure = Figure(figsize=(3, 2))
    figure.add_subplot().plot([0, 1], [0, 1])
    return figure


@pytest.fixture
def view(cell: Cell, figure: Figure) -> View:
    return rfb.figure(figure)


def test_events_of_the_view_reach_the_figure(view: View, figure: Figure) -> None:
    told: list[tuple[str, float, float]] = []
    figure.canvas.mpl_connect("button_press_event", lambda event: told.append((event.name, event.x, event.y)))
    act(view.stream, "pointer_down", x=100, y=50, button=1, buttons=[1])
    assert told == [("button_press_event", 100, 150)]


def test_the_view_shows_what_the_toolbar_says(view: View) -> None:
    act(view.stream, "tool", name="pan")
    act(view.stream, "pointer_move", x=150, y=100)
    posted = feed_of(view.stream).posted
    assert ToolStates(pressed=("pan",), disabled=("back", "forward")) in posted
    assert any(isinstance(message, StatusText) and "x" in message.text for message in posted)
    assert view.cursor == "move"


def test_a_saved_file_goes_to_the_viewer_who_asked(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, str]] = []
    monkeypatch.setattr(
        feed_of(view.stream), "send_file", lambda viewer, name, mime, content: sent.append((viewer, name, mime))
    )
    act(view.stream, "tool", viewer="viewer-3", name="save")
    act(view.stream, "pointer_move", viewer="viewer-3", x=150, y=100)
    act(view.stream, "key_down", viewer="viewer-4", key="s")
    assert [viewer for viewer, _, _ in sent] == ["viewer-3", "viewer-4"]
    assert sent[0][1:] == ("Figure.png", "image/png")


def test_an_error_in_a_callback_is_shown_until_the_callback_works(
    view: View, figure: Figure, caplog: pytest.LogCaptureFixture
) -> None:
    fails = True

    def on_press(event: object) -> None:
        if fails:
            raise ValueError("no such point")

    figure.canvas.mpl_connect("button_press_event", on_press)
    with caplog.at_level(logging.ERROR):
        act(view.stream, "pointer_down", x=100, y=50, button=1, buttons=[1])
    assert "ValueError: no such point" in view.stream.notice
    assert "on_press, line" in view.stream.notice
    assert "no such point" in caplog.text
    act(view.stream, "pointer_move", x=101, y=50)
    assert view.stream.notice  # a move says nothing about presses
    fails = False
    act(view.stream, "pointer_down", x=100, y=50, button=1, buttons=[1])
    assert view.stream.notice == ""


def test_even_an_exit_in_a_callback_ends_nothing(view: View, figure: Figure) -> None:
    def on_press(event: object) -> None:
        raise SystemExit(3)

    told: list[object] = []
    figure.canvas.mpl_connect("button_press_event", on_press)
    figure.canvas.mpl_connect("button_release_event", told.append)
    act(view.stream, "pointer_down", x=100, y=50, button=1, buttons=[1])
    act(view.stream, "pointer_up", x=100, y=50, button=1)
    assert "SystemExit" in view.stream.notice
    assert len(told) == 1


def test_an_error_in_a_draw_is_shown_until_a_draw_works(view: View, figure: Figure) -> None:
    title = figure.axes[0].set_title("$\\frac$")
    assert "ValueError" in view.stream.notice
    title.set_text("fine")
    assert view.stream.notice == ""


def test_moves_that_arrive_during_a_draw_are_one(notebook: Notebook, figure: Figure) -> None:
    async def move() -> None:
        with notebook.running(Cell()):
            notebook.has_page = True
            view = rfb.figure(figure)
        view.stream.audience.update(viewers=1, watching=1, size=(300, 200))
        moves: list[float] = []
        figure.canvas.mpl_connect("motion_notify_event", lambda event: moves.append(event.x))
        for x in range(100):
            act(view.stream, "pointer_move", x=x, y=50)
        await aeventually(lambda: moves)
        assert moves == [99]

    asyncio.run(move())


def test_nothing_is_drawn_until_somebody_looks(notebook: Notebook, figure: Figure) -> None:
    async def look() -> None:
        with notebook.running(Cell()):
            notebook.has_page = True
            view = rfb.figure(figure)
        assert view.stream.stats.published == 1
        figure.axes[0].set_xlim(0, 5)
        for _ in range(5):
            await asyncio.sleep(0)
        assert view.stream.stats.published == 1
        view.stream.audience.update(viewers=1, watching=1, size=(600, 400), pixel_ratio=2.0)
        view.stream.audience.set_target_size((600, 400))
        await aeventually(lambda: view.stream.newest is not None and view.stream.newest.width == 600)
        assert view.stream.newest is not None
        assert view.stream.newest.pixel_ratio == 2.0
        view.stream.audience.update(viewers=1, watching=0, size=(600, 400), pixel_ratio=2.0)
        await asyncio.sleep(0)
        published = view.stream.stats.published
        figure.axes[0].set_xlim(0, 6)
        for _ in range(5):
            await asyncio.sleep(0)
        assert view.stream.stats.published == published

    asyncio.run(look())


def test_a_figure_shown_again_is_drawn_on_although_its_first_view_was_asked_to(
    notebook: Notebook, figure: Figure
) -> None:
    async def show_again() -> None:
        cell = Cell()
        with notebook.running(cell):
            notebook.has_page = True
            view = rfb.figure(figure)
        view.stream.audience.update(viewers=1, watching=1, size=(300, 200))
        with notebook.running(cell):
            figure.axes[0].set_xlim(0, 5)
            assert rfb.figure(figure) is view
        await asyncio.sleep(0)
        published = view.stream.stats.published
        figure.axes[0].set_xlim(0, 6)
        await aeventually(lambda: view.stream.stats.published > published)

    asyncio.run(show_again())


def test_timers_of_a_figure_shown_again_go_on(notebook: Notebook, figure: Figure) -> None:
    async def show_again() -> None:
        cell = Cell()
        with notebook.running(cell):
            notebook.has_page = True
            view = rfb.figure(figure)
        view.stream.audience.update(viewers=1, watching=1, size=(300, 200))
        ticks: list[None] = []
        timer = figure.canvas.new_timer(interval=1)
        timer.add_callback(lambda: ticks.append(None))
        timer.start()
        await aeventually(lambda: ticks)
        with notebook.running(cell):
            rfb.figure(figure)
        ticks.clear()
        await aeventually(lambda: len(ticks) > 2)
        timer.stop()

    asyncio.run(show_again())


def test_events_that_a_running_cell_lets_in_are_in_device_pixels_too(notebook: Notebook, figure: Figure) -> None:
    async def pause() -> None:
        with notebook.running(Cell()):
            notebook.has_page = True
            view = rfb.figure(figure)
        view.stream.audience.update(viewers=1, watching=1, size=(600, 400), pixel_ratio=2.0)
        view.stream.audience.set_target_size((600, 400))
        await aeventually(lambda: view.stream.newest is not None and view.stream.newest.width == 600)
        told: list[tuple[float, float, float]] = []
        figure.canvas.mpl_connect(
            "button_press_event", lambda event: told.append((event.x, event.y, event.canvas.figure.dpi))
        )
        act(view.stream, "pointer_down", x=100, y=50, button=1, buttons=[1])
        figure.canvas.flush_events()
        assert told == [(100, 350, 200)]
        assert figure.dpi == 100

    asyncio.run(pause())


def test_changes_of_the_page_size_reach_the_figure(view: View, figure: Figure) -> None:
    view.stream.audience.update(viewers=1, watching=1, size=(500, 300))
    view.stream.audience.set_target_size((500, 300))
    assert tuple(figure.get_size_inches()) == (5, 3)
    assert view.stream.newest is not None
    assert view.stream.newest.pixels.shape == (300, 500, 3)
    figure.set_size_inches(4, 2)
    assert (view.width, view.height) == (400, 200)


def test_a_stream_keeps_the_picture_that_was_drawn(view: View, figure: Figure) -> None:
    assert view.stream.newest is not None
    before = view.stream.newest.pixels
    kept = before.copy()
    figure.axes[0].set_xlim(0, 5)
    assert np.array_equal(before, kept)
