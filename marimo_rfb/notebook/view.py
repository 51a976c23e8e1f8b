"""The marimo element that shows a stream."""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Protocol, Self, overload

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
from marimo_rfb.notebook.events.picking import picked
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

__all__ = ["Content", "View"]

MAX_HZ = 30.0
SEEN_MAX_HZ = 10.0
_FEEDBACK_LOOP = (
    "A cell re-runs in an endless loop: it sets state because of view.value, the state redraws the picture, and the "
    "value is still set. To do something once per click, use view.on_click(function)."
)


class Content(Protocol):
    """What publishes the frames of a view, such as a figure."""

    def close(self) -> None: ...


class View(mo.ui.anywidget):
    """A live picture in a cell: a marimo UI element whose value is the last press, drag, double click or key.

    Created by `frame`, `animate` and `Stream.view`, once per cell and name; a re-run of the cell gets the same view.
    All traits of `RfbViewer` are attributes of a view, and setting them takes effect at once: `view.height = 300`.
    """

    def __init__(
        self, lease: StreamLease, traits: Mapping[str, Any], *, session: Session, goes_by_function: bool = False
    ) -> None:
        self._lease = lease
        self._session = session
        self._closed = False
        self._content: Content | None = None
        self._given = dict(traits)
        self._made_in = _marimo.current_cell()
        # Input reaches `value` over the view's own socket, except where marimo's own value mechanism is needed: without
        # its private names, and in arrays and forms.
        view_id = "" if self._made_in is None else secrets.token_urlsafe(12)
        widget = RfbViewer(served=lease.stream, view_id=view_id, **traits)
        if session.has_page:
            # The page would request it anyway, but the kernel cannot read that message while the cell is running.
            widget.start_server()
        # Whether the view is named after its function, so that a renamed function renames the view.
        self.goes_by_function = goes_by_function
        self._shared = False
        self._last_event: object = None
        self._page_event: EventDict | None = None
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
        """Return the view itself: `mo.ui.array` and similar elements copy their items, but a copy would not be live."""
        self._enable_sync()  # they pass the value on without reading it
        return self

    def __copy__(self) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<View of {self.stream!r}>"

    @property
    def stream(self) -> Stream:
        """The stream that the view shows."""
        return self._lease.stream

    @property
    def closed(self) -> bool:
        """Whether the view or its stream was closed."""
        return self._closed or self.stream.closed

    def close(self) -> None:
        """Disconnect the pages and stop the animation; the last picture stays on screen. Idempotent. Thread-safe."""
        if self._closed:
            return
        self._closed = True
        if self._content is not None:
            self._content.close()
        self._audience_getters.close()
        if self._seen is not None:
            self._seen.close()
        self._getters.release()
        self._callbacks.release()
        self._dispatcher.close()
        self._thumbnails.close()
        self._lease.release()

    def _release_(self) -> None:
        """Close the view and remove it from the page. Idempotent."""
        self.close()
        self.widget.close()

    # Input.

    @property  # type: ignore[misc]
    def value(self) -> EventDict | None:  # type: ignore[override]
        """The last discrete event: a press, a finished drag, a double click or a key; `None` before the first.

        Cells that read it re-run for each event. Cells that only refer to the view do not re-run, and neither does the
        cell that created it. Positions are in frame pixels. A press in the picture has `"rgb"` and, if numbers were
        published, `"value"`; see `on_click`. See `on` for continuous events.

        The value stays set until the next event. So a cell that redraws the picture because of the value re-runs in an
        endless loop. To do something once per click, use a callback:

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
        """Return a reactive getter of the newest event of a type.

        Assign the getter to a global variable; other cells that call it re-run for each new event. A re-run of this
        cell gets the same getter. To do something once per event, use `on_click`, `on_drag` or `on_event` instead:
        `view.on_click(lambda click: set_marks(lambda marks: [*marks, (click["x"], click["y"])]))`.

        Args:
            event_type: a type of the renderview specification (`"pointer_move"`, `"wheel"`, `"key_down"`, …), or one of
                these: `"drag"`, start, end and rectangle in frame pixels, when the button is released; `"dragging"`,
                the same during the drag, and `None` after it; `"click"`, see `on_click`; `"pick"`, a press with x, y,
                the color of that pixel and the number that was published there.
            max_hz: the cells re-run at most `max_hz` times per second, above 0 and at most 1000; faster events are
                dropped, except the newest.
            where: a predicate; events for which it returns false are ignored. Called on the kernel's thread, with a
                snapshot of its globals taken by this call.

        Raises:
            OptionError: an argument is invalid.
        """
        return self._getters.getter(event_type, max_hz=max_hz, where=where)

    def on_click(self, callback: Callable[[EventDict], object]) -> EventCallback:
        """Call `callback` once per click; see `on_event`.

        A click is a press of the left button, or a touch, in the picture, and its release without a drag in between.
        The event is sent on release and describes the press: `"x"` and `"y"` in frame pixels, `"rgb"`, the color of
        that pixel if there was one, `"value"`, the published number if the picture has numbers instead of colors
        (`None` if it is masked), `"button"` and `"modifiers"`. `"timestamp"` is the time of the release.
        """
        return self._callbacks.add("click", callback)

    def on_drag(self, callback: Callable[[EventDict], object]) -> EventCallback:
        """Call `callback` once at the end of each drag, with `"start"`, `"end"` and `"rect"` in frame pixels.

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
        """Call `callback` once per event of these types; also a decorator: `@view.on_event("wheel")`.

        The callback runs on the kernel's thread, between cell runs. It may set `mo.state`, which re-runs the cells that
        read the state. A re-run of the registering cell replaces the callback's function; deleting the cell removes the
        callback. Outside of a cell, each call registers another callback. An exception in the callback is shown in the
        view and logged; later events are still delivered.

        Args:
            types: one event type or several; see `on`.
            callback: a plain function of the event. Each event has an `"id"`, an increasing number.

        Returns:
            the registered callback; `callback.remove()` removes it.

        Raises:
            OptionError: a type is unknown, or the callback is not a plain function.
        """
        if callback is None:
            return lambda function: self._callbacks.add(types, function)
        return self._callbacks.add(types, callback)

    async def events(self) -> AsyncIterator[InputEvent]:
        """Iterate over future input events; each iterator gets every event.

        The iteration ends when the stream is closed, and when the cell that iterates, or created the iterating task,
        re-runs or is deleted.
        """
        queue = EventQueue()
        end = end_with_cell(queue.close)
        try:
            async for event in feed_of(self.stream).events(queue):
                yield event
        finally:
            end()

    # Audience.

    @property
    def viewers(self) -> Callable[[], int]:
        """A reactive getter of the number of viewers.

        Assign it to a global variable; other cells that call it re-run when the number changes.
        """
        return self._audience_getters.getter("viewers", lambda audience: audience.viewers)

    @property
    def size(self) -> Callable[[], tuple[int, int] | None]:
        """A reactive getter of the largest view's width and height in device pixels; see `viewers`.

        It returns `None` until a page has shown the stream.
        """
        return self._audience_getters.getter("size", lambda audience: audience.size)

    @property
    def seen(self) -> Callable[[], Region | None]:
        """A reactive getter of the visible part of the picture: x, y, width, height in frame pixels; see `viewers`.

        It returns the value of the trait `region`; cells that call it re-run when a user zooms or pans.
        """
        if self._seen is None:
            seen = self._seen = ThrottledState(self._session, self.widget.region, max_hz=SEEN_MAX_HZ)
            self.widget.observe(lambda change: seen.set(change.new), names="region")
        return self._seen.getter

    @property
    def cursor(self) -> str:
        """The CSS cursor over the picture; writable. See `Stream.cursor`."""
        return self.stream.cursor

    @cursor.setter
    def cursor(self, css: str) -> None:
        self.stream.cursor = css

    @property
    def connected(self) -> Callable[[], bool]:
        """A reactive getter of whether any viewer is connected; see `viewers`."""
        return self._audience_getters.getter("connected", lambda audience: audience.viewers > 0)

    @property
    def stats(self) -> dict[str, Any]:
        """Measurements of the page, and counters of the stream (`"published"`, `"encoded"`, `"skipped"`, …)."""
        return {**self.widget.stats, **self.stream.stats.as_dict()}

    # Animation.

    @property
    def fps(self) -> float:
        """Frame rate of the animation, frames per second, above 0 and at most 1000; writable."""
        return self._animation.fps

    @fps.setter
    def fps(self, fps: float) -> None:
        self._animation.set_fps(fps)

    @property
    def t(self) -> float:
        """Animation time of the newest picture in seconds."""
        return self._animation.t

    @property
    def playing(self) -> bool:
        """Whether the animation's time is running, at least while a viewer watches."""
        return self._animation.playing

    def play(self) -> None:
        """Resume the animation's time."""
        self._animation.play()

    def pause(self) -> None:
        """Stop the animation's time; the picture stays visible."""
        self._animation.pause()

    def seek(self, t: float) -> None:
        """Continue the animation from second `t`; if paused, show it at once.

        Raises:
            OptionError: `t` is not a finite number.
        """
        self._animation.seek(t)

    # For the functions that create views.

    def _show_content(self, content: Content | None) -> None:
        """Show what `content` publishes, or just the stream's frames; stop what was shown before.

        The view closes `content` in the end.
        """
        self._lease.stop()
        replaced, self._content = self._content, content
        if replaced is not None:
            replaced.close()

    def _show_animation(self, render: RenderFunction, options: AnimationOptions) -> Animation:
        """Animate the stream; a running animation continues with `render`."""
        check_threads()
        if self._content is not None:
            self._show_content(None)
        return self._lease.animate(render, options)

    def _bind_to(self, cell: _marimo.Cell | _ipython.Cell) -> None:
        """Register the view as created by the current run of `cell`, and as part of no array or form."""
        cell.register(self)
        cell.keep_value(self, shared=False)
        self._shared = False

    def _configure(self, traits: Mapping[str, Any]) -> None:
        """Set `traits`, and reset the traits of the last call that are not in `traits` to their defaults.

        Traits that users can change in the page (`SETTINGS`) are set only if their value differs from that of the last
        call, so that a repainted picture keeps the user's zoom and pause.

        Raises:
            OptionError: a value is invalid.
        """
        widget = self.widget
        dropped = {name: widget.trait_defaults(name) for name in self._given.keys() - traits.keys()}
        unchanged = {
            name for name in SETTINGS if name in traits and name in self._given and traits[name] == self._given[name]
        }
        # The stream's options may have changed since the view was created.
        stream_traits = picture_of(self.stream)
        try:
            with widget.hold_sync():
                for name, value in {**dropped, **stream_traits, **traits}.items():
                    if name not in unchanged:
                        widget.set_trait(name, value)
        except traitlets.TraitError as exc:
            raise OptionError(str(exc)) from exc
        self._given = dict(traits)

    @property
    def _animation(self) -> Animation:
        animation = self._lease.animation
        if animation is None:
            raise RfbError("this view shows published frames; only an animation has a time of its own")
        return animation

    # marimo's interface of UI elements.

    def _convert_value(self, value: Any) -> Any:
        super()._convert_value(value)
        return self._current_event()

    def _register_as_view(self, parent: Any, key: str) -> None:
        super()._register_as_view(parent, key)
        self._enable_sync()
        self._shared = True
        if self._made_in is not None:  # marimo must set the value, because it is part of the parent's value
            self._made_in.keep_value(self, shared=True)

    def _apply_event(self, event: EventDict) -> bool:
        """Set `event` as the value; return whether any cell will re-run."""
        if self._shared:  # marimo sets the value
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
        # Both marimo and the widget report a change, in any order; it must stay one event with one id.
        if self.widget.last_event is not self._last_event:
            self._last_event = self.widget.last_event
            self._event_id = next_event_id()
            feed_of(self.stream).notices.put("feedback_loop", "")
            event = page_event(self._last_event, width=self.stream.width, height=self.stream.height)
            # At once, because the picture may change.
            self._page_event = None if event is None else picked(event, self.stream.newest)
        return None if self._page_event is None else {**self._page_event, "id": self._event_id}

    def _mime_(self) -> Any:
        poster = self.widget.poster
        if self._session.has_page or not poster:
            return super()._mime_()
        # For exports without scripts; a live page would only get the picture twice. Omits marimo's other MIME types,
        # because notebook readers prefer marimo's text to the picture.
        mime = mime_of(poster)
        picture = f"data:{mime};base64,{base64.b64encode(poster).decode()}"
        return "application/vnd.marimo+mimebundle", json.dumps({"text/html": self.text, mime: picture})

    def _ipython_display_(self) -> None:
        display_widget(self.widget, self.stream)

    def _enable_sync(self) -> None:
        # Not before the value is read: each event is a request to the kernel and, without marimo's private names or in
        # an array, re-runs every cell that refers to the view.
        if not self.widget.sync_last_event:
            self.widget.sync_last_event = True


def _show_thumbnail(thumbnail: bytes, stream: Stream, widget: RfbViewer) -> None:
    """Show `thumbnail` until there is a live picture, with the aspect ratio of the stream."""
    with widget.hold_sync():
        widget.set_trait("picture_size", [stream.width, stream.height])
        widget.set_trait("poster", thumbnail)
