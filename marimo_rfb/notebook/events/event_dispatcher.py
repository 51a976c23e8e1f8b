"""Dispatch of a stream's input events to the callbacks, getters and views of a notebook."""

import itertools
import logging
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from marimo_rfb.errors import OptionError
from marimo_rfb.events import EVENT_TYPES, EventDict, InputEvent
from marimo_rfb.flow.drag_detector import DragDetector, describe_drag
from marimo_rfb.notebook.events.picking import PICKED, picked
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream

__all__ = ["LISTENABLE", "EventDispatcher", "check_type", "next_event_id"]

log = logging.getLogger(__name__)

_event_ids = itertools.count(1)

Listener = Callable[[EventDict | None], None]

# Discrete events, unlike moving and scrolling; a finished drag is one too.
_DISCRETE = ("pointer_down", "double_click", "key_down")
# After those of the page: events of the hub, and events that this module derives from others.
LISTENABLE = (*EVENT_TYPES, "resize", "close", "drag", "dragging", "pick", "click")


def check_type(event_type: object) -> str:
    """Return `event_type` if it is a valid type.

    Raises:
        OptionError: it is not; the message lists the valid types.
    """
    if event_type not in LISTENABLE:
        raise OptionError(f"there is no event {event_type!r}; there are {', '.join(LISTENABLE)}")
    return str(event_type)


def next_event_id() -> int:
    """Return the next event id; ids increase throughout the process."""
    return next(_event_ids)


class EventDispatcher:
    """Dispatches the events of a stream to the listeners of their type, on the kernel's thread."""

    def __init__(self, session: Session, stream: Stream) -> None:
        self._session = session
        self._stream = stream
        self._listeners: dict[str, tuple[Listener, ...]] = {}
        self._view_listeners: dict[str, Callable[[EventDict], None]] = {}
        self._drags: dict[str, DragDetector] = {}
        self._scheduled = False
        self._queue = _PickingQueue(stream, self._on_queued)
        feed_of(stream).add_event_queue(self._queue)

    def listen(self, event_type: str, listener: Listener) -> None:
        """Call `listener` with every event of that type, on the kernel's thread; with `None` at the end of dragging."""
        self._listeners[event_type] = (*self._listeners.get(event_type, ()), listener)

    def unlisten(self, event_type: str, listener: Listener) -> None:
        self._listeners[event_type] = tuple(each for each in self._listeners.get(event_type, ()) if each != listener)

    def listen_to_view(self, view_id: str, listener: Callable[[EventDict], None]) -> None:
        """Call `listener` with each press, finished drag, double click and key of one view, on the kernel's thread.

        The listeners of the event's type are called first. Events that began outside of the picture are left out.
        """
        self._view_listeners[view_id] = listener

    def close(self) -> None:
        """Stop listening. Idempotent."""
        feed_of(self._stream).remove_event_queue(self._queue)
        self._listeners.clear()
        self._view_listeners.clear()

    def _on_queued(self) -> None:
        # Coalesced: up to a thousand events per second cause one call on the kernel's thread at a time.
        if not self._scheduled:
            self._scheduled = True
            self._session.call_soon(self._dispatch_queued)

    def _dispatch_queued(self) -> None:
        self._scheduled = False
        for event in self._queue.take():
            discrete = self._dispatch_all(event)
            if discrete is not None and event.view in self._view_listeners:
                _call(self._view_listeners[event.view], discrete)

    def _dispatch_all(self, event: InputEvent) -> EventDict | None:
        """Dispatch `event` and the events derived from it; return the discrete event among them, if any."""
        dispatched = self._dispatch(event.event)
        if event.type == "pointer_down" and "rgb" in event.event:
            self._dispatch(_pick(event.event))
        drag = self._follow_drag(event)
        if drag is not None:
            return drag
        is_discrete = event.type in _DISCRETE and event.event.get("inside", True)
        return dispatched if is_discrete else None

    def _follow_drag(self, event: InputEvent) -> EventDict | None:
        if event.type == "close":
            self._drags.pop(event.viewer, None)
            return None
        detector = self._drags.setdefault(event.viewer, DragDetector())
        drag = detector.feed(event.event)
        if detector.click is not None:
            self._dispatch(_click(detector.click, event.event))
        if drag is not None:
            dispatched = self._dispatch_drag("drag", drag["start"], drag["end"])
            self._dispatch_type("dragging", None)
            return dispatched
        if (start := detector.drag_start(event.event)) is not None:
            self._dispatch_drag("dragging", start, event.event)
        return None

    def _dispatch_drag(self, kind: str, start: EventDict, end: EventDict) -> EventDict:
        return self._dispatch(
            describe_drag(start, end, width=self._stream.width, height=self._stream.height, kind=kind)
        )

    def _dispatch(self, event: EventDict) -> EventDict:
        numbered = {**event, "id": next_event_id()}
        self._dispatch_type(event["type"], numbered)
        return numbered

    def _dispatch_type(self, event_type: str, event: EventDict | None) -> None:
        for listener in self._listeners.get(event_type, ()):
            _call(listener, event)


def _call(listener: Callable[[Any], None], event: EventDict | None) -> None:
    try:
        listener(event)
    except BaseException:  # mo.stop raises no `Exception`; later events must still be delivered
        log.exception("a listener for %s raised", "the end of dragging" if event is None else event["type"])


class _PickingQueue(EventQueue):
    """Adds what is under a press at once, because the picture may change before a busy kernel handles the event."""

    def __init__(self, stream: Stream, wake: Callable[[], None]) -> None:
        super().__init__(wake=wake)
        self._stream = stream

    def put(self, event: InputEvent) -> None:
        if event.type == "pointer_down":
            event = replace(event, event=picked(event.event, self._stream.newest))
        super().put(event)


def _pick(press: EventDict) -> EventDict:
    copied = {name: press[name] for name in (*PICKED, "button", "modifiers", "timestamp") if name in press}
    return {"type": "pick", "x": math.floor(press["x"]), "y": math.floor(press["y"]), **copied}


def _click(press: EventDict, release: EventDict) -> EventDict:
    event: EventDict = {name: press[name] for name in ("x", "y", *PICKED, "button", "modifiers") if name in press}
    return {"type": "click", **event, "timestamp": release["timestamp"]}
