import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter
from kernel import Cell, Notebook
from marimo._output.formatting import try_format
from support import act, aeventually, eventually

from marimo_rfb.errors import OptionError
from marimo_rfb.notebook.events import event_callbacks as callbacks_module
from marimo_rfb.notebook.events.event_callbacks import EventCallbacks
from marimo_rfb.notebook.events.event_dispatcher import EventDispatcher
from marimo_rfb.notebook.hosts import cell_registry
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.stream.stream import Stream


@pytest.fixture
def callbacks(session: Session, stream: Stream) -> Iterator[EventCallbacks]:
    callbacks = EventCallbacks(session, EventDispatcher(session, stream), stream)
    yield callbacks
    callbacks.release()


def click(stream: Stream, x: int = 5) -> None:
    act(stream, "pointer_down", x=x, y=5, button=1, buttons=[1])
    act(stream, "pointer_up", x=x, y=5, button=1, buttons=[])


class TestCalls:
    def test_it_is_called_once_for_each_event_of_its_types(self, callbacks: EventCallbacks, stream: Stream) -> None:
        told: list[Any] = []
        callbacks.add(["click", "key_down"], told.append)
        click(stream, 3)
        click(stream, 4)
        act(stream, "key_down", key="a")
        assert [(event["type"], event.get("x")) for event in told] == [("click", 3), ("click", 4), ("key_down", None)]

    def test_what_was_removed_is_called_no_more(self, callbacks: EventCallbacks, stream: Stream) -> None:
        told: list[Any] = []
        callback = callbacks.add("click", told.append)
        callback.remove()
        callback.remove()
        click(stream)
        assert told == []
        assert callback.closed

    def test_a_cell_that_ends_with_it_shows_nothing(self, callbacks: EventCallbacks) -> None:
        callback = callbacks.add("click", print)
        assert try_format(callback) == try_format(None)
        assert DisplayFormatter().format(callback) == ({}, {})

    def test_it_can_be_called_like_the_function(self, callbacks: EventCallbacks) -> None:
        assert callbacks.add("click", lambda event: event["x"])({"x": 3}) == 3

    @pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
    def test_what_it_raises_is_shown_and_the_next_event_is_told(
        self,
        callbacks: EventCallbacks,
        stream: Stream,
        error: BaseException,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        shown: list[str] = []
        monkeypatch.setattr(stream, "notify", shown.append)
        told: list[Any] = []

        def fail_at_first(event: Any) -> None:
            told.append(event["x"])
            if event["x"] == 1:
                raise error

        callbacks.add("click", fail_at_first)
        with caplog.at_level(logging.ERROR):
            click(stream, 1)
        assert len(caplog.records) == 1
        assert shown[0].startswith(type(error).__name__)
        assert "fail_at_first, line" in shown[0]
        click(stream, 2)
        assert told == [1, 2]
        assert shown[1:] == [""]


class TestRefused:
    async def coroutine(self, event: Any) -> None:
        """Do nothing."""

    def test_a_coroutine_function_is_told_what_to_do(self, callbacks: EventCallbacks) -> None:
        with pytest.raises(OptionError, match="got a coroutine function; start a task in it"):
            callbacks.add("click", self.coroutine)

    def test_what_is_no_function_and_no_type(self, callbacks: EventCallbacks) -> None:
        with pytest.raises(OptionError, match="a function of an event, got int"):
            callbacks.add("click", 5)  # type: ignore[arg-type]
        with pytest.raises(OptionError, match="there is no event 'press'"):
            callbacks.add(["click", "press"], print)
        with pytest.raises(OptionError, match="at least one event type"):
            callbacks.add([], print)


class TestCells:
    def test_when_its_cell_runs_again_the_function_is_exchanged(
        self, notebook: Notebook, callbacks: EventCallbacks, stream: Stream
    ) -> None:
        cell = Cell()
        told: list[tuple[int, str]] = []
        made = []

        def note(run: int, which: str) -> Callable[[Any], None]:
            return lambda event: told.append((run, which))

        for run in range(3):
            with notebook.running(cell):
                made.append(callbacks.add("click", note(run, "one")))
                callbacks.add("click", note(run, "other"))
        click(stream)
        assert told == [(2, "one"), (2, "other")]
        assert made[0] is made[2]

    def test_events_while_the_cell_is_about_to_run_wait_for_its_function(
        self, notebook: Notebook, callbacks: EventCallbacks, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(callbacks_module, "CAPACITY", 2)
        cell = Cell()
        old: list[Any] = []
        new: list[Any] = []
        with notebook.running(cell):
            callbacks.add("click", old.append)
        with notebook.running(cell):
            for x in range(3):
                click(stream, x)
            callback = callbacks.add("click", new.append)
        assert old == []
        assert [event["x"] for event in new] == [1, 2]
        assert callback.dropped == 1

    def test_when_its_cell_is_gone_it_is(
        self, notebook: Notebook, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cell_registry, "GRACE_S", 0.001)
        cell = Cell()

        async def kernel() -> None:
            session = Session.current()
            callbacks = EventCallbacks(session, EventDispatcher(session, stream), stream)
            with notebook.running(cell):
                callback = callbacks.add("click", print)
            cell.dispose()
            await aeventually(lambda: callback.closed)

        asyncio.run(kernel())

    def test_where_no_cell_is_known_it_ends_with_the_run_that_made_it(
        self, notebook: Notebook, callbacks: EventCallbacks
    ) -> None:
        callback = callbacks.add("click", print)
        [token] = notebook.tokens
        assert not callback.closed
        token.over = True
        callbacks._session.registry._release_orphans()
        eventually(lambda: callback.closed)
