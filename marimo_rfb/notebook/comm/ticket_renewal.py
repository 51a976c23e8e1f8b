"""Renewal of a page's ticket, so that a page that mounts while a cell is running can connect at once."""

import threading
import time
import weakref
from collections.abc import Callable

from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.tickets import TICKET_TTL_S
from marimo_rfb.notebook.comm.sender_thread import SenderThread
from marimo_rfb.notebook.hosts.running_loop import running_loop
from marimo_rfb.stream.stream import Stream

__all__ = ["TicketRenewal"]

# A page that reloads disconnects first, which renews its ticket unless that is younger than this.
MIN_AGE_S = 10.0
# While the kernel runs a cell, well before the last ticket expires.
RENEW_AFTER_S = TICKET_TTL_S - 15.0
# An idle kernel answers within this time.
IDLE_TIMEOUT_S = 1.0

Later = Callable[[float, Callable[[], None]], object]


class TicketRenewal:
    """Renews a ticket when a viewer of `stream` leaves, and while the kernel is too busy to answer pages.

    An idle kernel sends a page the token itself, so no ticket is renewed then: each ticket changes the widget, which
    some hosts treat as a change of the notebook.

    Args:
        stream: the stream of the ticket.
        renew: issues a ticket; called on a thread that may block. Held by a weak reference.
        call_later: calls a function after a delay in seconds; default: the hub's.
        clock: monotonic clock, seconds.
    """

    def __init__(
        self,
        stream: Stream,
        renew: Callable[[], None],
        *,
        call_later: Later | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renew = weakref.WeakMethod(renew)
        self._audience = stream.audience
        self._call_later = call_later or core_of(stream.server).call_later
        self._clock = clock
        self._lock = threading.Lock()
        self._kernel = running_loop()
        self._viewers = self._audience.viewers
        self._issued_s = -MIN_AGE_S
        self._closed = False
        self._count = 0
        # By a weak reference, because the listener lives as long as the stream.
        self._stop = self._audience.listen(_weakly(self._on_audience))

    def on_issued(self) -> None:
        """Record that a ticket was issued. Any thread."""
        with self._lock:
            self._count += 1
            self._issued_s = self._clock()
            if self._kernel is not None and not self._closed:
                self._call_later(RENEW_AFTER_S, _weakly(self._probe_kernel, self._count))

    def close(self) -> None:
        """Stop renewing. Idempotent."""
        self._closed = True
        self._stop()

    def _on_audience(self) -> None:
        before, self._viewers = self._viewers, self._audience.viewers
        if self._viewers < before and self._clock() - self._issued_s >= MIN_AGE_S:
            self._post()

    def _probe_kernel(self, count: int) -> None:
        if count != self._count or self._closed:  # a newer ticket was issued
            return
        assert self._kernel is not None
        answered = threading.Event()
        try:
            self._kernel.call_soon_threadsafe(answered.set)
        except RuntimeError:  # the kernel has ended
            return
        self._call_later(IDLE_TIMEOUT_S, _weakly(self._on_idle_timeout, answered, count))

    def _on_idle_timeout(self, answered: threading.Event, count: int) -> None:
        if not answered.is_set() and count == self._count:
            self._post()

    def _post(self) -> None:
        renew = self._renew()
        if renew is not None and not self._closed:
            # Before the renewal runs, or a second viewer that leaves would cause another one.
            self._issued_s = self._clock()
            SenderThread.post(renew)


def _weakly(method: Callable[..., None], *arguments: object) -> Callable[[], None]:
    reference = weakref.WeakMethod(method)

    def call() -> None:
        bound = reference()
        if bound is not None:
            bound(*arguments)

    return call
