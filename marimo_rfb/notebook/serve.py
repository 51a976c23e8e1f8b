"""`serve` and `serve_server` for notebooks: their hub closes when the cell that started it re-runs or is deleted."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from marimo_rfb.hub import serve as hub
from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook.hosts.jupyter_cleanup import end_when_forgotten
from marimo_rfb.notebook.hosts.marimo_cleanup import end_with_cell
from marimo_rfb.stream.stream import Stream

__all__ = ["serve", "serve_server"]

P = ParamSpec("P")
T = TypeVar("T", Stream, Hub)


# Returns coroutine functions, because `asyncio.run` and `asyncio.create_task` accept no other awaitables.
def _ending_with_cell(start: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    @functools.wraps(start)
    async def started(*args: P.args, **kwargs: P.kwargs) -> T:
        served = await start(*args, **kwargs)
        # A re-run of the cell only deletes the variable, which would leave the port in use.
        end_with_cell(served.close)
        end_when_forgotten(served, served.close)
        return served

    return started


serve = _ending_with_cell(hub.serve)
serve_server = _ending_with_cell(hub.serve_server)
