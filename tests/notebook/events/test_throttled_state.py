import asyncio
import itertools
import threading
import time
from types import SimpleNamespace
from typing import Any

import marimo as mo
import pytest
from support import aeventually, eventually, simulated

from marimo_rfb.notebook.events import throttled_state
from marimo_rfb.notebook.events.throttled_state import ThrottledState
from marimo_rfb.notebook.hosts.session import Session


class States:
    """What `mo.state` is asked to remember: values, when, and on which thread."""

    def __init__(self) -> None:
        self.set: list[Any] = []
        self.threads: list[int] = []
        self.at_s: list[float] = []
        self.clock = time.monotonic

    def state(self, initial: Any) -> Any:
        getter, set_value = mo.state(initial)

        def note(value: Any) -> None:
            self.set.append(value)
            self.threads.append(threading.get_ident())
            self.at_s.append(self.clock())
            set_value(value)

        return getter, note


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> States:
    states = States()
    monkeypatch.setattr(throttled_state, "mo", SimpleNamespace(state=states.state))
    return states


def set_clock(monkeypatch: pytest.MonkeyPatch, states: States) -> None:
    """Have time told by the running loop, on which waiting takes none."""
    states.clock = asyncio.get_running_loop().time
    monkeypatch.setattr(throttled_state, "time", SimpleNamespace(monotonic=states.clock))


class TestWithALoop:
    def test_the_getter_returns_what_was_put_once_the_loop_turned(self) -> None:
        async def kernel() -> None:
            moved = ThrottledState(Session(asyncio.get_running_loop()), "nothing", max_hz=1000)
            assert moved.getter() == "nothing"
            moved.set("something")
            assert moved.getter() == "nothing"
            await aeventually(lambda: moved.getter() == "something")

        asyncio.run(kernel())

    def test_a_value_of_another_thread_is_set_on_the_kernel_s(self, states: States) -> None:
        async def kernel() -> None:
            moved = ThrottledState(Session(asyncio.get_running_loop()), 0, max_hz=1000)
            for value in (1, 2):
                await asyncio.to_thread(moved.set, value)
                await aeventually(lambda value=value: moved.getter() == value)

        asyncio.run(kernel())
        assert states.set == [1, 2]
        assert set(states.threads) == {threading.get_ident()}

    def test_a_busy_kernel_gets_one_value_however_many_came(self, states: States) -> None:
        async def kernel() -> None:
            moved = ThrottledState(Session(asyncio.get_running_loop()), 0, max_hz=1000)

            def move() -> None:
                for value in range(1000):
                    moved.set(value)

            pointer = threading.Thread(target=move)
            pointer.start()
            pointer.join()  # as a cell that computes does, and the loop stands still
            assert states.set == []
            await aeventually(lambda: states.set)

        asyncio.run(kernel())
        assert states.set == [999]

    def test_of_a_thousand_values_a_second_twenty_are_set_and_the_newest_last(
        self, states: States, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def kernel() -> None:
            set_clock(monkeypatch, states)
            moved = ThrottledState(Session(asyncio.get_running_loop()), -1, max_hz=20)
            for value in range(10_000):
                moved.set(value)
                await asyncio.sleep(0.001)
            await asyncio.sleep(1.0)

        simulated(kernel())
        assert len(states.set) == pytest.approx(200, abs=5)
        assert states.set == sorted(set(states.set))
        assert states.set[-1] == 9_999
        assert min(b - a for a, b in itertools.pairwise(states.at_s)) >= 1 / 20 - 1e-9

    def test_the_last_of_a_burst_comes_when_the_spacing_is_over(
        self, states: States, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def kernel() -> None:
            set_clock(monkeypatch, states)
            moved = ThrottledState(Session(asyncio.get_running_loop()), "", max_hz=2)
            moved.set("first")
            await asyncio.sleep(0.1)
            moved.set("second")
            moved.set("third")
            await asyncio.sleep(0.3)
            assert states.set == ["first"]
            await asyncio.sleep(0.2)
            assert states.set == ["first", "third"]
            await asyncio.sleep(10.0)
            moved.set("fourth")
            await asyncio.sleep(0)
            assert states.set == ["first", "third", "fourth"]

        simulated(kernel())

    def test_after_close_nothing_more_is_set(self, states: States, monkeypatch: pytest.MonkeyPatch) -> None:
        async def kernel() -> None:
            set_clock(monkeypatch, states)
            moved = ThrottledState(Session(asyncio.get_running_loop()), 0, max_hz=2)
            moved.set(1)
            await asyncio.sleep(0)
            moved.set(2)
            assert not moved.closed
            moved.close()
            moved.close()
            moved.set(3)
            await asyncio.sleep(2.0)
            assert moved.closed
            assert moved.getter() == 1

        simulated(kernel())
        assert states.set == [1]

    def test_a_value_for_a_kernel_that_has_ended_is_dropped(self) -> None:
        loop = asyncio.new_event_loop()
        moved = ThrottledState(Session(loop), 0, max_hz=1000)
        loop.close()
        moved.set(1)
        assert moved.getter() == 0


class TestWithoutALoop:
    def test_a_value_is_set_at_once(self, session: Session) -> None:
        moved = ThrottledState(session, 0, max_hz=0.001)
        moved.set(1)
        assert moved.getter() == 1

    def test_later_ones_are_set_in_time(self, session: Session, states: States) -> None:
        moved = ThrottledState(session, 0, max_hz=1000)
        for value in range(1, 1001):
            moved.set(value)
        eventually(lambda: moved.getter() == 1000)
        assert states.set == sorted(set(states.set))


def test_a_function_is_a_value_like_any_other(session: Session) -> None:
    # `mo.state` would call it.
    moved = ThrottledState(session, None, max_hz=1000)
    moved.set(len)
    assert moved.getter() is len
