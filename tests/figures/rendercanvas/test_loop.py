import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from fake_screen import FakeScreen
from kernel import Cell, Notebook
from support import aeventually

from marimo_rfb.figures.rendercanvas.backend import RfbRenderCanvas, loop
from marimo_rfb.figures.rendercanvas.loop import SessionLoop
from marimo_rfb.notebook.hosts.session import Session


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test in a loop that runs already, as a notebook has it."""
    asyncio.run(scenario())


def test_where_no_notebook_runs_there_is_no_loop_of_a_session() -> None:
    assert SessionLoop.current() is None


def test_each_session_has_a_loop_of_its_own_which_ends_with_it(cell: Cell) -> None:
    ended: list[RfbRenderCanvas] = []

    async def scenario() -> None:
        canvas = RfbRenderCanvas(size=(4, 4))
        ended.append(canvas)
        own = SessionLoop.current()
        assert own is not None
        assert own is SessionLoop.current()
        assert canvas._rc_canvas_group is own.group
        assert own.get_canvases() == [canvas]
        assert canvas in loop.get_canvases()

    async def another() -> None:
        assert SessionLoop.current() is not None
        assert not set(ended).intersection(loop.get_canvases())

    run(scenario)
    assert ended[0].get_closed()  # as the tasks of the kernel's loop were cancelled
    run(another)


def test_a_loop_that_is_selected_is_used(cell: Cell) -> None:
    class Canvas(RfbRenderCanvas):
        _rc_canvas_group = type(RfbRenderCanvas._rc_canvas_group)(None)

    async def scenario() -> None:
        selected = SessionLoop(asyncio.get_running_loop())
        Canvas.select_loop(selected)
        canvas = Canvas(size=(4, 4))
        assert selected.get_canvases() == [canvas]
        canvas.close()

    run(scenario)


def test_run_shows_what_is_not_shown_yet_and_does_not_block(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("marimo_rfb.figures.rendercanvas.backend.append_output", lambda make: shown.append(make()))

    async def scenario() -> None:
        with notebook.running(Cell()):
            canvas = RfbRenderCanvas(size=(40, 30))
            loop.run()
            loop.run()
        (view,) = shown
        assert (view.width, view.height) == (40, 30)
        assert canvas.shown
        canvas.close()

    run(scenario)


def test_run_shows_no_canvas_of_an_earlier_run_of_its_cell(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("marimo_rfb.figures.rendercanvas.backend.append_output", lambda make: shown.append(make()))

    async def scenario() -> None:
        cell, lingering = Cell(), []
        for _ in range(4):
            with notebook.running(cell):
                lingering.append(RfbRenderCanvas(size=(40, 30)))
                loop.run()
        assert len(shown) == 4
        assert all(view is shown[0] for view in shown)
        assert [canvas.shown for canvas in lingering] == [False, False, False, True]
        loop.stop()

    run(scenario)


def test_a_cell_that_runs_the_loop_again_shows_the_canvas_of_another_cell_again(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("marimo_rfb.figures.rendercanvas.backend.append_output", lambda make: shown.append(make()))

    async def scenario() -> None:
        with notebook.running(Cell()):
            canvas = RfbRenderCanvas(size=(40, 30))
        cell = Cell("run")
        for _ in range(3):
            with notebook.running(cell):
                loop.run()
        with notebook.running(Cell("another")):
            loop.run()
        assert len(shown) == 3
        assert all(view is shown[0] for view in shown)
        assert canvas.shown
        loop.stop()

    run(scenario)


def test_the_tasks_of_a_session_run_in_it(cell: Cell) -> None:
    async def scenario() -> None:
        done: list[object] = []

        async def task(number: int) -> None:
            await asyncio.sleep(0)  # asyncio's, which the loop of a notebook runs
            done.append(number)

        loop.add_task(task, 1)
        loop.call_soon(done.append, 2)
        loop.call_later(0.01, done.append, 3)
        loop.call_soon_threadsafe(done.append, 4)
        await aeventually(lambda: len(done) == 4)
        assert set(done) == {1, 2, 3, 4}

    run(scenario)


def test_a_session_takes_calls_and_canvases_of_other_threads(cell: Cell) -> None:
    async def scenario() -> None:
        done: list[object] = []
        Session.current()  # of the kernel's thread
        await asyncio.to_thread(loop.call_soon_threadsafe, done.append, 1)
        canvas = await asyncio.to_thread(RfbRenderCanvas, size=(4, 4))
        screen = FakeScreen()
        canvas.attach(screen)
        context = canvas.get_bitmap_context()
        canvas.request_draw(lambda: context.set_bitmap(np.zeros((4, 4), np.uint8)))
        await aeventually(lambda: screen.idle() or screen.pictures)
        assert done == [1]
        canvas.close()

    run(scenario)


def test_a_notebook_keeps_the_handler_by_which_it_interrupts_cells(cell: Cell) -> None:
    async def scenario() -> None:
        before = signal.getsignal(signal.SIGINT)
        canvas = RfbRenderCanvas(size=(4, 4))
        await asyncio.sleep(0.05)
        assert signal.getsignal(signal.SIGINT) is before
        canvas.close()

    run(scenario)


def test_stop_closes_the_canvases_of_the_session_each_time(cell: Cell) -> None:
    async def scenario() -> None:
        for _ in range(4):
            canvas = RfbRenderCanvas(size=(4, 4))
            assert not canvas.get_closed()
            loop.stop()
            assert canvas.get_closed()
        Session.current().close()

    run(scenario)


def test_stop_ends_the_tasks_of_the_session(cell: Cell) -> None:
    async def scenario() -> None:
        RfbRenderCanvas(size=(4, 4))
        loop.add_task(asyncio.Event().wait, name="waits")
        await asyncio.sleep(0)
        loop.stop()
        await aeventually(lambda: {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"waits"}))
        Session.current().close()

    run(scenario)
