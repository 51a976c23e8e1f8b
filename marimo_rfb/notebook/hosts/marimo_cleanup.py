"""Clean-up of resources when their marimo cell or session ends."""

import asyncio
import logging
from collections.abc import Callable

from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts.running_loop import running_loop

__all__ = ["call_at_session_end", "end_with_cell"]

log = logging.getLogger(__name__)

_sentinels: set[asyncio.Task[None]] = set()


def end_with_cell(end: Callable[[], object]) -> Callable[[], None]:
    """Call `end` when the running marimo cell re-runs or is deleted, or its session ends.

    In a task, the cell is the one that created the task. Does nothing outside of a marimo cell. `end` is called on the
    kernel's thread, possibly twice, and must be idempotent.

    Returns:
        a function that calls `end` now and cancels the wait for the session's end.
    """
    if not _marimo.in_live_notebook():
        return lambda: _end(end)
    sentinel = call_at_session_end(end)
    _marimo.on_cell_disposal(lambda: _dispose(end, sentinel))
    return lambda: _dispose(end, sentinel)


def call_at_session_end(end: Callable[[], object]) -> "asyncio.Task[None] | None":
    """Call `end` when the kernel whose loop runs in this thread ends, or when the returned task is cancelled.

    Without a running loop, does nothing and returns `None`.
    """
    loop = running_loop()
    if loop is None:
        return None
    sentinel = loop.create_task(_wait_and_call(end))
    _sentinels.add(sentinel)
    sentinel.add_done_callback(_sentinels.discard)
    return sentinel


def _dispose(end: Callable[[], object], sentinel: "asyncio.Task[None] | None") -> None:
    if sentinel is not None:
        sentinel.cancel()  # also calls `end`, but only in a later iteration of the loop
    _end(end)


async def _wait_and_call(end: Callable[[], object]) -> None:
    # At the end of a session marimo does not dispose of cells, but cancels the tasks of the kernel's loop.
    try:
        await asyncio.Event().wait()
    finally:
        _end(end)


def _end(end: Callable[[], object]) -> None:
    try:
        end()
    except Exception:
        log.exception("could not clean up after a cell")
