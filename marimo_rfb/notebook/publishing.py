"""`publish_loop`: publish pictures at a steady rate from the notebook's event loop."""

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
    """Publish the result of `render` to `stream`, `fps` times per second; return the task of the loop at once.

    `render` runs on the thread of the running event loop, which in a notebook also runs the cells, so a busy cell
    blocks it. If it raises, even `SystemExit` or `mo.stop`, the error is shown in the view and logged once, and the
    loop continues. The loop ends on `asyncio.Task.cancel`, when the stream is closed, when the kernel is interrupted
    during `render`, and when its cell re-runs or is deleted (in Jupyter, only if no variable refers to the task).

    Args:
        stream: the stream to publish to.
        render: a function or coroutine function without parameters that returns a picture; see `Stream.publish`.
        fps: frames per second, above 0 and at most 1000. A slow `render` lowers the rate.

    Raises:
        OptionError: an argument is invalid.
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
            "publish_loop needs a running event loop, such as a notebook's; elsewhere, call stream.publish() yourself"
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
    while not stream.closed:  # a render that always raises never reaches `publish`, which would raise StreamClosed
        try:
            await _publish_one(stream, render)
            problem = ""
        except StreamClosed:
            return
        except KeyboardInterrupt:  # interrupts this loop; propagated from a task it would end the kernel
            stream.notify("KeyboardInterrupt: the publishing loop was interrupted; re-run its cell")
            return
        except _RenderError as raised:
            errors.add(raised.exc)
            problem = describe_render_error(raised.exc, code)
        if problem != failure:
            stream.notify(problem)
            failure = problem
        # A late frame is skipped and not made up for: two frames in a row are of no use.
        due_s = max(due_s + interval_s, loop.time())
        await asyncio.sleep(due_s - loop.time())


class _RenderError(Exception):
    """Wraps an exception of a render, because `SystemExit` and `mo.stop` raised by a task would end the kernel."""

    def __init__(self, exc: BaseException) -> None:
        self.exc = exc


async def _publish_one(stream: Stream, render: RenderCallable) -> None:
    task = asyncio.current_task()
    assert task is not None
    cancel_requests = task.cancelling()
    try:
        picture = render()
        if inspect.isawaitable(picture):
            picture = await picture
        stream.publish(picture)
    except (StreamClosed, KeyboardInterrupt):
        raise
    except BaseException as exc:
        # A render may raise the CancelledError of a task of its own; only a cancellation of this task ends the loop.
        if isinstance(exc, asyncio.CancelledError) and task.cancelling() > cancel_requests:
            raise
        raise _RenderError(exc) from None
