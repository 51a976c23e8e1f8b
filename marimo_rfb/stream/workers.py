"""The threads that encode, shared by all streams of the process."""

import logging
import os
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

from marimo_rfb.flow.fair_queue import FairQueue
from marimo_rfb.fork import call_in_child

__all__ = ["EncoderPool", "Flow", "Job", "flow", "reset", "submit_aside"]

log = logging.getLogger(__name__)

T = TypeVar("T")
Job = Callable[[], object]

# Encoders free the GIL, so one thread a processor is what helps; more only take memory.
THREADS = min(4, os.cpu_count() or 1)
# Idle jobs wait for frames, but not for ever: where frames never stop coming, one in so many turns is theirs.
IDLE_AFTER = 32


class Flow:
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
    """

    def __init__(self, executor: Executor, *, threads: int = THREADS) -> None:
        self._executor = executor
        self._threads = threads
        self._lock = threading.Lock()
        self._frames: FairQueue[Job] = FairQueue()
        self._idle: FairQueue[Job] = FairQueue()
        self._running = 0
        self._frames_in_a_row = 0

    def flow(self, stream: Hashable) -> Flow:
        """Return a new flow of `stream`."""
        return Flow(self, stream)

    def put(self, flow: Flow, job: Job, *, idle: bool) -> None:
        """Do what `Flow.put` says."""
        with self._lock:
            if idle and self._frames.has(flow.stream, flow):
                return
            self._idle.remove(flow.stream, flow)
            (self._idle if idle else self._frames).put(job, stream=flow.stream, flow=flow)
            if self._running >= self._threads:
                return
            self._running += 1
        try:
            self._executor.submit(self._work)
        except RuntimeError:
            with self._lock:
                self._running -= 1
            self.remove(flow)
            raise

    def remove(self, flow: Flow) -> None:
        """Do what `Flow.remove` says."""
        with self._lock:
            self._frames.remove(flow.stream, flow)
            self._idle.remove(flow.stream, flow)

    def _work(self) -> None:
        """Run the job whose turn it is, and see to it that the next one is run."""
        job = self._take()
        if job is not None:
            try:
                job()
            except BaseException:  # a `SystemExit` too: the thread is there for all streams
                log.exception("a job of an encoder thread raised")
        with self._lock:
            if not self._frames and not self._idle:
                self._running -= 1
                return
        try:
            # One job a call, so that an interpreter that shuts down waits for what runs and not for what waits.
            self._executor.submit(self._work)
        except RuntimeError:
            with self._lock:
                self._running -= 1

    def _take(self) -> Job | None:
        with self._lock:
            if self._idle and (not self._frames or self._frames_in_a_row >= IDLE_AFTER):
                self._frames_in_a_row = 0
                return self._idle.take()
            self._frames_in_a_row = self._frames_in_a_row + 1 if self._idle else 0
            return self._frames.take()


class _Threads:
    """All that this module keeps, in one place."""

    def __init__(self) -> None:
        self.encoders = EncoderPool(ThreadPoolExecutor(THREADS, thread_name_prefix="rfb-encode"))
        self.aside = ThreadPoolExecutor(1, thread_name_prefix="rfb-capture")


_threads = _Threads()  # which starts none


def flow(stream: Hashable) -> Flow:
    """Return a new flow of `stream` to the encoder threads."""
    return _threads.encoders.flow(stream)


def submit_aside(job: Callable[[], T]) -> "Future[T]":
    """Run `job` on a thread of its own kind, one job after the other, so that no frame has to wait for it.

    Raises:
        RuntimeError: the interpreter is shutting down.
    """
    return _threads.aside.submit(job)


def reset() -> None:
    """Have new threads and an empty queue: a forked child has none of its parent's threads."""
    global _threads
    _threads = _Threads()


call_in_child(reset)
