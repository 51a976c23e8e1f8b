"""Who watches a stream, as getters that cells react to."""

from collections.abc import Callable
from typing import Any, TypeVar

from marimo_rfb.notebook.events.throttled_state import ThrottledState
from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.stream.audience import Audience

__all__ = ["AudienceGetters"]

T = TypeVar("T")

MAX_HZ = 10.0


class AudienceGetters:
    """Makes getters of what an audience tells, each once in a notebook, and sets them when it changes."""

    def __init__(self, session: Session, audience: Audience) -> None:
        self._session = session
        self._audience = audience
        self._signals: dict[tuple[str, object], ThrottledState[Any]] = {}
        self._unsubscribes: list[Callable[[], None]] = []

    def getter(self, name: str, read: Callable[[Audience], T]) -> Callable[[], T]:
        """Return the getter of that name, which returns what `read` finds."""
        key = (name, _marimo.current_notebook())  # one that is embedded has states of its own
        if key not in self._signals:
            self._signals[key] = self._follow(read)
        return self._signals[key].getter

    def close(self) -> None:
        """Set nothing more. Twice is fine."""
        for stop in self._unsubscribes:
            stop()
        for signal in self._signals.values():
            signal.close()

    def _follow(self, read: Callable[[Audience], T]) -> ThrottledState[T]:
        audience, last = self._audience, read(self._audience)
        signal = ThrottledState(self._session, last, max_hz=MAX_HZ)

        def look() -> None:
            nonlocal last
            value = read(audience)
            if value != last:
                last = value
                signal.set(value)

        self._unsubscribes.append(audience.listen(look))
        look()  # it may have changed since it was read
        return signal
