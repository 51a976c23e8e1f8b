"""Who has been let in, and who waits to be."""

from collections import Counter
from collections.abc import Callable

__all__ = ["Admission", "AdmissionControl"]

MAX_CONNECTIONS = 512
MAX_WAITING = 256


class Admission:
    """One who came: first silent, then heard, then let in.

    Attributes:
        client: tells clients apart; many may share one, behind a proxy.
        said_hello: whether it has sent its `hello`.
    """

    def __init__(self, control: "AdmissionControl", client: str, evict: Callable[[], None]) -> None:
        self.client = client
        self.said_hello = False
        self.evict = evict
        self._control = control

    def admit(self) -> bool:
        """Take it out of those who wait, and tell whether there is room for it."""
        return self._control.admit(self)

    def release(self) -> None:
        """Note that it is gone. Twice is fine."""
        self._control.release(self)


class AdmissionControl:
    """Counts those who were let in apart from those who were not, so that these keep nobody out.

    When too many wait, one goes: of the client that has most of them there the one that has been silent longest, or the
    last that came when all have said hello. So whoever crowds the lobby crowds out its own, and where all come by one
    proxy nobody is refused for that: a page says hello at once, and has gone in long before its turn to go.
    """

    def __init__(self) -> None:
        self._waiting: dict[Admission, None] = {}
        self._admitted: set[Admission] = set()

    def request(self, client: str, evict: Callable[[], None]) -> Admission:
        """Take in a new guest; `evict` ends its connection at once."""
        admission = Admission(self, client, evict)
        self._waiting[admission] = None
        if len(self._waiting) > MAX_WAITING:
            leaving = self._next_to_evict()
            del self._waiting[leaving]
            leaving.evict()
        return admission

    def admit(self, admission: Admission) -> bool:
        if admission not in self._waiting or len(self._admitted) >= MAX_CONNECTIONS:
            return False
        del self._waiting[admission]
        self._admitted.add(admission)
        return True

    def release(self, admission: Admission) -> None:
        self._waiting.pop(admission, None)
        self._admitted.discard(admission)

    def _next_to_evict(self) -> Admission:
        ((client, _),) = Counter(admission.client for admission in self._waiting).most_common(1)
        of_client = [admission for admission in self._waiting if admission.client == client]
        return next((admission for admission in of_client if not admission.said_hello), of_client[-1])
