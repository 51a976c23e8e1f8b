"""The encoder threads, shared by all streams of the process."""

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

# Encoders release the GIL, so one thread per processor helps; more would only take memory.
THREADS = min(4, os.cpu_count() or 1)
# Frames take precedence over idle jobs. To avoid starvation, an idle job runs after this many frames in a row.
IDLE_AFTER = 32
# An encoder that takes this long may never return. If all threads are stuck, new ones replace them, unless `MAX_STUCK`
# sets of threads are stuck already.
STUCK_AFTER_S = 10.0
MAX_STUCK = 4


class EncoderQueue:
    """Job queue of one rendition, or other user, of a stream. Holds at most one waiting job. Any thread."""

    def __init__(self, pool: "EncoderPool", stream: Hashable) -> None:
        self._pool = pool
        self.stream = stream

    def put(self, job: Job, *, idle: bool = False) -> None:
        """Run `job` on an encoder thread when it is this queue's turn; it replaces the waiting job.

        Args:
            job: its exceptions are logged and not propagated.
            idle: run it only while no frame of any stream waits. An idle job does not replace a job that is not idle;
                it is dropped instead.

        Raises:
            RuntimeError: the interpreter is shutting down.
        """
        self._pool.put(self, job, idle=idle)

    def remove(self) -> None:
        """Remove the waiting job, if any; a running job continues."""
        self._pool.remove(self)


class EncoderPool:
    """Threads that serve streams in turn (fair queueing), so that no stream starves the others.

    Args:
        executor: provides the threads.
        threads: maximum number of concurrent jobs.
        replace: makes a new executor when all threads are stuck; without it, jobs wait for the stuck threads.
        clock: returns the time in seconds.
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
        """Return a new queue of `stream`."""
        return EncoderQueue(self, stream)

    def put(self, queue: EncoderQueue, job: Job, *, idle: bool) -> None:
        """Implement `EncoderQueue.put`."""
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
        """Implement `EncoderQueue.remove`."""
        with self._lock:
            self._frames.remove(queue.stream, queue)
            self._idle.remove(queue.stream, queue)

    def _unstuck_workers(self) -> "_Workers":
        """Return the current workers, or new ones when all of their threads are stuck in jobs that do not return."""
        workers, late_s = self._workers, self._clock() - STUCK_AFTER_S
        is_stuck = len(workers.started_s) >= self._threads and max(workers.started_s.values()) < late_s
        if is_stuck and self._replace is not None and self._stuck < MAX_STUCK:
            log.error("encoders have not returned for %g s; new threads replace them", STUCK_AFTER_S)
            self._stuck += 1
            self._workers = _Workers(self._replace())
        return self._workers

    def _work(self, workers: "_Workers") -> None:
        """Run the next job, then submit the one after it."""
        job = self._take(workers)
        if job is not None:
            try:
                job()
            except BaseException:  # `SystemExit` too: all streams share the thread
                log.exception("a job on an encoder thread raised")
        with self._lock:
            workers.started_s.pop(threading.get_ident(), None)
            if workers is not self._workers:  # new workers have replaced these
                workers.running -= 1
                self._stuck -= not workers.running
                return
            if not self._frames and not self._idle:
                workers.running -= 1
                return
        try:
            # One job per call, so that a shutdown of the interpreter waits for running jobs, not for queued ones.
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
    """The threads of one executor.

    Attributes:
        running: number of threads that run a job or are about to.
        started_s: start time of the running jobs, by thread identifier.
    """

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.running = 0
        self.started_s: dict[int, float] = {}


class _Pools:
    """The module's state in one place, so that a forked child can replace it."""

    def __init__(self) -> None:
        self.encoders = EncoderPool(_encoder_threads(), replace=_encoder_threads)
        self.background = EncoderPool(ThreadPoolExecutor(1, thread_name_prefix="rfb-capture"), threads=1)


def _encoder_threads() -> Executor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="rfb-encode")


_pools = _Pools()  # starts no threads


def encoder_queue(stream: Hashable) -> EncoderQueue:
    """Return a new queue of `stream` to the encoder threads."""
    return _pools.encoders.queue(stream)


def submit_in_background(job: Callable[[], T], *, stream: Hashable) -> "Future[T]":
    """Run `job` on the background thread, where it delays no frame; jobs run one by one, streams in turn.

    Raises:
        RuntimeError: the interpreter is shutting down.
    """
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(job())
        except BaseException as exc:  # which `result` raises to the caller
            future.set_exception(exc)

    _pools.background.queue(stream).put(run)
    return future


def reset() -> None:
    """Create new, empty pools: a forked child has none of its parent's threads."""
    global _pools
    _pools = _Pools()


call_in_child(reset)
