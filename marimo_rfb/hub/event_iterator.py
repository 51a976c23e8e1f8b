"""Events of a stream as an asynchronous iterator."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from marimo_rfb.events import InputEvent
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.owner import EventSource

__all__ = ["iterate_events"]


async def iterate_events(source: EventSource, queue: EventQueue) -> AsyncIterator[InputEvent]:
    """Yield the events of `source`, on the caller's loop, until `source` or `queue` is closed."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the reader's loop was closed
            loop.call_soon_threadsafe(ready.set)

    queue.wake_with(wake)
    source.add_event_queue(queue)
    try:
        while True:
            closed = source.closed or queue.closed  # before `take`, so that events before the close are still yielded
            for event in queue.take():
                yield event
            if closed:
                return
            await ready.wait()
            ready.clear()
    finally:
        source.remove_event_queue(queue)
