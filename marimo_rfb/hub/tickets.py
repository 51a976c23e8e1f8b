"""Tickets: short-lived replacements of a stream's token, for files that may be saved or exported."""

import secrets
import threading
import time
from collections.abc import Callable

__all__ = ["TICKET_TTL_S", "Tickets"]

TICKET_TTL_S = 60.0


class Tickets:
    """The tickets of one stream. Any thread.

    A ticket is equivalent to its token until it expires. It may be redeemed several times, because a page tries several
    transports, and several pages show one widget.

    Args:
        clock: monotonic clock, seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # In order of expiry.
        self._issued: dict[str, tuple[float, str]] = {}

    def issue(self, token: str) -> str:
        """Return a new ticket of 256 random bits for `token`."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._drop_expired()
            self._issued[ticket] = (self._clock() + TICKET_TTL_S, token)
        return ticket

    def redeem(self, presented: str | None) -> str | None:
        """Return the token of a ticket; return `presented` unchanged if it is no valid ticket."""
        if presented is None:
            return None
        with self._lock:
            self._drop_expired()
            # A lookup by hash of 256 unguessable bits: its timing reveals nothing about the tickets.
            _, token = self._issued.get(presented, (0.0, presented))
        return token

    def _drop_expired(self) -> None:
        now_s = self._clock()
        for ticket, (expires_s, _) in list(self._issued.items()):
            if expires_s > now_s:
                break
            del self._issued[ticket]
