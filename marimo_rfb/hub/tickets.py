"""Short-lived stand-ins for a stream's token, for what may be saved: a notebook's file, an exported page."""

import secrets
import threading
import time
from collections.abc import Callable

__all__ = ["TICKET_LIVES_S", "Tickets"]

TICKET_LIVES_S = 60.0


class Tickets:
    """The tickets of one stream. Any thread.

    A ticket stands for a token as long as it lives: whoever shows it is taken as if they had shown that. It may be
    shown several times, because a page tries several ways, and several pages show one widget.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # In the order in which they end.
        self._issued: dict[str, tuple[float, str]] = {}

    def issue(self, token: str) -> str:
        """Return a new ticket of 256 bits that stands for `token`."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._forget_ended()
            self._issued[ticket] = (self._clock() + TICKET_LIVES_S, token)
        return ticket

    def redeem(self, presented: str | None) -> str | None:
        """Return the token that `presented` stands for, or itself when it is no ticket, or one that has ended."""
        if presented is None:
            return None
        with self._lock:
            self._forget_ended()
            # By a hash of 256 unguessable bits: how long it takes tells nothing of a ticket.
            _, token = self._issued.get(presented, (0.0, presented))
        return token

    def _forget_ended(self) -> None:
        now_s = self._clock()
        for ticket, (ends_s, _) in list(self._issued.items()):
            if ends_s > now_s:
                break
            del self._issued[ticket]
