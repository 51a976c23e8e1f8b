from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest
from support import Desk

from marimo_rfb.notebook.rendering import ordered_render_queue
from marimo_rfb.notebook.rendering.ordered_render_queue import MAX_IN_FLIGHT, OrderedRenderQueue
from marimo_rfb.notebook.rendering.render_function import RenderFunction, Tick


def tick(t: float) -> Tick:
    return Tick(index=0, t=t, dt=0.0, size=None)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def told() -> list[int]:
    return []


@pytest.fixture
def queue(told: list[int], monkeypatch: pytest.MonkeyPatch) -> OrderedRenderQueue:
    monkeypatch.setattr(ordered_render_queue, "MAX_IN_FLIGHT", 3)
    return OrderedRenderQueue(lambda: told.append(1))


def test_there_is_work_for_every_processor() -> None:
    assert MAX_IN_FLIGHT >= 2


def test_what_is_done_first_waits_for_what_was_asked_for_first(queue: OrderedRenderQueue, desk: Desk) -> None:
    render = RenderFunction(lambda t: t)
    for t in (1.0, 2.0, 3.0):
        queue.submit(desk, render, tick(t))
    desk.futures[2].set_result("third")
    desk.futures[1].set_result("second")
    assert not queue.ready
    desk.futures[0].set_result("first")
    taken = []
    while queue.ready:
        taken.append(queue.take().future.result())
    assert taken == ["first", "second", "third"]
    assert desk.calls == [(1.0,), (2.0,), (3.0,)]


def test_it_is_bounded(queue: OrderedRenderQueue, desk: Desk) -> None:
    for t in range(3):
        assert not queue.full
        queue.submit(desk, RenderFunction(lambda t: t), tick(t))
    assert queue.full
    desk.futures[0].set_result(0)
    assert queue.full
    queue.take()
    assert not queue.full


def test_who_takes_is_told_when_one_is_done(queue: OrderedRenderQueue, desk: Desk, told: list[int]) -> None:
    for t in range(2):
        queue.submit(desk, RenderFunction(lambda t: t), tick(t))
    assert told == []
    desk.futures[1].set_result(1)
    desk.futures[0].set_exception(ValueError("no"))
    assert told == [1, 1]
    with pytest.raises(ValueError, match="no"):
        queue.take().future.result()


def test_a_job_knows_its_function(queue: OrderedRenderQueue, desk: Desk) -> None:
    one, other = RenderFunction(lambda t: t), RenderFunction(lambda t, tick: tick)
    queue.submit(desk, one, tick(1.0))
    queue.submit(desk, other, tick(2.0))
    assert [queue.take().render, queue.take().render] == [one, other]
    assert desk.calls[1] == (2.0, tick(2.0))


def test_what_could_not_be_given_away_is_not_waited_for(queue: OrderedRenderQueue) -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        queue.submit(pool, RenderFunction(lambda t: t), tick(0.0))
    assert not queue.ready
    assert not queue.full


def test_what_is_let_go_of_is_not_done_any_more(queue: OrderedRenderQueue, desk: Desk) -> None:
    for t in range(3):
        queue.submit(desk, RenderFunction(lambda t: t), tick(t))
    queue.cancel()
    assert not queue.ready
    assert all(future.cancelled() for future in desk.futures)


def test_what_somebody_else_cancelled_is_done(queue: OrderedRenderQueue, desk: Desk, told: list[int]) -> None:
    queue.submit(desk, RenderFunction(lambda t: t), tick(0.0))
    desk.futures[0].cancel()
    assert queue.ready
    assert told == [1]
    with pytest.raises(CancelledError):
        queue.take().future.result()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def test_a_real_executor_renders(queue: OrderedRenderQueue, pool: ThreadPoolExecutor) -> None:
    for t in range(3):
        queue.submit(pool, RenderFunction(lambda t: 10 * t), tick(t))
    assert [queue.take().future.result(20) for _ in range(3)] == [0, 10, 20]
