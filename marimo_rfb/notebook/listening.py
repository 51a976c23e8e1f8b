"""Getters of the newest event of a type, as `View.on` returns them."""

import itertools
from collections.abc import Callable

from marimo_rfb.errors import OptionError
from marimo_rfb.events import EventDict
from marimo_rfb.notebook import _marimo
from marimo_rfb.notebook.freeze import freeze
from marimo_rfb.notebook.intake import Intake, check_type
from marimo_rfb.notebook.session import Session
from marimo_rfb.notebook.signal import Signal
from marimo_rfb.stream.options import as_rate

__all__ = ["Listening", "Listenings", "Where"]

_numbers = itertools.count(1)

Where = Callable[[EventDict], object]


class Listening:
    """Puts the events of a type that pass `where` into a signal, until it is released."""

    def __init__(self, session: Session, intake: Intake, event_type: str, *, max_hz: float) -> None:
        self.signal: Signal[EventDict | None] = Signal(session, None, max_hz=max_hz)
        self._intake = intake
        self._event_type = event_type
        self._where: Where | None = None
        intake.listen(event_type, self._take)

    @property
    def closed(self) -> bool:
        return self.signal.closed

    def filter(self, where: Where | None) -> None:
        """Let events pass for which `where` returns something true, with its globals as they are now."""
        self._where = None if where is None else freeze(where)

    def release(self) -> None:
        """Listen no more. Twice is fine."""
        self._intake.unlisten(self._event_type, self._take)
        self.signal.close()

    _release_ = release

    def _take(self, event: EventDict | None) -> None:
        if event is None or self._where is None or self._where(event):
            self.signal.put(event)


class Listenings:
    """The listenings of one view. A cell that runs again gets what it had, with the value it has."""

    def __init__(self, session: Session, intake: Intake) -> None:
        self._session = session
        self._intake = intake
        self._number = next(_numbers)
        self._known: dict[tuple[str, float, object, object], Listening] = {}

    def getter(self, event_type: str, *, max_hz: float, where: Where | None) -> Callable[[], EventDict | None]:
        """Return the getter that `View.on` describes.

        Raises:
            OptionError: an argument makes no sense.
        """
        check_type(event_type)
        rate = as_rate(max_hz)
        if rate is None:
            raise OptionError(f"max_hz is above 0 and at most 1000, got {max_hz!r}")
        if where is not None and not callable(where):
            raise OptionError(f"where is a function of an event, got {type(where).__name__}")
        cell = None if where is None else _marimo.current_cell()
        if cell is None:
            listening = self._with_these(event_type, rate, where)
        else:
            listening = self._at_this_place(cell, event_type, rate)
        listening.filter(where)
        return listening.signal.getter

    def release(self) -> None:
        """Release all of them. Twice is fine."""
        for listening in self._known.values():
            listening.release()

    def _with_these(self, event_type: str, max_hz: float, where: Where | None) -> Listening:
        """Return what listens with the same arguments, else something new."""
        # A notebook and one that it embeds have states of their own.
        key = (event_type, max_hz, getattr(where, "__code__", where), _marimo.current_home())
        if key not in self._known:
            self._known[key] = self._listen(event_type, max_hz)
        return self._known[key]

    def _at_this_place(self, cell: _marimo.Cell, event_type: str, max_hz: float) -> Listening:
        """Return what listened at this place in the cell before: two functions may have the same code."""
        claims = self._session.claims
        names = (f"{event_type} at {max_hz} Hz in view {self._number}, {n}" for n in itertools.count())
        name = next(name for name in names if not claims.holds(cell, name))
        return claims.claim(cell, name, lambda: self._listen(event_type, max_hz))

    def _listen(self, event_type: str, max_hz: float) -> Listening:
        return Listening(self._session, self._intake, event_type, max_hz=max_hz)
