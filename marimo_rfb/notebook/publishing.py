"""Publish at a steady rate from the notebook's own event loop."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from marimo_rfb.errors import OptionError, RfbError, StreamClosed
from marimo_rfb.notebook.hosts.jupyter_cleanup import end_when_forgotten
from marimo_rfb.notebook.hosts.marimo_cleanup import end_with_cell
from marimo_rfb.notebook.rendering.render_error import describe_render_error
from marimo_rfb.stream.error_log import ErrorLog
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.options import as_rate, check_awaited
from marimo_rfb.stream.stream import Stream

__all__ = ["publish_loop"]

log = logging.getLogger(__name__)

RenderCallable = Callable[[], Any | Awaitable[Any]]


def publish_loop(stream: Stream, render: RenderCallable, *, fps: float = 30) -> asyncio.Task[None]:
    """Publish what `render` returns, `fps` times a second, and return the task at once.

    `render` runs on the running loop's thread, in a notebook the one that runs cells: a cell that computes holds it
    up. When it raises, `SystemExit` and `mo.stop` included, the error is shown in the view and logged once, and the
    loop goes on. The task ends by `asyncio.Task.cancel`, when the stream is closed, by an interrupt of the kernel that
    comes while `render` runs, and when its cell runs again, in Jupyter unless a variable holds the task.

    Args:
        stream: what to publish to.
        render: a function or coroutine function without arguments that returns a frame; see `Stream.publish`.
        fps: frames a second, above 0 and at most 1000. A render that takes longer lowers the rate.

    Raises:
        OptionError: an argument makes no sense.
        StreamClosed: the stream was closed.
        RfbError: no event loop is running.
    """
    check_awaited(stream)
    if not isinstance(stream, Stream):
        raise OptionError(f"publish_loop takes a Stream, got {type(stream).__name__}")
    feed_of(stream).check_open()
    if not callable(render):
        raise OptionError(f"render is a function without arguments, got {type(render).__name__}")
    rate = as_rate(fps)
    if rate is None:
        raise OptionError(f"fps is above 0 and at most 1000, got {fps!r}")
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RfbError(
            "publish_loop needs a running event loop, as a notebook has one; elsewhere call publish() yourself"
        ) from None
    task = loop.create_task(_publish(stream, render, 1 / rate), name=f"publish {stream.name}")
    end_with_cell(task.cancel)
    end_when_forgotten(task, task.cancel)
    return task


async def _publish(stream: Stream, render: RenderCallable, interval_s: float) -> None:
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    failure = ""
    errors = ErrorLog(log, f"the render of stream {stream.name!r}")
    code = getattr(render, "__code__", None)
    while not stream.closed:  # a render that only raises would never learn of it
        try:
            await _publish_one(stream, render)
            problem = ""
        except StreamClosed:
            return
        except KeyboardInterrupt:  # meant for what runs now, which is this; passed on it would end the kernel
            stream.notify("KeyboardInterrupt: the loop that shows pictures here was interrupted; run its cell again")
            return
        except _RenderError as raised:
            errors.add(raised.exc)
            problem = describe_render_error(raised.exc, code)
        if problem != failure:
            stream.notify(problem)
            failure = problem
        # A late frame is skipped, not caught up with: two frames in a row help nobody.
        due_s = max(due_s + interval_s, loop.time())
        await asyncio.sleep(due_s - loop.time())


class _RenderError(Exception):
    """What a render raised, `SystemExit` and mo.stop included: raised by a task they would end the kernel."""

    def __init__(self, exc: BaseException) -> None:
        self.exc = exc


async def _publish_one(stream: Stream, render: RenderCallable) -> None:
    task = asyncio.current_task()
    assert task is not None
    asked_to_end = task.cancelling()
    try:
        picture = render()
        if inspect.isawaitable(picture):
            picture = await picture
        stream.publish(picture)
    except (StreamClosed, KeyboardInterrupt):
        raise
    except BaseException as exc:
        # A render may raise what it got from a task of its own; only one that is asked of ours ends us.
        if isinstance(exc, asyncio.CancelledError) and task.cancelling() > asked_to_end:
            raise
        raise _RenderError(exc) from None
