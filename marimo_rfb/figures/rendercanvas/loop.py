"""The loops that run rendercanvas' schedulers."""

import asyncio
import logging
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

from rendercanvas import BaseRenderCanvas
from rendercanvas.asyncio import AsyncioLoop
from rendercanvas.base import BaseCanvasGroup

from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts.marimo_cleanup import call_at_session_end
from marimo_rfb.notebook.hosts.output import in_notebook
from marimo_rfb.notebook.hosts.running_loop import running_loop
from marimo_rfb.notebook.hosts.session import Session

__all__ = ["CanvasGroup", "RfbLoop", "SessionLoop"]

log = logging.getLogger(__name__)

# Of rendercanvas 2.7 and of 3. They watch for windows that are closed, ten times a second, and replace the handler of
# SIGINT, by which a notebook interrupts a cell.
_HOUSEKEEPING = {"loop-task", "loop-start-detection-task"}


class CanvasGroup(BaseCanvasGroup):  # type: ignore[misc]  # it has no types
    """Canvases that share a loop."""

    def _register_canvas(self, canvas: BaseRenderCanvas, task: Callable[..., Any]) -> None:
        scheduler: Any = getattr(task, "__self__", None)
        if scheduler is not None and hasattr(scheduler, "_events"):
            # Which it does not use. By the handlers of events, such as a renderer's, its task would keep the canvas for
            # ever.
            scheduler._events = None
        super()._register_canvas(canvas, task)


class SessionLoop(AsyncioLoop):  # type: ignore[misc]
    """Runs the schedulers of one notebook session on its kernel's loop, until the session ends.

    The functions that are called later run in the notebook, so that states which they set re-run cells.
    """

    def __init__(self, kernel_loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._kernel_loop = kernel_loop
        self._notebook = _marimo.current_notebook()
        self.group = CanvasGroup(self)

    @classmethod
    def current(cls) -> "SessionLoop | None":
        """Return the loop of the running session; `None` where no notebook runs."""
        session = Session.current()
        loop = _loops.get(session)
        if loop is None and session.loop is not None and in_notebook():
            loop = _loops[session] = cls(session.loop)
            call_at_session_end(loop.stop)
        return loop

    def stop(self, *, force: bool = True) -> None:
        """Close all canvases and cancel all tasks; the session gets another loop when it next needs one."""
        for session in [session for session, loop in _loops.items() if loop is self]:
            del _loops[session]
        super().stop(force=True)  # without housekeeping, nothing would end it later

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call `callback` in the next iteration of the loop."""
        super().call_soon(self._in_notebook(callback), *args)

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call `callback` in the next iteration of the loop. Any thread."""
        super().call_soon_threadsafe(self._in_notebook(callback), *args)

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> None:
        """Call `callback` after `delay` seconds."""
        # Without a delay, the base class uses `call_soon`.
        super().call_later(delay, self._in_notebook(callback) if delay > 0 else callback, *args)

    def _in_notebook(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        notebook = self._notebook
        if notebook is None or not callable(callback):
            return callback
        return lambda *args: notebook.call(lambda: callback(*args))

    def _rc_init(self) -> None:
        super()._rc_init()
        self._interactive_loop = self._kernel_loop  # which does not run in the thread that may have made the canvas

    def _rc_add_task(self, func: Callable[..., Any], name: str) -> None:
        if name in _HOUSEKEEPING:
            return
        if running_loop() is self._kernel_loop:
            super()._rc_add_task(func, name)
        else:
            self._kernel_loop.call_soon_threadsafe(super()._rc_add_task, func, name)

    def _rc_call_soon_threadsafe(self, callback: Callable[[], Any]) -> None:
        self._kernel_loop.call_soon_threadsafe(callback)  # also before there is a canvas


_loops: weakref.WeakKeyDictionary[Session, SessionLoop] = weakref.WeakKeyDictionary()


class RfbLoop(AsyncioLoop):  # type: ignore[misc]
    """The loop of the notebook session that calls; where no notebook runs, a loop of its own.

    Args:
        show: called by `run` with the canvases of a session, because a notebook must not be blocked.
    """

    def __init__(self, show: Callable[[list[BaseRenderCanvas]], None] = lambda _canvases: None) -> None:
        super().__init__()
        self._show = show

    def get_canvases(self, **options: Any) -> list[BaseRenderCanvas]:
        """Return the canvases that are not closed."""
        session_loop = SessionLoop.current()
        own: list[BaseRenderCanvas] = list(super().get_canvases(**options))
        return own if session_loop is None else [*own, *session_loop.get_canvases(**options)]

    def add_task(
        self, async_func: Callable[..., Coroutine[Any, Any, Any]], *args: Any, name: str | None = None
    ) -> None:
        """Run a coroutine function as a task, at most until the session ends."""
        session_loop = SessionLoop.current()
        if session_loop is None:
            super().add_task(async_func, *args, name=name)
        else:
            session_loop.add_task(async_func, *args, name=name)

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call `callback` in the next iteration of the loop."""
        session_loop = SessionLoop.current()
        if session_loop is None:
            super().call_soon(callback, *args)
        else:
            session_loop.call_soon(callback, *args)

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call `callback` in the next iteration of the loop. Any thread, if one session runs in the process."""
        session_loop = SessionLoop.current()
        if session_loop is None:
            super().call_soon_threadsafe(callback, *args)
        else:
            session_loop.call_soon_threadsafe(callback, *args)

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> None:
        """Call `callback` after `delay` seconds."""
        session_loop = SessionLoop.current()
        if session_loop is None:
            super().call_later(delay, callback, *args)
        else:
            session_loop.call_later(delay, callback, *args)

    def run(self) -> None:
        """Show the canvases that no view shows yet; in a script, run until all canvases are closed."""
        session_loop = SessionLoop.current()
        if session_loop is None:
            log.warning(
                "no notebook runs here to show canvases; rendercanvas' loop runs until they are closed or Ctrl+C"
            )
            super().run()
        else:
            self._show(session_loop.get_canvases())

    async def run_async(self) -> None:
        """Do as `run`."""
        session_loop = SessionLoop.current()
        if session_loop is None:
            await super().run_async()
        else:
            self._show(session_loop.get_canvases())

    def stop(self, *, force: bool = False) -> None:
        """Close all canvases."""
        super().stop(force=force)
        session_loop = SessionLoop.current()
        if session_loop is not None:
            session_loop.stop()

    async def _rc_run_async(self) -> None:
        pulse = asyncio.create_task(_pulse())
        try:
            await super()._rc_run_async()
        finally:
            pulse.cancel()


async def _pulse() -> None:
    """Wake the loop now and then: nothing else does while no canvas draws, and signals are handled between sleeps."""
    while True:
        await asyncio.sleep(0.1)
