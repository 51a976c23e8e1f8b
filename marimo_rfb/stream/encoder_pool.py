"""The threads that encode, shared by all streams of the process."""

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

from marimo_rfb.flow.fair_queue import FairQueue
from marimo_rfb.fork import call_in_child

__all__ = ["EncoderPool", "EncoderQueue", "Job", "encoder_queue", "reset", "submit_in_background"]

log = logging.getLogger(__name__)

T = TypeVar("T")
Job = Callable[[], object]

# Encoders free the GIL, so one thread a processor is what helps; more only take memory.
THREADS = min(4, os.cpu_count() or 1)
# Idle jobs wait for frames, but not for ever: where frames never stop coming, one in so many turns is theirs.
IDLE_AFTER = 32
# An encoder that takes so long may never return. Other threads take over from those that it keeps, so often.
STUCK_AFTER_S = 10.0
MAX_STUCK = 4


class EncoderQueue:
    """What one rendition, or somebody else, has to do for a stream. Of its jobs one waits at most. Any thread."""

    def __init__(self, pool: "EncoderPool", stream: Hashable) -> None:
        self._pool = pool
        self.stream = stream

    def put(self, job: Job, *, idle: bool = False) -> None:
        """Run `job` on an encoder thread when it is this flow's turn, in place of the one that waits.

        Args:
            job: what it raises is logged and goes no further.
            idle: run it only while no frame of any stream waits. It does not take the place of a job that is not idle:
                then it is left out.

        Raises:
            RuntimeError: the interpreter is shutting down.
        """
        self._pool.put(self, job, idle=idle)

    def remove(self) -> None:
        """Take back the job that waits, if one does; one that runs goes on."""
        self._pool.remove(self)


class EncoderPool:
    """Threads that serve streams in turn (fair queueing), so that none keeps the others from being encoded.

    Args:
        executor: whose threads to use.
        threads: how many jobs run at once.
        replace: makes the executor that takes over when all threads are stuck; without it they are waited for.
        clock: tells the time in seconds.
    """

    def __init__(
        self,
        executor: Executor,
        *,
        threads: int = THREADS,
        replace: Callable[[], Executor] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threads = threads
        self._replace = replace
        self._clock = clock
        self._lock = threading.Lock()
        self._workers = _Workers(executor)
        self._stuck = 0
        self._frames: FairQueue[Job] = FairQueue()
        self._idle: FairQueue[Job] = FairQueue()
        self._frames_in_a_row = 0

    def queue(self, stream: Hashable) -> EncoderQueue:
        """Return a new flow of `stream`."""
        return EncoderQueue(self, stream)

    def put(self, queue: EncoderQueue, job: Job, *, idle: bool) -> None:
        """Do what `Flow.put` says."""
        with self._lock:
            if idle and self._frames.has(queue.stream, queue):
                return
            self._idle.remove(queue.stream, queue)
            (self._idle if idle else self._frames).put(job, stream=queue.stream, flow=queue)
            workers = self._unstuck_workers()
            if workers.running >= self._threads:
                return
            workers.running += 1
        try:
            workers.executor.submit(self._work, workers)
        except RuntimeError:
            with self._lock:
                workers.running -= 1
            self.remove(queue)
            raise

    def remove(self, queue: EncoderQueue) -> None:
        """Do what `Flow.remove` says."""
        with self._lock:
            self._frames.remove(queue.stream, queue)
            self._idle.remove(queue.stream, queue)

    def _unstuck_workers(self) -> "_Workers":
        """Return the crew, or a new one when all of its threads are kept by jobs that do not return."""
        workers, late_s = self._workers, self._clock() - STUCK_AFTER_S
        is_stuck = len(workers.started_s) >= self._threads and max(workers.started_s.values()) < late_s
        if is_stuck and self._replace is not None and self._stuck < MAX_STUCK:
            log.error("encoders have not returned for %g s; other threads go on without them", STUCK_AFTER_S)
            self._stuck += 1
            self._workers = _Workers(self._replace())
        return self._workers

    def _work(self, workers: "_Workers") -> None:
        """Run the job whose turn it is, and see to it that the next one is run."""
        job = self._take(workers)
        if job is not None:
            try:
                job()
            except BaseException:  # a `SystemExit` too: the thread is there for all streams
                log.exception("a job of an encoder thread raised")
        with self._lock:
            workers.started_s.pop(threading.get_ident(), None)
            if workers is not self._workers:  # others have taken over
                workers.running -= 1
                self._stuck -= not workers.running
                return
            if not self._frames and not self._idle:
                workers.running -= 1
                return
        try:
            # One job a call, so that an interpreter that shuts down waits for what runs and not for what waits.
            workers.executor.submit(self._work, workers)
        except RuntimeError:
            with self._lock:
                workers.running -= 1

    def _take(self, workers: "_Workers") -> Job | None:
        with self._lock:
            workers.started_s[threading.get_ident()] = self._clock()
            if self._idle and (not self._frames or self._frames_in_a_row >= IDLE_AFTER):
                self._frames_in_a_row = 0
                return self._idle.take()
            self._frames_in_a_row = self._frames_in_a_row + 1 if self._idle else 0
            return self._frames.take()


class _Workers:
    """Threads that work together.

    Attributes:
        running: how many of them work or are about to.
        started_s: when each of those that work began its job, by the thread's number.
    """

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.running = 0
        self.started_s: dict[int, float] = {}


class _Pools:
    """All that this module keeps, in one place."""

    def __init__(self) -> None:
        self.encoders = EncoderPool(_encoder_threads(), replace=_encoder_threads)
        self.background = EncoderPool(ThreadPoolExecutor(1, thread_name_prefix="rfb-capture"), threads=1)


def _encoder_threads() -> Executor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="rfb-encode")


_pools = _Pools()  # which starts none


def encoder_queue(stream: Hashable) -> EncoderQueue:
    """Return a new flow of `stream` to the encoder threads."""
    return _pools.encoders.queue(stream)


def submit_in_background(job: Callable[[], T], *, stream: Hashable) -> "Future[T]":
    """Run `job` on a thread of its own kind, so that no frame has to wait for it; one after the other, streams in turn.

    Raises:
        RuntimeError: the interpreter is shutting down.
    """
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(job())
        except BaseException as exc:  # of whoever waits for it
            future.set_exception(exc)

    _pools.background.queue(stream).put(run)
    return future


def reset() -> None:
    """Have new threads and an empty queue: a forked child has none of its parent's threads."""
    global _pools
    _pools = _Pools()


call_in_child(reset)
