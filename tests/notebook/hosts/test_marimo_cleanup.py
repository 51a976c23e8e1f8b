import asyncio

import numpy as np
import pytest
from kernel import Cell
from support import Owner, eventually

from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook.hosts import _marimo, marimo_cleanup
from marimo_rfb.notebook.hosts.marimo_cleanup import call_at_session_end, end_with_cell
from marimo_rfb.notebook.publishing import publish_loop
from marimo_rfb.notebook.serve import serve, serve_server
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream


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
    assert [record.getMessage() for record in caplog.records] == ["could not clean up after a cell"]


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


def test_who_ends_it_before_leaves_nothing_waiting(cell: Cell) -> None:
    ended: list[str] = []

    async def run() -> None:
        end = end_with_cell(lambda: ended.append("end"))
        await asyncio.sleep(0)
        end()
        assert ended == ["end"]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


def test_outside_of_a_notebook_it_can_be_ended_too() -> None:
    ended: list[str] = []
    end_with_cell(lambda: ended.append("end"))()
    assert ended == ["end"]


class TestAtSessionEnd:
    def test_it_ends_with_what_runs_on_the_loop(self) -> None:
        ended: list[str] = []

        async def session() -> None:
            assert call_at_session_end(lambda: ended.append("end")) is not None
            await asyncio.sleep(0)
            assert ended == []

        asyncio.run(session())
        assert ended == ["end"]

    def test_without_a_loop_there_is_no_end(self) -> None:
        ended: list[str] = []
        assert call_at_session_end(lambda: ended.append("end")) is None
        assert ended == []

    def test_who_cancels_it_ends_it_once(self) -> None:
        ended: list[str] = []

        async def session() -> None:
            sentinel = call_at_session_end(lambda: ended.append("end"))
            assert sentinel is not None
            await asyncio.sleep(0)
            sentinel.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sentinel
            assert ended == ["end"]

        asyncio.run(session())
        assert ended == ["end"]

    def test_an_end_that_raises_is_logged_and_the_others_end_too(self, caplog: pytest.LogCaptureFixture) -> None:
        ended: list[str] = []

        async def session() -> None:
            call_at_session_end(lambda: 1 / 0)
            call_at_session_end(lambda: ended.append("end"))
            await asyncio.sleep(0)

        asyncio.run(session())
        assert ended == ["end"]
        assert [record.getMessage() for record in caplog.records] == ["could not clean up after a cell"]

    def test_a_thousand_runs_of_a_cell_leave_nothing_behind(self, cell: Cell) -> None:
        async def session() -> None:
            for _ in range(1000):
                end_with_cell(lambda: None)
                cell.dispose()
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

        asyncio.run(session())
        assert not marimo_cleanup._sentinels


def test_outside_of_a_notebook_there_is_no_cell_to_watch() -> None:
    assert not _marimo.in_live_notebook()
    assert not _marimo.on_cell_disposal(lambda: None)
