"""A throttled reactive state that any thread may set."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import marimo as mo

from marimo_rfb.flow.throttle import Throttle
from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts.session import Session

__all__ = ["ThrottledState"]

T = TypeVar("T")


class ThrottledState(Generic[T]):
    """A `mo.state` whose updates are throttled: cells that call its getter, bound to a global, re-run on changes.

    They re-run at most `max_hz` times a second; of faster updates, the newest value is always delivered. A busy kernel
    gets only the newest value once it is idle.

    Attributes:
        getter: returns the last delivered value.
    """

    def __init__(self, session: Session, initial: T, *, max_hz: float) -> None:
        self._state, self._set_state = mo.state(initial)
        self._session = session
        self._notebook = _marimo.current_notebook()
        self._lock = threading.Lock()
        self._throttle = Throttle(max_hz)
        self._newest = initial
        self._closed = False

    @property
    def getter(self) -> Callable[[], T]:
        return self._state

    @property
    def closed(self) -> bool:
        return self._closed

    def set(self, value: T) -> None:
        """Set the value. Any thread; returns at once."""
        with self._lock:
            self._newest = value
            wait_s = self._throttle.offer(time.monotonic())
        if wait_s is None:
            return
        # Setting a `mo.state` on another thread changes its value but re-runs no cells.
        if wait_s > 0:
            self._session.call_later(wait_s, self._apply)
        else:
            self._session.call_soon(self._apply)

    def close(self) -> None:
        """Stop delivering values. Idempotent."""
        self._closed = True

    def _apply(self) -> None:
        with self._lock:
            value = self._newest
            self._throttle.taken(time.monotonic())
        if self._closed:
            return
        if self._notebook is None:
            self._set_state(value)
        else:
            self._notebook.call(lambda: self._set_state(value))
