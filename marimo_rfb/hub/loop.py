"""The event loop of all hubs, on one thread that lives as long as one of them."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from marimo_rfb.wasm import check_threads

__all__ = ["HubLoop", "call_later"]

T = TypeVar("T")

_WAIT_S = 10.0


class HubLoop:
    """One hub's hold on the loop; the last `release` stops the thread."""

    _lock = threading.Lock()
    _users = 0
    _shared: asyncio.AbstractEventLoop | None = None

    def __init__(self) -> None:
        check_threads()
        with HubLoop._lock:
            if HubLoop._shared is None:
                HubLoop._shared = asyncio.new_event_loop()
                # A daemon: a notebook that forgets to close its hub must still be able to end.
                threading.Thread(target=_run, args=(HubLoop._shared,), name="rfb-hub", daemon=True).start()
            HubLoop._users += 1
            self.loop = HubLoop._shared

    def release(self) -> None:
        """Give the loop back."""
        with HubLoop._lock:
            HubLoop._users -= 1
            if HubLoop._users == 0:
                self.loop.call_soon_threadsafe(self.loop.stop)
                HubLoop._shared = None

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Run `function` on the loop soon; nothing happens once the loop is gone."""
        with contextlib.suppress(RuntimeError):  # closed: whoever would have got it has been disconnected
            self.loop.call_soon_threadsafe(function, *arguments)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start `coroutine` on the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` on the loop and return its result.

        Raises:
            RuntimeError: called on the loop's own thread, which would wait for itself; await the `a…` method there.
        """
        try:
            self.check_can_wait()
        except RuntimeError:
            coroutine.close()
            raise
        return self.run(coroutine).result(_WAIT_S)

    def check_can_wait(self) -> None:
        """Raise `RuntimeError` on the loop's own thread."""
        if self.is_current():
            raise RuntimeError("this would block the hub's own thread; await aclose() there instead of close()")

    def is_current(self) -> bool:
        """Whether the caller runs on the loop."""
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False


def call_later(delay_s: float, function: Callable[[], None]) -> Callable[[], object]:
    """Call `function` on the hubs' thread after `delay_s` seconds; the thread is kept for that long. Any thread.

    Returns:
        a function that takes the call back, if it has not come yet.
    """
    hub_loop = HubLoop()
    once = threading.Lock()

    def end() -> bool:
        first = once.acquire(blocking=False)
        if first:
            hub_loop.release()
        return first

    def call() -> None:
        if end():
            function()

    hub_loop.call(hub_loop.loop.call_later, delay_s, call)
    return end


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()  # which waits for no thread: an `authenticate` that hangs must not hang us
