"""The marimo element that shows a stream."""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Self, overload

import marimo as mo
import traitlets

from marimo_rfb.encode.thumbnail import mime_of
from marimo_rfb.errors import OptionError, RfbError
from marimo_rfb.events import EventDict, InputEvent
from marimo_rfb.notebook.events.audience_getters import AudienceGetters
from marimo_rfb.notebook.events.event_callbacks import EventCallback, EventCallbacks
from marimo_rfb.notebook.events.event_dispatcher import EventDispatcher, next_event_id
from marimo_rfb.notebook.events.event_getters import EventGetters, Where
from marimo_rfb.notebook.events.feedback_guard import FeedbackGuard
from marimo_rfb.notebook.events.page_event import page_event
from marimo_rfb.notebook.events.reader_cells import ReaderCells
from marimo_rfb.notebook.events.rerun_queue import RerunQueue
from marimo_rfb.notebook.events.throttled_state import ThrottledState
from marimo_rfb.notebook.hosts import _ipython, _marimo
from marimo_rfb.notebook.hosts.marimo_cleanup import end_with_cell
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.hosts.stream_registry import StreamLease
from marimo_rfb.notebook.rendering.animation import Animation, AnimationOptions
from marimo_rfb.notebook.rendering.render_function import RenderFunction
from marimo_rfb.notebook.stills.static_fallback import display_widget
from marimo_rfb.notebook.stills.thumbnail_updater import ThumbnailUpdater
from marimo_rfb.notebook.versioned_settings import Region
from marimo_rfb.notebook.widget import SETTINGS, RfbViewer, picture_of
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wasm import check_threads, in_wasm

__all__ = ["View"]

MAX_HZ = 30.0
SEEN_MAX_HZ = 10.0
_FEEDBACK_LOOP = (
    "A cell runs again and again by itself: it sets state because of view.value, the state draws a new picture, and "
    "the value is still there. To do something once for each click: view.on_click(function)."
)


class View(mo.ui.anywidget):
    """A live picture in a cell: a marimo element whose value is what a person did in it last.

    Made by `frame`, `animate` and `Stream.view`, once for each cell and name; when the cell runs again it gets the same
    view. All traits of `RfbViewer` are its attributes too and take effect at once: `view.height = 300`.
    """

    def __init__(
        self, lease: StreamLease, traits: Mapping[str, Any], *, session: Session, goes_by_function: bool = False
    ) -> None:
        self._lease = lease
        self._session = session
        self._closed = False
        self._given = dict(traits)
        self._made_in = _marimo.current_cell()
        # What is done in the view comes over its own socket, unless marimo's own values are needed: without its private
        # names, and in arrays and forms.
        view_id = "" if self._made_in is None else secrets.token_urlsafe(12)
        widget = RfbViewer(served=lease.stream, view_id=view_id, **traits)
        if session.has_page:
            # The page would ask anyway, but a cell that runs on keeps the kernel from hearing it.
            widget.start_server()
        # Whether its name in the cell is that of its function, and changes with it.
        self.goes_by_function = goes_by_function
        self._shared = False
        self._last_event: object = None
        self._event_id = 0
        self._readers = ReaderCells()
        self._feedback = FeedbackGuard(
            session.call_soon, lambda: feed_of(lease.stream).notices.put("feedback_loop", _FEEDBACK_LOOP)
        )
        self._dispatcher = EventDispatcher(session, lease.stream)
        if self._made_in is not None:
            cell = self._made_in
            values = RerunQueue(
                self._apply_event,
                after_reruns=lambda function: _marimo.call_after_reruns(cell, function),
                is_pending=lambda: self._readers.pending,
            )
            self._dispatcher.listen_to_view(view_id, values.put)
        self._getters = EventGetters(session, self._dispatcher)
        self._callbacks = EventCallbacks(session, self._dispatcher, lease.stream)
        self._audience_getters = AudienceGetters(session, lease.stream.audience)
        self._seen: ThrottledState[Region | None] | None = None
        self._thumbnails = ThumbnailUpdater(
            lease.stream,
            lambda thumbnail: _show_thumbnail(thumbnail, lease.stream, widget),
            at_once=lambda: in_wasm() or not session.has_page,
        )
        super().__init__(widget)
        if self._made_in is not None or _ipython.in_kernel():
            widget.observe(self._on_last_event, names="last_event")
        widget.observe(lambda _: session.note_page(), names="state")

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the view itself: `mo.ui.array` and its kin copy what they are given, and a copy would have no life."""
        self._enable_sync()  # they hand the value on without reading it
        return self

    def __copy__(self) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<View of {self.stream!r}>"

    @property
    def stream(self) -> Stream:
        """What the view shows."""
        return self._lease.stream

    @property
    def closed(self) -> bool:
        """Whether the view, or its stream, was closed."""
        return self._closed or self.stream.closed

    def close(self) -> None:
        """Disconnect the pages and stop the animation; the last picture stays on screen. Twice is fine. Any thread."""
        if self._closed:
            return
        self._closed = True
        self._audience_getters.close()
        if self._seen is not None:
            self._seen.close()
        self._getters.release()
        self._callbacks.release()
        self._dispatcher.close()
        self._thumbnails.close()
        self._lease.release()

    def _release_(self) -> None:
        """Do what `close` does, and take the view from the page. Twice is fine."""
        self.close()
        self.widget.close()

    # What a person did.

    @property  # type: ignore[misc]
    def value(self) -> EventDict | None:  # type: ignore[override]
        """The last thing a person did: a press, a finished drag, a double click or a key; `None` before the first.

        Cells that read it run again for each, those that only mention the view do not, and neither does the cell that
        made the view. Positions are frame pixels; see `on` for what comes more often.

        A value stays until the next one, so a cell that changes what is drawn because of it runs without end: what is
        drawn runs anew, the value is still there. What is to happen once for each click is a callback:

        ```python
        get_marks, set_marks = mo.state([])
        ```

        ```python
        view = rfb.frame(draw(get_marks()))
        view.on_click(lambda click: set_marks(lambda marks: [*marks, (click["x"], click["y"])]))
        view
        ```
        """
        if self._shared or not self.widget.view_id:
            self._enable_sync()
        cell = _marimo.current_cell()
        if cell is not None and cell != self._made_in:
            self._readers.note(cell)
            if self._value is not None:
                self._feedback.note(cell, self._event_id)
        event: EventDict | None = self._value
        return event

    def on(
        self, event_type: str, *, max_hz: float = MAX_HZ, where: Where | None = None
    ) -> Callable[[], EventDict | None]:
        """Return a getter of the newest event of a type, to be bound to a global: cells that call it run again.

        A cell that runs again gets the same getter. What is to happen once for each event is for `on_click`, `on_drag`
        and `on_event`: `view.on_click(lambda click: set_marks(lambda marks: [*marks, (click["x"], click["y"])]))`.

        Args:
            event_type: of the renderview vocabulary (`"pointer_move"`, `"wheel"`, `"key_down"`, …), or `"drag"` (start,
                end and rectangle in frame pixels, when the button is released), `"dragging"` (the same before that, and
                `None` after), `"click"` (see `on_click`), or `"pick"` (x, y and the RGB that was published there).
            max_hz: cells run at most so many times a second; of what comes faster the newest is kept.
            where: events for which it returns something false are left out. Called on the kernel's thread, with the
                globals it names as they are now.

        Raises:
            OptionError: an argument makes no sense.
        """
        return self._getters.getter(event_type, max_hz=max_hz, where=where)

    def on_click(self, callback: Callable[[EventDict], object]) -> EventCallback:
        """Call `callback` once for each click; see `on_event`.

        A click is a press of the left button, or of a finger, in the picture and its release without a drag between. It
        is told when the button is released, with the place of the press: `"x"`, `"y"` in frame pixels, `"rgb"` as it
        was published there (as far as it was), `"button"`, `"modifiers"`, `"timestamp"`.
        """
        return self._callbacks.add("click", callback)

    def on_drag(self, callback: Callable[[EventDict], object]) -> EventCallback:
        """Call `callback` once for each drag when it ends: `"start"`, `"end"`, `"rect"` in frame pixels.

        See `on_event`.
        """
        return self._callbacks.add("drag", callback)

    @overload
    def on_event(self, types: str | Iterable[str], callback: Callable[[EventDict], object]) -> EventCallback: ...

    @overload
    def on_event(self, types: str | Iterable[str]) -> Callable[[Callable[[EventDict], object]], EventCallback]: ...

    def on_event(
        self, types: str | Iterable[str], callback: Callable[[EventDict], object] | None = None
    ) -> EventCallback | Callable[[Callable[[EventDict], object]], EventCallback]:
        """Call `callback` once for each event of these types; also a decorator: `@view.on_event("wheel")`.

        It is called on the kernel's thread between the runs of cells, and may set `mo.state`, which runs the cells that
        read it. When its cell runs again its function takes the place of the one before, and when the cell is deleted
        it is called no more; outside of a cell each call adds one. What it raises is shown in the view and logged; the
        next event is told nevertheless.

        Args:
            types: one or several; see `on`.
            callback: a plain function of the event. Each event has an `"id"`, a number that rises.

        Returns:
            the callback; `callback.remove()` ends it.

        Raises:
            OptionError: there is no such type, or the callback is no plain function.
        """
        if callback is None:
            return lambda function: self._callbacks.add(types, function)
        return self._callbacks.add(types, callback)

    async def events(self) -> AsyncIterator[InputEvent]:
        """Iterate over all that people do from now on; each iterator gets every event.

        It ends when the stream is closed, and when the cell runs again that reads, or made the task that does.
        """
        queue = EventQueue()
        end = end_with_cell(queue.close)
        try:
            async for event in feed_of(self.stream).events(queue):
                yield event
        finally:
            end()

    # Who looks on.

    @property
    def viewers(self) -> Callable[[], int]:
        """A getter of how many pages show the stream, to be bound to a global: cells that call it run again."""
        return self._audience_getters.getter("viewers", lambda audience: audience.viewers)

    @property
    def size(self) -> Callable[[], tuple[int, int] | None]:
        """A getter of the view's width and height in device pixels, `None` before a page showed it; see `viewers`."""
        return self._audience_getters.getter("size", lambda audience: audience.size)

    @property
    def seen(self) -> Callable[[], Region | None]:
        """A getter of the part of the picture that is seen: x, y, width, height in frame pixels; see `viewers`.

        It is what `region` is, for cells that are to run again when a person zooms or pans.
        """
        if self._seen is None:
            seen = self._seen = ThrottledState(self._session, self.widget.region, max_hz=SEEN_MAX_HZ)
            self.widget.observe(lambda change: seen.set(change.new), names="region")
        return self._seen.getter

    @property
    def cursor(self) -> str:
        """The CSS cursor over the picture; can be set. See `Stream.cursor`."""
        return self.stream.cursor

    @cursor.setter
    def cursor(self, css: str) -> None:
        self.stream.cursor = css

    @property
    def connected(self) -> Callable[[], bool]:
        """A getter of whether any page shows the stream; see `viewers`."""
        return self._audience_getters.getter("connected", lambda audience: audience.viewers > 0)

    @property
    def stats(self) -> dict[str, Any]:
        """What the page measured, and what the stream counted (`"published"`, `"encoded"`, `"skipped"`, …)."""
        return {**self.widget.stats, **self.stream.stats.as_dict()}

    # An animation's time.

    @property
    def fps(self) -> float:
        """How often the animation renders, frames a second; can be set."""
        return self._animation.fps

    @fps.setter
    def fps(self, fps: float) -> None:
        self._animation.set_fps(fps)

    @property
    def t(self) -> float:
        """Animation time of the newest picture, seconds."""
        return self._animation.t

    @property
    def playing(self) -> bool:
        """Whether the animation's time goes on, at least while somebody looks."""
        return self._animation.playing

    def play(self) -> None:
        """Let the animation's time go on."""
        self._animation.play()

    def pause(self) -> None:
        """Stop the animation's time; the picture stays."""
        self._animation.pause()

    def seek(self, t: float) -> None:
        """Go on from second `t`, and show it at once when paused.

        Raises:
            OptionError: `t` is no finite number.
        """
        self._animation.seek(t)

    # For the functions that make views.

    def _show_frames(self) -> None:
        """Show what is published, and no animation."""
        self._lease.stop()

    def _show_animation(self, render: RenderFunction, options: AnimationOptions) -> Animation:
        """Animate the stream; an animation it has already goes on with `render`."""
        check_threads()
        return self._lease.animate(render, options)

    def _bind_to(self, cell: _marimo.Cell | _ipython.Cell) -> None:
        """Take it that the present run of `cell` made the view, and that no array or form has it yet."""
        cell.register(self)
        cell.keep_value(self, shared=False)
        self._shared = False

    def _configure(self, traits: Mapping[str, Any]) -> None:
        """Set `traits`, and those that were given before and are not now to their defaults.

        What a person sets too is set only when it is given anew: a picture that is repainted stays as they look at it.

        Raises:
            OptionError: a value makes no sense.
        """
        widget = self.widget
        gone = {name: widget.trait_defaults(name) for name in self._given.keys() - traits.keys()}
        kept = {
            name for name in SETTINGS if name in traits and name in self._given and traits[name] == self._given[name]
        }
        # What the stream is may have been settled only now.
        of_stream = picture_of(self.stream)
        try:
            with widget.hold_sync():
                for name, value in {**gone, **of_stream, **traits}.items():
                    if name not in kept:
                        widget.set_trait(name, value)
        except traitlets.TraitError as exc:
            raise OptionError(str(exc)) from exc
        self._given = dict(traits)

    @property
    def _animation(self) -> Animation:
        animation = self._lease.animation
        if animation is None:
            raise RfbError("this view shows frames as they are published; only an animation has a time of its own")
        return animation

    # What marimo asks of an element.

    def _convert_value(self, value: Any) -> Any:
        super()._convert_value(value)
        return self._current_event()

    def _register_as_view(self, parent: Any, key: str) -> None:
        super()._register_as_view(parent, key)
        self._enable_sync()
        self._shared = True
        if self._made_in is not None:  # the value is its parent's too, which marimo sets
            self._made_in.keep_value(self, shared=True)

    def _apply_event(self, event: EventDict) -> bool:
        """Make `event` the value, and return whether cells re-run for it."""
        if self._shared:  # then marimo's own value counts
            return False
        self._event_id = event["id"]
        self._value = event
        feed_of(self.stream).notices.put("feedback_loop", "")
        return self._readers.rerun()

    def _on_last_event(self, change: Any) -> None:
        if not self._shared:
            self._value = self._current_event()  # type: ignore[assignment]
            self._readers.rerun()

    def _current_event(self) -> EventDict | None:
        # marimo and the widget both tell that it changed, in any order: it is one event with one number.
        if self.widget.last_event is not self._last_event:
            self._last_event = self.widget.last_event
            self._event_id = next_event_id()
            feed_of(self.stream).notices.put("feedback_loop", "")
        event = page_event(self._last_event, width=self.stream.width, height=self.stream.height)
        return None if event is None else {**event, "id": self._event_id}

    def _mime_(self) -> Any:
        poster = self.widget.poster
        if self._session.has_page or not poster:
            return super()._mime_()
        # For exports that keep no scripts; a page would only be sent the picture twice. Nothing else of marimo's beside
        # it: of several forms, readers of notebooks prefer its text to a picture.
        mime = mime_of(poster)
        picture = f"data:{mime};base64,{base64.b64encode(poster).decode()}"
        return "application/vnd.marimo+mimebundle", json.dumps({"text/html": self.text, mime: picture})

    def _ipython_display_(self) -> None:
        display_widget(self.widget, self.stream)

    def _enable_sync(self) -> None:
        # Not before somebody cares: each one is a request to the kernel, and without marimo's private names, or in an
        # array, runs every cell that mentions the view.
        if not self.widget.sync_last_event:
            self.widget.sync_last_event = True


def _show_thumbnail(thumbnail: bytes, stream: Stream, widget: RfbViewer) -> None:
    """Show `still` where there is no live picture, in the proportions that it has."""
    with widget.hold_sync():
        widget.set_trait("picture_size", [stream.width, stream.height])
        widget.set_trait("poster", thumbnail)
