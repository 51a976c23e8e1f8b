"""Reactive getters of the newest event of a type, as `View.on` returns them."""

import itertools
from collections.abc import Callable

from marimo_rfb.errors import OptionError
from marimo_rfb.events import EventDict
from marimo_rfb.notebook.events.event_dispatcher import EventDispatcher, check_type
from marimo_rfb.notebook.events.throttled_state import ThrottledState
from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.rendering.function_snapshot import snapshot_function
from marimo_rfb.stream.options import as_rate

__all__ = ["EventGetter", "EventGetters", "Where"]

_numbers = itertools.count(1)

Where = Callable[[EventDict], object]


class EventGetter:
    """Feeds the events of a type that pass `where` into a throttled state, until it is released."""

    def __init__(self, session: Session, dispatcher: EventDispatcher, event_type: str, *, max_hz: float) -> None:
        self.signal: ThrottledState[EventDict | None] = ThrottledState(session, None, max_hz=max_hz)
        self._dispatcher = dispatcher
        self._event_type = event_type
        self._where: Where | None = None
        dispatcher.listen(event_type, self._on_event)

    @property
    def closed(self) -> bool:
        return self.signal.closed

    def filter(self, where: Where | None) -> None:
        """Pass only events for which `where` is true; it keeps its current globals."""
        self._where = None if where is None else snapshot_function(where)

    def release(self) -> None:
        """Stop listening. Idempotent."""
        self._dispatcher.unlisten(self._event_type, self._on_event)
        self.signal.close()

    _release_ = release

    def _on_event(self, event: EventDict | None) -> None:
        if event is None or self._where is None or self._where(event):
            self.signal.set(event)


class EventGetters:
    """The event getters of one view. A cell that re-runs gets its getters back, with their values."""

    def __init__(self, session: Session, dispatcher: EventDispatcher) -> None:
        self._session = session
        self._dispatcher = dispatcher
        self._number = next(_numbers)
        self._getters: dict[tuple[str, float, object, object], EventGetter] = {}

    def getter(self, event_type: str, *, max_hz: float, where: Where | None) -> Callable[[], EventDict | None]:
        """Return a getter; see `View.on`.

        Raises:
            OptionError: an argument is invalid.
        """
        check_type(event_type)
        rate = as_rate(max_hz)
        if rate is None:
            raise OptionError(f"max_hz is above 0 and at most 1000, got {max_hz!r}")
        if where is not None and not callable(where):
            raise OptionError(f"where is a function of an event, got {type(where).__name__}")
        cell = None if where is None else _marimo.current_cell()
        if cell is None:
            getter = self._by_arguments(event_type, rate, where)
        else:
            getter = self._by_position(cell, event_type, rate)
        getter.filter(where)
        return getter.signal.getter

    def release(self) -> None:
        """Release all getters. Idempotent."""
        for getter in self._getters.values():
            getter.release()

    def _by_arguments(self, event_type: str, max_hz: float, where: Where | None) -> EventGetter:
        """Return the getter with the same arguments, or a new one."""
        # An embedded notebook has its own states.
        key = (event_type, max_hz, getattr(where, "__code__", where), _marimo.current_notebook())
        if key not in self._getters:
            self._getters[key] = self._listen(event_type, max_hz)
        return self._getters[key]

    def _by_position(self, cell: _marimo.Cell, event_type: str, max_hz: float) -> EventGetter:
        """Return the getter that the last run made at the same position, because two functions may share their code."""
        registry = self._session.registry
        names = (f"{event_type} at {max_hz} Hz in view {self._number}, {n}" for n in itertools.count())
        name = next(name for name in names if not registry.is_claimed(cell, name))
        return registry.claim(cell, name, lambda: self._listen(event_type, max_hz))

    def _listen(self, event_type: str, max_hz: float) -> EventGetter:
        return EventGetter(self._session, self._dispatcher, event_type, max_hz=max_hz)
