"""Reactive getters of a stream's audience."""

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
    """Makes reactive getters of an audience's attributes, one per name and notebook, and keeps them up to date."""

    def __init__(self, session: Session, audience: Audience) -> None:
        self._session = session
        self._audience = audience
        self._signals: dict[tuple[str, object], ThrottledState[Any]] = {}
        self._unsubscribes: list[Callable[[], None]] = []

    def getter(self, name: str, read: Callable[[Audience], T]) -> Callable[[], T]:
        """Return the getter `name`; its value is the result of `read`."""
        key = (name, _marimo.current_notebook())  # an embedded notebook has its own states
        if key not in self._signals:
            self._signals[key] = self._follow(read)
        return self._signals[key].getter

    def close(self) -> None:
        """Stop updating the getters. Idempotent."""
        for stop in self._unsubscribes:
            stop()
        for signal in self._signals.values():
            signal.close()

    def _follow(self, read: Callable[[Audience], T]) -> ThrottledState[T]:
        audience, last = self._audience, read(self._audience)
        signal = ThrottledState(self._session, last, max_hz=MAX_HZ)

        def update() -> None:
            nonlocal last
            value = read(audience)
            if value != last:
                last = value
                signal.set(value)

        self._unsubscribes.append(audience.listen(update))
        update()  # the audience may have changed since the first read
        return signal
