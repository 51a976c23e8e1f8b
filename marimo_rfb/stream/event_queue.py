"""Bounded queue of input events."""

import threading
from collections import deque
from collections.abc import Callable

from marimo_rfb.events import InputEvent, merge_events

__all__ = ["EventQueue"]

CAPACITY = 1024


class EventQueue:
    """A bounded queue that merges successive events where possible. Any thread.

    A full queue drops the oldest events; `dropped` counts them.

    Args:
        wake: called after each event, on the thread that puts it; must return at once.
    """

    def __init__(self, *, wake: Callable[[], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._events: deque[InputEvent] = deque()
        self._wake = wake
        self.dropped = 0
        self.closed = False

    def put(self, event: InputEvent) -> None:
        """Append `event`, or merge it into the last one of the same viewer."""
        with self._lock:
            merged = self._merged(event)
            if merged is not None:
                self._events[-1] = merged
            else:
                if len(self._events) >= CAPACITY:
                    self._events.popleft()
                    self.dropped += 1
                self._events.append(event)
        self.wake()

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Replace the `wake` callback."""
        self._wake = wake

    def close(self) -> None:
        """Mark the queue as closed and wake the reader. Idempotent."""
        self.closed = True
        self.wake()

    def wake(self) -> None:
        """Wake the reader."""
        if self._wake is not None:
            self._wake()

    def take(self) -> list[InputEvent]:
        """Return and remove all events, oldest first."""
        with self._lock:
            events = list(self._events)
            self._events.clear()
        return events

    def _merged(self, event: InputEvent) -> InputEvent | None:
        if not self._events or self._events[-1].viewer != event.viewer:
            return None
        merged = merge_events(self._events[-1].event, event.event)
        return None if merged is None else InputEvent(event.viewer, event.principal, merged, event.received_us)
