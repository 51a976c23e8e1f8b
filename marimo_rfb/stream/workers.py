"""The threads that encode, shared by all streams of the process."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from marimo_rfb.fork import call_in_child

__all__ = ["submit", "submit_aside"]

T = TypeVar("T")

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None
_aside: ThreadPoolExecutor | None = None


def submit(job: Callable[[], None]) -> None:
    """Run `job` on an encoder thread; `job` must not raise.

    Raises:
        RuntimeError: the interpreter is shutting down.
    """
    global _pool
    with _lock:
        if _pool is None:
            # Encoders free the GIL, so one thread a processor is what helps; more only take memory.
            _pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="rfb-encode")
    _pool.submit(job)


def submit_aside(job: Callable[[], T]) -> "Future[T]":
    """Run `job` on a thread of its own kind, one job after the other, so that no frame has to wait for it.

    Raises:
        RuntimeError: the interpreter is shutting down.
    """
    global _aside
    with _lock:
        if _aside is None:
            _aside = ThreadPoolExecutor(1, thread_name_prefix="rfb-capture")
    return _aside.submit(job)


def _start_over() -> None:
    global _lock, _pool, _aside
    _lock, _pool, _aside = threading.Lock(), None, None


call_in_child(_start_over)
