"""Ordered queue of render jobs in an executor."""

import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from marimo_rfb.notebook.rendering.render_function import RenderFunction, Tick

__all__ = ["Job", "OrderedRenderQueue"]

# One job per processor of this machine; an executor with fewer workers queues the rest.
MAX_IN_FLIGHT = max(2, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Job:
    """One render in progress."""

    render: RenderFunction
    future: Future[Any]
    started_s: float


class OrderedRenderQueue:
    """A bounded queue of jobs that finish in any order and are taken in the order of submission.

    Args:
        on_done: called when a job is done, on any thread; must return at once.
    """

    def __init__(self, on_done: Callable[[], None]) -> None:
        self._on_done = on_done
        self._jobs: deque[Job] = deque()

    @property
    def full(self) -> bool:
        return len(self._jobs) >= MAX_IN_FLIGHT

    @property
    def ready(self) -> bool:
        """Whether the oldest job is done."""
        return bool(self._jobs) and self._jobs[0].future.done()

    def submit(self, executor: Executor, render: RenderFunction, tick: Tick) -> None:
        """Submit the render of `tick` to `executor`."""
        function, arguments = render.call(tick)
        job = Job(render, executor.submit(function, *arguments), time.perf_counter())
        self._jobs.append(job)
        job.future.add_done_callback(lambda _: self._on_done())

    def take(self) -> Job:
        """Remove and return the oldest job."""
        return self._jobs.popleft()

    def cancel(self) -> None:
        """Cancel and remove all jobs."""
        while self._jobs:
            self._jobs.popleft().future.cancel()
