"""How long things live that a cell made."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from marimo_rfb.notebook import _marimo

__all__ = ["end_with_cell"]

log = logging.getLogger(__name__)

_sentinels: set[asyncio.Task[None]] = set()


def end_with_cell(end: Callable[[], object]) -> None:
    """Call `end` when the running marimo cell runs again or is deleted, and when its session ends.

    Outside of a marimo cell nothing happens. `end` is called on the kernel's thread, perhaps twice, and must not raise
    for that.
    """
    if not _marimo.in_live_notebook():
        return
    sentinel: asyncio.Task[None] | None = None
    with contextlib.suppress(RuntimeError):  # no loop runs in this thread
        sentinel = asyncio.get_running_loop().create_task(_call_at_session_end(end))
        _sentinels.add(sentinel)
        sentinel.add_done_callback(_sentinels.discard)
    _marimo.on_cell_disposal(lambda: _dispose(end, sentinel))


def _dispose(end: Callable[[], object], sentinel: "asyncio.Task[None] | None") -> None:
    if sentinel is not None:
        sentinel.cancel()  # which calls `end`, but not before the loop turns
    _end(end)


async def _call_at_session_end(end: Callable[[], object]) -> None:
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
