import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest
from support import eventually

from marimo_rfb.stream import encoder_pool
from marimo_rfb.stream.encoder_pool import IDLE_AFTER, MAX_STUCK, STUCK_AFTER_S, EncoderPool


class Later(Executor):
    """The border to threads: runs what was submitted, one call at a time."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], object]] = []
        self.has_shut_down = False

    def submit(self, job: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.has_shut_down:
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        self.calls.append(lambda: job(*args, **kwargs))
        return Future()

    def step(self) -> None:
        self.calls.pop(0)()

    def work(self) -> None:
        while self.calls:
            self.step()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def pool(later: Later) -> EncoderPool:
    return EncoderPool(later, threads=1)


def test_a_job_runs_on_a_thread_of_its_own() -> None:
    names: list[str] = []
    encoder_pool.encoder_queue("a").put(lambda: names.append(threading.current_thread().name))
    eventually(lambda: names)
    assert names[0].startswith("rfb-encode")


def test_streams_are_served_in_turn(pool: EncoderPool, later: Later) -> None:
    order: list[str] = []
    for name in ("a1", "a2", "a3", "b1", "b2"):
        pool.queue(name[0]).put(lambda name=name: order.append(name))
    later.work()
    assert order == ["a1", "b1", "a2", "b2", "a3"]


def test_of_a_flow_one_job_waits_and_it_is_the_newest(pool: EncoderPool, later: Later) -> None:
    order: list[int] = []
    queue = pool.queue("a")
    for number in range(5):
        queue.put(lambda number=number: order.append(number))
    later.work()
    assert order == [4]


def test_a_job_that_was_taken_back_does_not_run(pool: EncoderPool, later: Later) -> None:
    order: list[str] = []
    queue, idle, other = pool.queue("a"), pool.queue("a"), pool.queue("a")
    queue.put(lambda: order.append("frame"))
    idle.put(lambda: order.append("idle"), idle=True)
    other.put(lambda: order.append("other"))
    for taken_back in (queue, idle, queue):
        taken_back.remove()
    later.work()
    assert order == ["other"]


def test_however_many_jobs_come_and_go_the_threads_are_asked_once_each(later: Later) -> None:
    pool = EncoderPool(later, threads=2)
    for _ in range(1000):
        queue = pool.queue("a")
        queue.put(lambda: None)
        queue.remove()
    assert len(later.calls) == 2
    later.work()
    ran: list[int] = []
    pool.queue("a").put(lambda: ran.append(1))
    later.work()
    assert ran == [1]


class TestIdleJobs:
    def test_they_run_when_no_frame_of_any_stream_waits(self, pool: EncoderPool, later: Later) -> None:
        order: list[str] = []
        pool.queue("a").put(lambda: order.append("idle a"), idle=True)
        pool.queue("b").put(lambda: order.append("idle b"), idle=True)
        pool.queue("a").put(lambda: order.append("frame a"))
        pool.queue("b").put(lambda: order.append("frame b"))
        later.work()
        assert order == ["frame a", "frame b", "idle a", "idle b"]

    def test_a_frame_takes_the_place_of_an_idle_job_of_its_flow(self, pool: EncoderPool, later: Later) -> None:
        order: list[str] = []
        queue = pool.queue("a")
        queue.put(lambda: order.append("idle"), idle=True)
        queue.put(lambda: order.append("frame"))
        queue.put(lambda: order.append("idle again"), idle=True)
        later.work()
        assert order == ["frame"]

    def test_where_frames_never_stop_coming_they_have_their_turn_at_last(self, pool: EncoderPool, later: Later) -> None:
        order: list[str] = []
        frames, idle = pool.queue("a"), pool.queue("b")

        def frame() -> None:
            order.append("frame")
            if len(order) < 3 * IDLE_AFTER:
                frames.put(frame)

        frames.put(frame)
        idle.put(lambda: order.append("idle"), idle=True)
        later.work()
        assert order.index("idle") == IDLE_AFTER


@pytest.mark.parametrize("problem", [ValueError("no"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
def test_what_a_job_raises_is_logged_and_the_next_one_runs(
    pool: EncoderPool, later: Later, caplog: pytest.LogCaptureFixture, problem: BaseException
) -> None:
    def fail() -> None:
        raise problem

    ran: list[int] = []
    pool.queue("a").put(fail)
    pool.queue("b").put(lambda: ran.append(1))
    later.work()
    assert ran == [1]
    assert [(r.levelno, r.exc_info and r.exc_info[1]) for r in caplog.records] == [(logging.ERROR, problem)]


class TestStuck:
    """Jobs that do not return: an encoder may do that too."""

    def test_others_take_over_from_threads_that_are_stuck_but_not_for_ever(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        now_s, release, began, made = 0.0, threading.Event(), threading.Semaphore(0), list[Executor]()

        def executor() -> Executor:
            made.append(ThreadPoolExecutor(2))
            return made[-1]

        pool = EncoderPool(executor(), threads=2, replace=executor, clock=lambda: now_s)
        other = pool.queue("other")

        def hang() -> None:
            began.release()
            assert release.wait(60)

        def get_stuck() -> None:
            nonlocal now_s
            for number in range(2):
                pool.queue(number).put(hang)
                assert began.acquire(timeout=20)
            now_s += STUCK_AFTER_S + 1

        for round_ in range(MAX_STUCK):
            get_stuck()
            ran = threading.Event()
            other.put(ran.set)
            assert ran.wait(20)
            assert len(made) == len(caplog.records) + 1 == round_ + 2
        get_stuck()
        ran = threading.Event()
        other.put(ran.set)
        assert len(made) == MAX_STUCK + 1  # a program must not fill up with threads
        release.set()
        assert ran.wait(20)  # those that come back after all go on

    def test_a_job_may_take_its_time(self) -> None:
        now_s, began, release = 0.0, threading.Barrier(3), threading.Event()
        pool = EncoderPool(ThreadPoolExecutor(2), threads=2, replace=pytest.fail, clock=lambda: now_s)
        for number in range(2):
            pool.queue(number).put(lambda: began.wait(20) >= 0 and release.wait(60))
        began.wait(20)
        now_s += STUCK_AFTER_S
        ran = threading.Event()
        pool.queue("other").put(ran.set)
        release.set()
        assert ran.wait(20)

    def test_one_that_is_not_leaves_all_as_it_is(self) -> None:
        now_s, release, ran = 0.0, threading.Event(), list[int]()
        pool = EncoderPool(ThreadPoolExecutor(2), threads=2, replace=pytest.fail, clock=lambda: now_s)
        pool.queue("a").put(lambda: release.wait(60))
        for number in range(5):
            now_s += 2 * STUCK_AFTER_S
            pool.queue("b").put(lambda number=number: ran.append(number))
            eventually(lambda number=number: ran[-1:] == [number])
        release.set()


class TestShutdown:
    def test_a_job_that_no_thread_can_be_had_for_is_forgotten(self, pool: EncoderPool, later: Later) -> None:
        later.has_shut_down = True
        ran: list[int] = []
        with pytest.raises(RuntimeError, match="interpreter shutdown"):
            pool.queue("a").put(lambda: ran.append(1))
        later.has_shut_down = False
        pool.queue("a").put(lambda: ran.append(2))
        later.work()
        assert ran == [2]

    def test_what_waits_is_not_waited_for(self, pool: EncoderPool, later: Later) -> None:
        ran: list[int] = []
        for number in range(3):
            pool.queue("a").put(lambda number=number: ran.append(number))
        later.has_shut_down = True
        later.work()
        assert ran == [0]


def test_after_a_reset_there_are_new_threads_and_nothing_waits() -> None:
    began, release, ran = threading.Barrier(encoder_pool.THREADS + 1), threading.Event(), list[str]()

    def hold() -> None:
        began.wait(20)
        release.wait(20)

    for number in range(encoder_pool.THREADS):
        encoder_pool.encoder_queue(number).put(hold)
    began.wait(20)
    encoder_pool.encoder_queue("a").put(lambda: ran.append("old"))
    encoder_pool.reset()
    encoder_pool.encoder_queue("a").put(lambda: ran.append("new"))
    encoder_pool.submit_in_background(lambda: ran.append("aside"), stream="a").result(20)
    eventually(lambda: len(ran) == 2)
    assert set(ran) == {"new", "aside"}
    release.set()
    eventually(lambda: "old" in ran)


def test_what_runs_aside_has_one_thread_and_gives_its_result() -> None:
    release, names = threading.Event(), list[str]()

    def work(number: int) -> int:
        names.append(threading.current_thread().name)
        assert release.wait(20)
        return number

    futures = [encoder_pool.submit_in_background(lambda number=number: work(number), stream="a") for number in range(3)]
    done: list[int] = []
    encoder_pool.encoder_queue("a").put(lambda: done.append(1))  # no frame waits for it
    try:
        eventually(lambda: done and names)  # which of them begins first is chance
        assert names == ["rfb-capture_0"]
    finally:
        release.set()
    assert [future.result(20) for future in futures] == [0, 1, 2]
    assert set(names) == {"rfb-capture_0"}


def test_what_runs_aside_serves_streams_in_turn_and_leaves_out_what_nobody_waits_for() -> None:
    release, order = threading.Event(), list[str]()
    first = encoder_pool.submit_in_background(lambda: release.wait(20), stream="a")
    eventually(first.running)
    futures = [
        encoder_pool.submit_in_background(lambda name=name: order.append(name), stream=name[0])
        for name in ("a1", "a2", "a3", "b1")
    ]
    assert futures[0].cancel()
    release.set()
    for future in futures[1:]:
        future.result(20)
    assert order == ["b1", "a2", "a3"]


def test_what_runs_aside_gives_whatever_it_raises() -> None:
    def fail() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        encoder_pool.submit_in_background(fail, stream="a").result(20)
    assert encoder_pool.submit_in_background(lambda: 5, stream="a").result(20) == 5


def test_the_number_of_threads_is_bounded() -> None:
    names: list[str] = []
    for number in range(100):
        encoder_pool.encoder_queue(number).put(lambda: names.append(threading.current_thread().name))
    eventually(lambda: len(names) == 100)
    assert len(set(names)) <= 4
