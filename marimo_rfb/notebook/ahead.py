"""Renders under way in an executor."""

import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from marimo_rfb.notebook.render import Render, Tick

__all__ = ["Ahead", "Job"]

# One for each processor of this machine; an executor with fewer workers queues the rest.
MOST = max(2, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Job:
    """One render under way."""

    render: Render
    future: Future[Any]
    started_s: float


class Ahead:
    """A bounded queue of renders that are done in any order and taken in the order in which they were asked for.

    Args:
        done: called when one is done, on whatever thread did it; must return at once.
    """

    def __init__(self, done: Callable[[], None]) -> None:
        self._done = done
        self._jobs: deque[Job] = deque()

    @property
    def full(self) -> bool:
        return len(self._jobs) >= MOST

    @property
    def ready(self) -> bool:
        """Whether the oldest is done."""
        return bool(self._jobs) and self._jobs[0].future.done()

    def submit(self, executor: Executor, render: Render, tick: Tick) -> None:
        """Have `executor` render `tick`."""
        function, arguments = render.call(tick)
        job = Job(render, executor.submit(function, *arguments), time.perf_counter())
        self._jobs.append(job)
        job.future.add_done_callback(lambda _: self._done())

    def take(self) -> Job:
        """Return the oldest."""
        return self._jobs.popleft()

    def cancel(self) -> None:
        """Let go of all of them."""
        while self._jobs:
            self._jobs.popleft().future.cancel()
