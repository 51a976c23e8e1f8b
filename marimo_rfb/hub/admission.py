"""Admission control: limits of admitted and waiting connections."""

from collections import Counter
from collections.abc import Callable

__all__ = ["Admission", "AdmissionControl"]

MAX_CONNECTIONS = 512
MAX_WAITING = 256


class Admission:
    """Admission of one connection: silent, then waiting after its `hello`, then admitted.

    Attributes:
        client: identifies the client; many clients behind one proxy may share it.
        said_hello: whether the client has sent its `hello`.
    """

    def __init__(self, control: "AdmissionControl", client: str, evict: Callable[[], None]) -> None:
        self.client = client
        self.said_hello = False
        self.evict = evict
        self._control = control

    def admit(self) -> bool:
        """Admit the connection; return `False` if it was evicted or the limit is reached."""
        return self._control.admit(self)

    def release(self) -> None:
        """Release its place when the connection is gone. Idempotent."""
        self._control.release(self)


class AdmissionControl:
    """Counts admitted and waiting connections separately, so that waiting ones take no place of admitted ones.

    When too many wait, it evicts one of the client with the most waiting connections: the one silent for longest, or
    the newest if all have sent their hello. So a client that floods the hub evicts its own connections. If all clients
    share one proxy, pages still get in: a page sends its hello at once and is admitted long before its eviction.
    """

    def __init__(self) -> None:
        self._waiting: dict[Admission, None] = {}
        self._admitted: set[Admission] = set()

    def request(self, client: str, evict: Callable[[], None]) -> Admission:
        """Register a waiting connection; `evict` must end it at once."""
        admission = Admission(self, client, evict)
        self._waiting[admission] = None
        if len(self._waiting) > MAX_WAITING:
            evicted = self._next_to_evict()
            del self._waiting[evicted]
            evicted.evict()
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
