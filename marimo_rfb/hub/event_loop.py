"""The event loop shared by all hubs, on one thread that runs while any hub is open."""

import asyncio
import contextlib
import logging
import os
import selectors
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from marimo_rfb.fork import call_in_child
from marimo_rfb.wasm import check_threads

__all__ = ["SharedEventLoop", "call_later", "now_s"]

log = logging.getLogger(__name__)

T = TypeVar("T")

_TIMEOUT_S = 10.0


class SharedEventLoop:
    """A counted reference to the shared loop; the last `release` stops the thread."""

    _lock = threading.Lock()
    _users = 0
    _shared: asyncio.AbstractEventLoop | None = None
    _selector: selectors.BaseSelector | None = None

    def __init__(self) -> None:
        check_threads()
        with SharedEventLoop._lock:
            if SharedEventLoop._shared is None:
                SharedEventLoop._selector = selectors.DefaultSelector() if hasattr(os, "fork") else None
                SharedEventLoop._shared = _new_loop(SharedEventLoop._selector)
                # A daemon, so that a notebook that forgets to close its hub can still exit.
                threading.Thread(target=_run, args=(SharedEventLoop._shared,), name="rfb-hub", daemon=True).start()
            SharedEventLoop._users += 1
            self.loop = SharedEventLoop._shared

    def release(self) -> None:
        """Release the reference."""
        with SharedEventLoop._lock:
            SharedEventLoop._users -= 1
            if SharedEventLoop._users == 0:
                self.loop.call_soon_threadsafe(self.loop.stop)
                SharedEventLoop._shared = None

    @staticmethod
    def reset_in_child() -> None:
        """Discard the parent's loop in a forked child."""
        loop, selector = SharedEventLoop._shared, SharedEventLoop._selector
        SharedEventLoop._lock = threading.Lock()
        SharedEventLoop._users = 0
        SharedEventLoop._shared = SharedEventLoop._selector = None
        if loop is not None and selector is not None:
            _discard(loop, selector)

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Run `function` on the loop soon; do nothing once the loop is closed."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, after every viewer was disconnected
            self.loop.call_soon_threadsafe(function, *arguments)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start `coroutine` on the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` on the loop and return its result.

        Raises:
            RuntimeError: called on the loop's own thread, which would deadlock; await the `a…` method there.
        """
        try:
            self.check_can_wait()
        except RuntimeError:
            coroutine.close()
            raise
        return self.run(coroutine).result(_TIMEOUT_S)

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


def now_s() -> float:
    """Return the time of the running loop in seconds, which its timers use."""
    return asyncio.get_running_loop().time()


def call_later(delay_s: float, function: Callable[[], None]) -> Callable[[], object]:
    """Call `function` on the hubs' thread after `delay_s` seconds; keeps the thread running until then. Any thread.

    Returns:
        a function that cancels the call, if it has not happened yet.
    """
    hub_loop = SharedEventLoop()
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


def _new_loop(selector: selectors.BaseSelector | None) -> asyncio.AbstractEventLoop:
    # Not by the loop policy: a forked child must know the loop's descriptors to close them.
    return asyncio.new_event_loop() if selector is None else asyncio.SelectorEventLoop(selector)


def _discard(loop: asyncio.AbstractEventLoop, selector: selectors.BaseSelector) -> None:
    """Close a child's descriptors of its parent's loop without touching the loop itself.

    The selector's registrations in the operating system are shared with the parent: unregistering a socket here would
    make the parent miss its events. The loop's tasks are kept, or they would run their clean-up here too.
    """
    for name in ("_ssock", "_csock"):  # asyncio has no public access to them
        pipe = getattr(loop, name, None)
        if pipe is not None:
            pipe.close()
    if hasattr(selector, "fileno"):
        # Keep the descriptor's number in use: the selector closes it on deletion, when it must not be another file's.
        devnull = os.open(os.devnull, os.O_RDWR)
        os.dup2(devnull, selector.fileno(), inheritable=False)
        os.close(devnull)


def _run_until_stopped(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop until it is stopped, also if a callback or task raises `SystemExit`, which would end all hubs."""
    while True:
        try:
            return loop.run_forever()
        except BaseException:
            log.exception("a callback or task on the hubs' thread raised")
        if SharedEventLoop._shared is not loop:  # released meanwhile, and the error consumed the stop
            return


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        _run_until_stopped(loop)
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()  # does not wait for threads, so that a hanging `authenticate` cannot block it


call_in_child(SharedEventLoop.reset_in_child)
