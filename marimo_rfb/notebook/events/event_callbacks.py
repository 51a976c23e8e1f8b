"""User callbacks for the events of a view."""

import inspect
import itertools
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from marimo_rfb.errors import OptionError
from marimo_rfb.events import EventDict
from marimo_rfb.notebook.events.event_dispatcher import EventDispatcher, check_type
from marimo_rfb.notebook.hosts import _ipython, _marimo
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.rendering.render_error import describe_render_error
from marimo_rfb.stream.stream import Stream

__all__ = ["EventCallback", "EventCallbacks"]

log = logging.getLogger(__name__)

# Events buffered while the cell of the callback is re-running.
CAPACITY = 1024

_numbers = itertools.count(1)

Function = Callable[[EventDict], object]


class EventCallback:
    """A function that is called once per event of some types, until `remove` is called or its cell is deleted.

    It can be called like the function itself.

    Attributes:
        dropped: number of events dropped because too many arrived while the cell was re-running.
    """

    def __init__(self, session: Session, dispatcher: EventDispatcher, stream: Stream, types: tuple[str, ...]) -> None:
        self._session = session
        self._dispatcher = dispatcher
        self._stream = stream
        self._types = types
        self._function: Function | None = None
        self._notebook: _marimo.Notebook | None = None
        self._waiting: deque[EventDict] = deque()
        self._failed = False
        self.dropped = 0
        self.closed = False
        for each in types:
            dispatcher.listen(each, self._on_event)

    def __call__(self, event: EventDict) -> object:
        assert self._function is not None
        return self._function(event)

    def _mime_(self) -> tuple[str, str]:
        """Show nothing: a cell may end with the registration of a callback."""
        return "text/plain", ""

    def _ipython_display_(self) -> None:
        """Show nothing, likewise."""

    def remove(self) -> None:
        """Stop calling the function. Idempotent."""
        self.closed = True
        self._waiting.clear()
        for each in self._types:
            self._dispatcher.unlisten(each, self._on_event)
        self._clear_notice()

    def _release_(self) -> None:
        """Implement `Releasable` by `remove`."""
        self.remove()

    def replace_function(self, function: Function) -> None:
        """Call `function` from now on, first with the events since `pause`."""
        self._function = function
        self._notebook = _marimo.current_notebook()
        if self._waiting:
            self._session.call_soon(self._flush)

    def pause(self) -> None:
        """Buffer events until `replace_function`: the function of the last run may refer to deleted globals."""
        self._function = None

    def _on_event(self, event: EventDict | None) -> None:
        if event is None:  # the end of `dragging`
            return
        if len(self._waiting) == CAPACITY:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(event)
        self._flush()

    def _flush(self) -> None:
        if self._notebook is None:
            self._call()
        else:
            self._notebook.call(self._call)

    def _call(self) -> None:
        while self._waiting and self._function is not None:
            function, event = self._function, self._waiting.popleft()
            try:
                function(event)
            except BaseException as exc:
                # Whatever it is, the events after it must still be delivered.
                log.exception("a callback for %s raised", event["type"])
                self._failed = True
                self._stream.notify(describe_render_error(exc, getattr(function, "__code__", None)))
            else:
                self._clear_notice()

    def _clear_notice(self) -> None:
        if self._failed:
            self._failed = False
            self._stream.notify("")


class EventCallbacks:
    """The callbacks of one view. A cell that re-runs keeps its callbacks and replaces their functions."""

    def __init__(self, session: Session, dispatcher: EventDispatcher, stream: Stream) -> None:
        self._session = session
        self._dispatcher = dispatcher
        self._stream = stream
        self._number = next(_numbers)
        self._made: list[EventCallback] = []

    def add(self, types: Iterable[str] | str, function: Function) -> EventCallback:
        """Return a callback of `function`; see `View.on_event`.

        Raises:
            OptionError: an argument is invalid.
        """
        names = tuple(check_type(each) for each in ([types] if isinstance(types, str) else types))
        if not names:
            raise OptionError("types must name at least one event type, got none")
        check_function(function)
        cell = _marimo.current_cell() or _ipython.current_cell()
        callback = self._without_cell(names) if cell is None else self._in_cell(cell, names)
        callback.replace_function(function)
        return callback

    def release(self) -> None:
        """Remove all callbacks. Idempotent."""
        for callback in self._made:
            callback.remove()
        self._made.clear()

    def _without_cell(self, types: tuple[str, ...]) -> EventCallback:
        """Return a new callback; in marimo it lives until the end of the current cell run."""
        callback = self._make(types)
        if _marimo.in_live_notebook():
            self._session.registry.release_after(callback, _marimo.CellRun())
        return callback

    def _in_cell(self, cell: Any, types: tuple[str, ...]) -> EventCallback:
        """Return the callback that the last run of the cell made at the same position, counted per types."""
        registry = self._session.registry
        keys = (f"callback for {', '.join(types)} in view {self._number}, {n}" for n in itertools.count())
        key = next(key for key in keys if not registry.is_claimed(cell, key))
        callback = registry.claim(cell, key, lambda: self._make(types))
        cell.on_disposal(callback.pause)
        return callback

    def _make(self, types: tuple[str, ...]) -> EventCallback:
        self._made = [each for each in self._made if not each.closed]
        self._made.append(EventCallback(self._session, self._dispatcher, self._stream, types))
        return self._made[-1]


def check_function(function: object) -> None:
    """Check that `function` is a plain callable.

    Raises:
        OptionError: it is not callable, or is a coroutine function.
    """
    if not callable(function):
        raise OptionError(f"a callback must be a function of an event, got {type(function).__name__}")
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        raise OptionError(
            "a callback must be a plain function, got a coroutine function; start a task in it: "
            "asyncio.create_task(…), or use `async for event in view.events()`"
        )
