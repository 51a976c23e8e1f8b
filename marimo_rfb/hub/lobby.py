"""Who has been let in, and who waits to be."""

from collections import Counter
from collections.abc import Callable

__all__ = ["Guest", "Lobby"]

MAX_CONNECTIONS = 512
MAX_WAITING = 256


class Guest:
    """One who came: first silent, then heard, then let in.

    Attributes:
        client: tells clients apart; many may share one, behind a proxy.
        was_heard: whether it has said hello.
    """

    def __init__(self, lobby: "Lobby", client: str, show_out: Callable[[], None]) -> None:
        self.client = client
        self.was_heard = False
        self.show_out = show_out
        self._lobby = lobby

    def let_in(self) -> bool:
        """Take it out of those who wait, and tell whether there is room for it."""
        return self._lobby.let_in(self)

    def leave(self) -> None:
        """Note that it is gone. Twice is fine."""
        self._lobby.leave(self)


class Lobby:
    """Counts those who were let in apart from those who were not, so that these keep nobody out.

    When too many wait, one goes: of the client that has most of them there the one that has been silent longest, or the
    last that came when all have said hello. So whoever crowds the lobby crowds out its own, and where all come by one
    proxy nobody is refused for that: a page says hello at once, and has gone in long before its turn to go.
    """

    def __init__(self) -> None:
        self._waiting: dict[Guest, None] = {}
        self._inside: set[Guest] = set()

    def enter(self, client: str, show_out: Callable[[], None]) -> Guest:
        """Take in a new guest; `show_out` ends its connection at once."""
        guest = Guest(self, client, show_out)
        self._waiting[guest] = None
        if len(self._waiting) > MAX_WAITING:
            leaving = self._next_to_go()
            del self._waiting[leaving]
            leaving.show_out()
        return guest

    def let_in(self, guest: Guest) -> bool:
        if guest not in self._waiting or len(self._inside) >= MAX_CONNECTIONS:
            return False
        del self._waiting[guest]
        self._inside.add(guest)
        return True

    def leave(self, guest: Guest) -> None:
        self._waiting.pop(guest, None)
        self._inside.discard(guest)

    def _next_to_go(self) -> Guest:
        ((client, _),) = Counter(guest.client for guest in self._waiting).most_common(1)
        of_client = [guest for guest in self._waiting if guest.client == client]
        return next((guest for guest in of_client if not guest.was_heard), of_client[-1])
