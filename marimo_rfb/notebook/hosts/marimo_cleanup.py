"""How long things live that a cell made."""

import asyncio
import logging
from collections.abc import Callable

from marimo_rfb.notebook.hosts import _marimo

__all__ = ["call_at_session_end", "end_with_cell"]

log = logging.getLogger(__name__)

_sentinels: set[asyncio.Task[None]] = set()


def end_with_cell(end: Callable[[], object]) -> Callable[[], None]:
    """Call `end` when the running marimo cell runs again or is deleted, and when its session ends.

    In a task it is the cell that made the task. Outside of a marimo cell nothing happens. `end` is called on the
    kernel's thread, perhaps twice, and must not raise for that.

    Returns:
        a function that calls `end` now, so that nothing waits any more to do it later.
    """
    if not _marimo.in_live_notebook():
        return lambda: _end(end)
    sentinel = call_at_session_end(end)
    _marimo.on_cell_disposal(lambda: _dispose(end, sentinel))
    return lambda: _dispose(end, sentinel)


def call_at_session_end(end: Callable[[], object]) -> "asyncio.Task[None] | None":
    """Call `end` when the kernel whose loop runs in this thread ends, or when the task that is returned is cancelled.

    Without a running loop nothing happens, and nothing is returned.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    sentinel = loop.create_task(_wait_and_call(end))
    _sentinels.add(sentinel)
    sentinel.add_done_callback(_sentinels.discard)
    return sentinel


def _dispose(end: Callable[[], object], sentinel: "asyncio.Task[None] | None") -> None:
    if sentinel is not None:
        sentinel.cancel()  # which calls `end`, but not before the loop turns
    _end(end)


async def _wait_and_call(end: Callable[[], object]) -> None:
    # marimo disposes of no cell when a session ends, but cancels what runs on the kernel's loop.
    try:
        await asyncio.Event().wait()
    finally:
        _end(end)


def _end(end: Callable[[], object]) -> None:
    try:
        end()
    except Exception:
        log.exception("could not end what a cell started")
