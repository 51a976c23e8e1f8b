import asyncio
from typing import Any

import pytest
from kernel import Cell, Notebook
from support import act, aeventually, drag, eventually

from marimo_rfb.errors import OptionError
from marimo_rfb.notebook.events.event_dispatcher import EventDispatcher
from marimo_rfb.notebook.events.event_getters import EventGetter, EventGetters
from marimo_rfb.notebook.hosts import cell_registry
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.stream.stream import Stream


@pytest.fixture
def dispatcher(session: Session, stream: Stream) -> EventDispatcher:
    return EventDispatcher(session, stream)


@pytest.fixture
def event_getters(session: Session, dispatcher: EventDispatcher) -> EventGetters:
    return EventGetters(session, dispatcher)


def press(stream: Stream, key: str) -> None:
    act(stream, "key_down", key=key)


def key_of(getter: Any) -> str | None:
    event = getter()
    return None if event is None else event["key"]


class TestListening:
    def test_it_has_the_newest_event_of_its_type(
        self, session: Session, dispatcher: EventDispatcher, stream: Stream
    ) -> None:
        getter = EventGetter(session, dispatcher, "key_down", max_hz=1000)
        assert getter.signal.getter() is None
        press(stream, "a")
        act(stream, "key_up", key="b")
        assert key_of(getter.signal.getter) == "a"

    def test_events_for_which_where_is_false_are_left_out(
        self, session: Session, dispatcher: EventDispatcher, stream: Stream
    ) -> None:
        getter = EventGetter(session, dispatcher, "key_down", max_hz=1000)
        getter.filter(lambda event: event["key"] in "xyz")
        press(stream, "a")
        assert getter.signal.getter() is None
        press(stream, "x")
        assert key_of(getter.signal.getter) == "x"
        getter.filter(None)
        press(stream, "a")
        eventually(lambda: key_of(getter.signal.getter) == "a")

    def test_where_goes_on_when_its_namespace_is_cleared(
        self, session: Session, dispatcher: EventDispatcher, stream: Stream
    ) -> None:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        exec("wanted = 'x'\ndef where(event): return event['key'] == wanted", namespace)
        getter = EventGetter(session, dispatcher, "key_down", max_hz=1000)
        getter.filter(namespace["where"])
        namespace.clear()
        press(stream, "a")
        press(stream, "x")
        assert key_of(getter.signal.getter) == "x"

    def test_a_where_that_raises_is_logged_and_lets_nothing_pass(
        self, session: Session, dispatcher: EventDispatcher, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        getter = EventGetter(session, dispatcher, "key_down", max_hz=1000)
        getter.filter(lambda event: event["no such field"])
        press(stream, "a")
        assert getter.signal.getter() is None
        assert len(caplog.records) == 1

    def test_the_end_of_dragging_passes_whatever_where_says(
        self, session: Session, dispatcher: EventDispatcher, stream: Stream
    ) -> None:
        getter = EventGetter(session, dispatcher, "dragging", max_hz=1000)
        getter.filter(lambda event: event["button"] == 1)
        act(stream, "pointer_down", x=1, y=1, button=1, buttons=[1])
        act(stream, "pointer_move", x=30, y=1, buttons=[1])
        event = getter.signal.getter()
        assert event is not None
        assert event["end"] == (30.0, 1.0)
        act(stream, "pointer_up", x=30, y=1, button=1)
        eventually(lambda: getter.signal.getter() is None)

    def test_what_is_released_listens_no_more(
        self, session: Session, dispatcher: EventDispatcher, stream: Stream
    ) -> None:
        getter = EventGetter(session, dispatcher, "key_down", max_hz=1000)
        press(stream, "a")
        getter.release()
        getter.release()
        press(stream, "b")
        assert getter.closed
        assert key_of(getter.signal.getter) == "a"


class TestGetters:
    def test_the_same_arguments_are_the_same_getter(self, event_getters: EventGetters) -> None:
        getter = event_getters.getter("key_down", max_hz=30, where=None)
        assert event_getters.getter("key_down", max_hz=30, where=None) is getter
        assert event_getters.getter("key_down", max_hz=30.0, where=None) is getter

    def test_other_arguments_are_another(self, event_getters: EventGetters) -> None:
        made = [
            event_getters.getter(event_type, max_hz=max_hz, where=None)
            for event_type in ("key_down", "key_up")
            for max_hz in (10, 20)
        ]
        assert len({id(getter) for getter in made}) == 4

    def test_two_views_share_none(self, session: Session, event_getters: EventGetters, stream: Stream) -> None:
        other = EventGetters(session, EventDispatcher(session, stream))
        assert other.getter("drag", max_hz=30, where=None) is not event_getters.getter("drag", max_hz=30, where=None)

    @pytest.mark.parametrize("max_hz", [0, -1, 1001, float("nan"), float("inf"), "30", None])
    def test_a_rate_that_makes_no_sense_is_refused(self, event_getters: EventGetters, max_hz: Any) -> None:
        with pytest.raises(OptionError, match="max_hz is above 0 and at most 1000, got"):
            event_getters.getter("drag", max_hz=max_hz, where=None)

    @pytest.mark.parametrize("where", [5, "x > 3", {"x": 3}])
    def test_a_where_that_is_no_function_is_refused(self, event_getters: EventGetters, where: Any) -> None:
        with pytest.raises(OptionError, match=f"where is a function of an event, got {type(where).__name__}"):
            event_getters.getter("drag", max_hz=30, where=where)

    def test_an_unknown_type_is_refused(self, event_getters: EventGetters) -> None:
        with pytest.raises(OptionError, match="there is no event 'press'; there are"):
            event_getters.getter("press", max_hz=30, where=None)

    def test_when_they_are_released_nothing_is_set(self, event_getters: EventGetters, stream: Stream) -> None:
        made = [event_getters.getter("drag", max_hz=1000, where=where) for where in (None, lambda event: True)]
        event_getters.release()
        event_getters.release()
        drag(stream, (1, 1), (30, 30))
        assert [getter() for getter in made] == [None, None]


class TestWhereInACell:
    def test_a_cell_that_runs_again_gets_what_it_had(
        self, event_getters: EventGetters, notebook: Notebook, stream: Stream
    ) -> None:
        cell, made = Cell(), []
        for wanted in ("a", "b"):
            with notebook.running(cell):
                made.append(
                    event_getters.getter("key_down", max_hz=1000, where=lambda e, wanted=wanted: e["key"] == wanted)
                )
            press(stream, "a")
            press(stream, "b")
        eventually(lambda: key_of(made[0]) == "b")
        assert made[0] is made[1]

    def test_two_in_one_cell_are_told_apart_by_their_place(
        self, event_getters: EventGetters, notebook: Notebook, stream: Stream
    ) -> None:
        cell, runs = Cell(), []
        for _ in range(3):
            with notebook.running(cell):
                # Two functions of the same code.
                runs.append(
                    [
                        event_getters.getter("key_down", max_hz=1000, where=lambda e, key=key: e["key"] == key)
                        for key in "ab"
                    ]
                )
        assert runs[0] == runs[1] == runs[2]
        assert runs[0][0] is not runs[0][1]
        press(stream, "b")
        assert [key_of(getter) for getter in runs[0]] == [None, "b"]

    def test_two_cells_have_one_each(self, event_getters: EventGetters, notebook: Notebook) -> None:
        made = []
        for cell in (Cell(), Cell()):
            with notebook.running(cell):
                made.append(event_getters.getter("drag", max_hz=30, where=bool))
        assert made[0] is not made[1]

    def test_two_views_in_one_cell_have_one_each(
        self, session: Session, event_getters: EventGetters, notebook: Notebook, stream: Stream
    ) -> None:
        other = EventGetters(session, EventDispatcher(session, stream))
        with notebook.running(Cell()):
            one = event_getters.getter("drag", max_hz=30, where=bool)
            assert other.getter("drag", max_hz=30, where=bool) is not one

    def test_without_a_where_the_cell_does_not_matter(self, event_getters: EventGetters, notebook: Notebook) -> None:
        made = []
        for cell in (Cell(), Cell()):
            with notebook.running(cell):
                made.append(event_getters.getter("drag", max_hz=30, where=None))
        assert made[0] is made[1]

    def test_when_its_cell_is_gone_it_listens_no_more(
        self, notebook: Notebook, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cell_registry, "GRACE_S", 0.001)
        cell, called = Cell(), list[Any]()

        async def kernel() -> None:
            session = Session.current()
            event_getters = EventGetters(session, EventDispatcher(session, stream))
            with notebook.running(cell):
                event_getters.getter("key_down", max_hz=1000, where=called.append)
            press(stream, "a")
            await aeventually(lambda: called)
            cell.dispose()
            await aeventually(lambda: len(session.registry) == 0)
            press(stream, "b")
            await asyncio.sleep(0)

        asyncio.run(kernel())
        assert len(called) == 1

    def test_outside_of_a_cell_the_same_code_is_the_same_getter(
        self, event_getters: EventGetters, stream: Stream
    ) -> None:
        made = [event_getters.getter("key_down", max_hz=1000, where=lambda e, key=key: e["key"] == key) for key in "ab"]
        assert made[0] is made[1]
        press(stream, "a")
        press(stream, "b")
        assert key_of(made[0]) == "b"
        assert event_getters.getter("key_down", max_hz=1000, where=bool) is not made[0]
