"""`serve` and `serve_server` for a notebook: the server ends with the cell that started it."""

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


# A coroutine rather than any awaitable: `asyncio.run` and `asyncio.create_task` take nothing else.
def _ending_with_cell(start: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    @functools.wraps(start)
    async def started(*args: P.args, **kwargs: P.kwargs) -> T:
        served = await start(*args, **kwargs)
        # The variable is gone when the cell runs again; without this its port would stay taken.
        end_with_cell(served.close)
        end_when_forgotten(served, served.close)
        return served

    return started


serve = _ending_with_cell(hub.serve)
serve_server = _ending_with_cell(hub.serve_server)
