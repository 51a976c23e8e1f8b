import asyncio
from collections.abc import Callable

import numpy as np
import pytest
from support import Owner, eventually

from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook import _marimo
from marimo_rfb.notebook.lifetime import end_with_cell
from marimo_rfb.notebook.loop import publish_loop
from marimo_rfb.notebook.serve import serve, serve_server
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream


class Cell:
    """The border to marimo: a cell that runs, and can be disposed of."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[], None]] = []

    def on_disposal(self, callback: Callable[[], None]) -> bool:
        self.callbacks.append(callback)
        return True

    def dispose(self) -> None:
        for callback in self.callbacks:
            callback()
        self.callbacks.clear()


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    cell = Cell()
    monkeypatch.setattr(_marimo, "in_live_notebook", lambda: True)
    monkeypatch.setattr(_marimo, "on_cell_disposal", cell.on_disposal)
    return cell


def test_outside_of_a_notebook_nothing_ends() -> None:
    ended: list[str] = []

    async def run() -> None:
        end_with_cell(lambda: ended.append("end"))
        await asyncio.sleep(0)

    asyncio.run(run())
    assert ended == []


def test_it_ends_when_the_cell_runs_again(cell: Cell) -> None:
    ended: list[str] = []

    async def run() -> None:
        end_with_cell(lambda: ended.append("end"))
        await asyncio.sleep(0)
        assert ended == []
        cell.dispose()
        assert ended == ["end"]

    asyncio.run(run())


def test_it_ends_when_what_runs_on_the_kernel_s_loop_is_cancelled(cell: Cell) -> None:
    ended: list[str] = []

    async def session() -> None:
        end_with_cell(lambda: ended.append("end"))
        await asyncio.sleep(0)

    asyncio.run(session())
    assert ended == ["end"]


def test_without_a_loop_it_still_ends_with_the_cell(cell: Cell) -> None:
    ended: list[str] = []
    end_with_cell(lambda: ended.append("end"))
    cell.dispose()
    assert ended == ["end"]


def test_an_end_that_raises_is_logged_and_the_others_end_too(cell: Cell, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    def fail() -> None:
        raise OSError("no")

    end_with_cell(fail)
    end_with_cell(lambda: ended.append("end"))
    cell.dispose()
    assert ended == ["end"]
    assert [record.getMessage() for record in caplog.records] == ["could not end what a cell started"]


def test_a_publishing_loop_ends_with_its_cell(cell: Cell) -> None:
    stream = Stream("scene", 4, 4, options=StreamOptions(), owner=Owner(), token="")

    async def run() -> None:
        task = publish_loop(stream, lambda: np.zeros((4, 4, 3), np.uint8))
        await asyncio.sleep(0)
        cell.dispose()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_a_server_ends_with_its_cell_and_its_port_is_free_for_the_next_run(cell: Cell) -> None:
    ports: list[int] = []

    async def run() -> None:
        stream = await serve(64, 48, port=0)
        ports.append(stream.port)
        for _ in range(3):
            cell.dispose()
            assert stream.closed
            stream = await serve(64, 48, port=ports[0])
        hub = await serve_server()
        cell.dispose()
        assert hub.closed
        assert stream.closed

    asyncio.run(run())
    eventually(lambda: Hub.on_port(ports[0]) is None)


def test_outside_of_a_notebook_there_is_no_cell_to_watch() -> None:
    assert not _marimo.in_live_notebook()
    assert not _marimo.on_cell_disposal(lambda: None)
