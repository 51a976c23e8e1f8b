"""When a page's ticket is to be renewed, so that one that mounts while a cell runs on can connect at once."""

import asyncio
import threading
import time
import weakref
from collections.abc import Callable

from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.tickets import TICKET_LIVES_S
from marimo_rfb.notebook.comm.sender_thread import SenderThread
from marimo_rfb.stream.stream import Stream

__all__ = ["TicketRenewal"]

# A page that is loaded again leaves first. What it finds then opens the stream for so much longer at least.
MIN_VALIDITY_S = 10.0
# While the kernel runs a cell, well before the end of the last one.
RENEW_AFTER_S = TICKET_LIVES_S - 15.0
# A kernel that runs no cell answers within this time.
IDLE_TIMEOUT_S = 1.0

Later = Callable[[float, Callable[[], None]], object]


class TicketRenewal:
    """Has a ticket renewed when a viewer of `stream` leaves, and as long as the kernel is too busy to be asked.

    A kernel that runs no cell tells a page the token, so then nothing is renewed: each ticket is a change of the
    widget, for which some hosts take the notebook as changed.

    Args:
        stream: what the ticket opens.
        renew: issues a ticket; called on a thread that may wait. Not kept alive.
        call_later: calls a function after some seconds; by default the hub's.
        clock: seconds that never go back.
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
        self._kernel = _running_loop()
        self._viewers = self._audience.viewers
        self._issued_s = -MIN_VALIDITY_S
        self._closed = False
        self._count = 0
        # Not ourselves: what listens lives as long as the stream.
        self._stop = self._audience.listen(_weakly(self._on_audience))

    def on_issued(self) -> None:
        """Take it that there is a new ticket. Any thread."""
        with self._lock:
            self._count += 1
            self._issued_s = self._clock()
            if self._kernel is not None and not self._closed:
                self._call_later(RENEW_AFTER_S, _weakly(self._probe_kernel, self._count))

    def close(self) -> None:
        """Renew no more. Twice is fine."""
        self._closed = True
        self._stop()

    def _on_audience(self) -> None:
        before, self._viewers = self._viewers, self._audience.viewers
        if self._viewers < before and self._clock() - self._issued_s >= MIN_VALIDITY_S:
            self._post()

    def _probe_kernel(self, count: int) -> None:
        if count != self._count or self._closed:  # there is a newer one
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
            # Before it is done, or a second viewer that leaves would have it done twice.
            self._issued_s = self._clock()
            SenderThread.post(renew)


def _weakly(method: Callable[..., None], *arguments: object) -> Callable[[], None]:
    held = weakref.WeakMethod(method)

    def call() -> None:
        bound = held()
        if bound is not None:
            bound(*arguments)

    return call


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
