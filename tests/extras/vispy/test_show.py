"""Canvases of vispy in the views of cells: `make test-extras`."""

import asyncio
import gc
import logging
import threading
import weakref
from typing import Any

import marimo as mo
import numpy as np
import pytest
from kernel import Cell, Notebook
from support import act, aeventually, drag

import marimo_rfb as rfb
from marimo_rfb.errors import OptionError
from marimo_rfb.figures.vispy.show import TOOLS

vispy: Any = pytest.importorskip("vispy")
from vispy import app, scene  # noqa: E402
from vispy import plot as vp  # noqa: E402


def pixels(view: rfb.View) -> np.ndarray:
    assert view.stream.newest is not None
    return view.stream.newest.pixels


def new_canvas(**arguments: Any) -> Any:
    return scene.SceneCanvas(size=(64, 48), **arguments)


def test_a_canvas_is_shown_as_large_as_it_is(cell: Cell, canvas: Any) -> None:
    canvas.title = "A box"
    view = rfb.figure(canvas)
    assert (view.width, view.height) == (320, 240)
    assert view.toolbar == [tool.value for tool in TOOLS]
    assert view.alt == "Figure: A box"
    canvas.title = "The same box"
    assert view.alt == "Figure: The same box"
    assert view.stream.options.resize_policy == "match_client"
    assert np.array_equal(pixels(view), canvas.render(alpha=False))


def test_every_kind_of_canvas_is_shown(cell: Cell) -> None:
    figure = vp.Fig(size=(200, 150), show=False)
    figure[0, 0].plot(np.arange(10))
    assert pixels(rfb.figure(figure, name="plot")).shape == (150, 200, 3)
    assert pixels(rfb.show(app.Canvas(size=(20, 10)), name="plain")).shape == (10, 20, 3)
    assert pixels(rfb.show(app.Canvas(size=(20, 10), create_native=False), name="late")).shape == (10, 20, 3)


def test_events_of_the_view_reach_the_camera(cell: Cell, canvas: Any) -> None:
    view = rfb.figure(canvas)
    azimuth = canvas.camera.azimuth
    drag(view.stream, (100, 120), (180, 120))
    assert canvas.camera.azimuth != azimuth
    assert np.array_equal(pixels(view), canvas.render(alpha=False))


def test_an_error_is_shown_until_the_callback_works(cell: Cell, canvas: Any, caplog: pytest.LogCaptureFixture) -> None:
    view = rfb.figure(canvas)

    def on_press(_event: object) -> None:
        raise ValueError("no such point")

    canvas.events.mouse_press.connect(on_press)
    with caplog.at_level(logging.ERROR):
        act(view.stream, "pointer_down", x=1, y=1, button=1, buttons=[1])
    assert "ValueError: no such point" in view.stream.notice
    assert "no such point" in caplog.text
    canvas.events.mouse_press.disconnect(on_press)
    act(view.stream, "pointer_down", x=1, y=1, button=1, buttons=[1])
    assert view.stream.notice == ""


def test_the_next_run_gets_the_same_view_in_the_size_of_the_page(notebook: Notebook) -> None:
    cell = Cell()
    with notebook.running(cell):
        view = rfb.figure(new_canvas())
    view.stream.audience.update(viewers=1, watching=1, size=(128, 96), pixel_ratio=2.0)
    view.stream.audience.set_target_size((128, 96))
    assert pixels(view).shape == (96, 128, 3)
    published = view.stream.stats.published
    with notebook.running(cell):
        assert rfb.figure(canvas := new_canvas(bgcolor="red")) is view
    assert (canvas.size, canvas.pixel_scale) == ((64, 48), 2)
    assert np.all(pixels(view) == (255, 0, 0))
    assert pixels(view).shape == (96, 128, 3)
    assert view.stream.stats.published == published + 1


@pytest.mark.parametrize("keep_camera", [False, True])
@pytest.mark.parametrize("kind", ["turntable", "panzoom", "arcball"])
def test_the_next_run_keeps_the_cameras_if_asked(notebook: Notebook, kind: str, keep_camera: bool) -> None:
    def new_box() -> Any:
        canvas = new_canvas()
        camera = canvas.central_widget.add_view(kind).camera
        scene.visuals.Box(1, 1, 1, edge_color="red", parent=camera.parent)
        return canvas

    cell = Cell()
    with notebook.running(cell):
        view = rfb.figure(new_box(), keep_camera=keep_camera)
    first = pixels(view)
    for step, x, buttons in (("down", 30, [1]), ("move", 40, [1]), ("move", 50, [1]), ("up", 50, [])):
        act(view.stream, f"pointer_{step}", x=x, y=x - 6, button=1, buttons=buttons)
    picture = pixels(view)
    assert not np.array_equal(first, picture)
    for _ in range(2):  # also what was kept once
        with notebook.running(cell):
            assert rfb.figure(new_box(), keep_camera=keep_camera) is view
        assert np.array_equal(pixels(view), picture if keep_camera else first)
    other = new_canvas()
    other.central_widget.add_view("fly")
    with notebook.running(cell):
        rfb.figure(other, keep_camera=keep_camera)


def test_a_canvas_without_cameras_has_none_to_keep(notebook: Notebook) -> None:
    cell = Cell()
    for _ in range(2):
        with notebook.running(cell):
            view = rfb.figure(app.Canvas(size=(20, 10)), keep_camera=True)
        drag(view.stream, (1, 1), (10, 5))
    assert view.stream.notice == ""


def test_a_thread_that_ends_leaves_no_context_behind(notebook: Notebook) -> None:
    """As that of a session of `marimo run` does."""
    canvases: list[Any] = []

    def session() -> None:
        with notebook.running(Cell()):
            canvases.append(new_canvas(bgcolor="red"))
            rfb.figure(canvases[0]).close()

    thread = threading.Thread(target=session)
    thread.start()
    thread.join()
    assert np.all(canvases[0].render(alpha=False) == (255, 0, 0))


def test_a_canvas_of_another_cell_is_shown_again(notebook: Notebook, canvas: Any) -> None:
    cell = Cell()
    for _ in range(2):
        with notebook.running(cell):
            view = rfb.figure(canvas)
    view.close()
    with notebook.running(Cell("other")):
        again = rfb.figure(canvas)
    canvas.camera.azimuth += 20
    assert np.array_equal(pixels(again), canvas.render(alpha=False))


def test_the_same_canvas_in_two_cells_shows_changes_in_both(notebook: Notebook, canvas: Any) -> None:
    views = []
    for cell in (Cell("one"), Cell("two")):
        with notebook.running(cell):
            views.append(rfb.figure(canvas))
    drag(views[0].stream, (100, 120), (180, 120))
    assert np.array_equal(pixels(views[0]), pixels(views[1]))


def test_a_closed_canvas_keeps_its_last_picture_and_is_shown_no_more(cell: Cell) -> None:
    canvas = new_canvas(bgcolor="red")
    view = rfb.figure(canvas)
    canvas.close()
    act(view.stream, "pointer_down", x=1, y=1, button=1, buttons=[1])
    assert np.all(pixels(view) == (255, 0, 0))
    assert view.stream.notice == ""
    with pytest.raises(OptionError, match="this canvas was closed; create another one"):
        rfb.figure(canvas)


def test_a_canvas_that_is_the_last_expression_shows_itself(cell: Cell, canvas: Any) -> None:
    assert "marimo-anywidget" in mo.as_html(canvas).text
    assert canvas.native.shown


def test_canvases_in_a_list_show_themselves(notebook: Notebook, canvas: Any) -> None:
    late = app.Canvas(size=(20, 10), create_native=False)
    frozen = scene.SceneCanvas(size=(20, 10), create_native=False)
    for each in (late, frozen):
        each.create_native()
    with notebook.running(Cell()):
        mo.as_html([canvas, late, frozen])
    assert [each.native.shown for each in (canvas, late, frozen)] == [True] * 3


def test_a_canvas_that_shows_itself_when_it_is_made_is_drawn_when_it_is_complete(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("marimo.output.append", shown.append)

    class Late(app.Canvas):
        def __init__(self) -> None:
            super().__init__(size=(20, 10), show=True)
            self.color = "red"

        def on_draw(self, _event: object) -> None:
            from vispy import gloo

            gloo.clear(self.color)

        def on_resize(self, _event: object) -> None:
            assert self.color

    async def show() -> None:
        with notebook.running(Cell()):
            notebook.has_page = True
            canvas = Late()
        (view,) = shown
        await aeventually(lambda: view.stream.newest)
        assert np.all(pixels(view) == (255, 0, 0))
        assert view.stream.notice == ""
        assert canvas.native.shown

    asyncio.run(show())


def test_moves_that_arrive_during_a_draw_are_one(notebook: Notebook, canvas: Any) -> None:
    async def move() -> None:
        with notebook.running(Cell()):
            notebook.has_page = True
            view = rfb.figure(canvas)
        view.stream.audience.update(viewers=1, watching=1, size=(320, 240))
        moves: list[float] = []
        canvas.events.mouse_move.connect(lambda event: moves.append(event.pos[0]))
        for x in range(100):
            act(view.stream, "pointer_move", x=x, y=50)
        await aeventually(lambda: moves)
        assert moves == [99]

    asyncio.run(move())


def test_a_timer_runs_while_somebody_looks(notebook: Notebook, canvas: Any) -> None:
    async def watch() -> None:
        with notebook.running(Cell()):
            notebook.has_page = True
            view = rfb.figure(canvas)
            ticks: list[object] = []
            timer = app.Timer(0.001, connect=ticks.append, start=True)
        for _ in range(5):
            await asyncio.sleep(0)
        assert ticks == []
        view.stream.audience.update(viewers=1, watching=1, size=(320, 240))
        await aeventually(lambda: len(ticks) > 2)
        timer.stop()

    asyncio.run(watch())


def test_old_canvases_are_collected(notebook: Notebook) -> None:
    cell = Cell()
    canvases = []
    for _ in range(12):
        with notebook.running(cell):
            view = rfb.figure(canvas := new_canvas())
        act(view.stream, "pointer_down", x=1, y=1, button=1, buttons=[1])
        canvases.append(weakref.ref(canvas))
    del canvas
    gc.collect()
    assert [reference() is None for reference in canvases] == [True] * 11 + [False]
