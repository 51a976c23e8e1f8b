import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from kernel import Cell, Notebook
from support import aeventually

from marimo_rfb.errors import RfbError
from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts.session import Session

T = TypeVar("T")


class Thing:
    """Something a cell made."""

    def __init__(self) -> None:
        self.closed = False

    def _release_(self) -> None:
        self.closed = True


def in_a_thread(function: Callable[[], T]) -> T:
    results: list[T | Exception] = []

    def run() -> None:
        try:
            results.append(function())
        except Exception as exc:
            results.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    (result,) = results
    if isinstance(result, Exception):
        raise result
    return result


async def current() -> Session:
    return Session.current()


class TestCurrent:
    def test_outside_of_a_notebook_there_is_one_for_the_process(self) -> None:
        session = Session.current()
        assert Session.current() is session
        assert in_a_thread(Session.current) is session
        assert session.loop is None
        assert not session.closed

    def test_a_cell_finds_the_session_of_its_kernel(self, notebook: Notebook) -> None:
        async def kernel() -> None:
            session = Session.current()
            assert session.loop is asyncio.get_running_loop()
            assert Session.current() is session
            assert await asyncio.create_task(current()) is session

        asyncio.run(kernel())

    def test_two_kernels_have_a_session_each(self, notebook: Notebook) -> None:
        with asyncio.Runner() as one, asyncio.Runner() as other:
            sessions = [runner.run(current()) for runner in (one, other, one, other)]
            assert sessions[0] is sessions[2]
            assert sessions[1] is sessions[3]
            assert sessions[0] is not sessions[1]

    def test_a_task_outside_of_a_cell_finds_it_too(self, notebook: Notebook) -> None:
        async def kernel() -> None:
            session = Session.current()
            notebook.live = False
            assert Session.current() is session

        asyncio.run(kernel())

    def test_a_thread_finds_the_only_session_there_is(self, notebook: Notebook) -> None:
        with asyncio.Runner() as kernel:
            session = kernel.run(current())
            assert in_a_thread(Session.current) is session

    def test_a_thread_among_several_sessions_is_told_what_to_do(self, notebook: Notebook) -> None:
        with asyncio.Runner() as one, asyncio.Runner() as other:
            one.run(current())
            session = other.run(current())
            with pytest.raises(RfbError, match=r"several sessions run in this process.*pass the result"):
                in_a_thread(Session.current)
            one.close()
            assert in_a_thread(Session.current) is session

    def test_many_threads_of_a_kernel_find_one_session(self) -> None:
        sessions: list[Session] = []
        threads = [threading.Thread(target=lambda: sessions.append(Session.current())) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(session) for session in sessions}) == 1


class TestPage:
    def test_a_session_has_a_page_once_one_asked(self, notebook: Notebook, session: Session) -> None:
        assert not session.has_page
        notebook.has_page = True
        assert session.has_page
        notebook.has_page = False  # what runs because of a state was asked for by nobody
        assert session.has_page

    def test_an_export_has_none(self, notebook: Notebook, session: Session) -> None:
        assert not session.has_page
        assert not session.has_page


class TestEnd:
    def test_it_ends_when_what_runs_on_its_loop_is_cancelled(self, notebook: Notebook) -> None:
        thing = Thing()

        async def kernel() -> Session:
            session = Session.current()
            session.registry.claim(Cell(), "view", lambda: thing)
            return session

        session = asyncio.run(kernel())
        assert session.closed
        assert thing.closed

    def test_the_end_of_one_leaves_the_others(self, notebook: Notebook) -> None:
        things = [Thing(), Thing()]

        async def kernel(thing: Thing) -> Session:
            session = Session.current()
            session.registry.claim(Cell(), "view", lambda: thing)
            return session

        with asyncio.Runner() as one, asyncio.Runner() as other:
            sessions = [one.run(kernel(things[0])), other.run(kernel(things[1]))]
            one.close()
            assert [session.closed for session in sessions] == [True, False]
            assert [thing.closed for thing in things] == [True, False]
            assert other.run(current()) is sessions[1]

    def test_after_the_end_the_same_loop_begins_another(self, notebook: Notebook) -> None:
        with asyncio.Runner() as kernel:
            first = kernel.run(current())
            first.close()
            second = kernel.run(current())
            assert second is not first
            assert not second.closed

    def test_closing_twice_is_fine_and_takes_no_timer_from_others(self) -> None:
        one, other = Session(None), Session(None)
        one.close()
        one.close()
        done = threading.Event()
        other.call_later(0.0, done.set)
        assert done.wait(20)
        other.close()


class TestCall:
    def test_what_another_thread_asks_for_is_done_on_the_kernel_s(self, notebook: Notebook) -> None:
        async def kernel() -> None:
            session, done = Session.current(), list[int]()
            await asyncio.to_thread(session.call_soon, lambda: done.append(threading.get_ident()))
            await aeventually(lambda: done)
            await asyncio.to_thread(session.call_later, 0.0, lambda: done.append(threading.get_ident()))
            await aeventually(lambda: len(done) == 2)
            assert done == [threading.get_ident()] * 2

        asyncio.run(kernel())

    def test_what_a_cell_asks_for_is_done_when_it_has_ended(self, notebook: Notebook) -> None:
        async def kernel() -> None:
            session, done = Session.current(), list[str]()
            session.call_soon(lambda: done.append("called"))
            done.append("the cell went on")
            await aeventually(lambda: len(done) == 2)
            assert done == ["the cell went on", "called"]

        asyncio.run(kernel())

    def test_without_a_loop_it_is_done_at_once(self, session: Session) -> None:
        done: list[int] = []
        session.call_soon(lambda: done.append(threading.get_ident()))
        assert done == [threading.get_ident()]

    def test_without_a_loop_there_are_timers_too(self, session: Session) -> None:
        done = threading.Event()
        session.call_later(0.0, done.set)
        assert done.wait(20)

    def test_a_kernel_that_has_ended_without_a_word_ends_the_session(self) -> None:
        loop = asyncio.new_event_loop()
        session, thing = Session(loop), Thing()
        session.registry.claim(Cell(), "view", lambda: thing)
        loop.close()
        done: list[Any] = []
        session.call_soon(lambda: done.append(1))
        session.call_later(0.0, lambda: done.append(2))
        assert session.closed
        assert thing.closed
        assert done == []

    def test_what_a_cell_made_goes_a_second_after_the_cell(
        self, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("marimo_rfb.notebook.hosts.cell_registry.GRACE_S", 0.01)
        cell, thing = Cell(), Thing()

        async def kernel() -> None:
            Session.current().registry.claim(cell, "view", lambda: thing)
            cell.dispose()
            await aeventually(lambda: thing.closed)
            assert len(Session.current().registry) == 0

        asyncio.run(kernel())


def test_a_script_of_a_notebook_has_the_session_of_the_process() -> None:
    assert not _marimo.in_live_notebook()

    async def kernel() -> Session:
        return Session.current()

    session = asyncio.run(kernel())
    assert not session.closed
    assert asyncio.run(kernel()) is session
