"""The internal side of a stream, for the hub, views and animations."""

import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

from marimo_rfb.encode.dirty_tiles import Rect, mask_of_rects
from marimo_rfb.errors import StreamClosed
from marimo_rfb.events import InputEvent
from marimo_rfb.excerpt import excerpt
from marimo_rfb.frame import Frame, FrameData
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.frame_copier import FrameCopier
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.notices import Level, Notices
from marimo_rfb.stream.options import TONE_NAMES, StreamOptions
from marimo_rfb.stream.owner import OwnedStream, StreamOwner
from marimo_rfb.stream.picture_history import PictureHistory
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.stream.stream_tone import StreamTone, contrast_of
from marimo_rfb.stream.tone_choice import ToneChoice
from marimo_rfb.tone.tone import Tone
from marimo_rfb.wire.messages import (
    Contrast,
    Cursor,
    FileHeader,
    Notice,
    RubberBand,
    ServerMessage,
    SetContrast,
    StatusText,
    ToolStates,
)
from marimo_rfb.wire.packet import Packet

__all__ = ["Feed", "feed_of"]

log = logging.getLogger(__name__)


_Message = TypeVar("_Message", Contrast, Cursor, Notice, RubberBand, StatusText, ToolStates)

# The messages that say nothing, which a new viewer need not get.
_BLANK: dict[type[ServerMessage], ServerMessage] = {
    Notice: Notice(text=""),
    Cursor: Cursor(css=""),
    Contrast: Contrast(),
    ToolStates: ToolStates(),
    StatusText: StatusText(text=""),
    RubberBand: RubberBand(),
}


class Feed:
    """Distributes the frames of a stream to its renditions and frame listeners, and its events to their queues.

    Users hold the `Stream`; the rest of the package gets its feed by `feed_of`. Every method is thread-safe.

    Attributes:
        size: width and height of the newest frame in pixels; before the first frame, the requested size.
        stream: the stream of this feed.
        latest: the newest frame, for the renditions.
        history: what they took of it, and what changed since.
        stats: counters of published and encoded frames.
        notices: the texts shown over the picture.
        event_queue: the events since the last `Stream.poll_events`.
    """

    def __init__(
        self, stream: OwnedStream, size: tuple[int, int], *, options: StreamOptions, owner: StreamOwner
    ) -> None:
        self.size = size
        self.stats = StreamStats()
        self.notices = Notices(self._show_notice)
        self.event_queue = EventQueue()
        self.stream = stream
        self._options = options
        self._owner = owner
        self.latest = LatestFrame()
        self.history = PictureHistory(self.latest.dirty_since)
        self._copier = FrameCopier()
        self._tone = StreamTone(stream.name, options.tone)
        self._told_tone: Tone | None = None
        self._choice = ToneChoice()
        self._changing = threading.Lock()
        self._showing = threading.Lock()
        self._event_queues: tuple[EventQueue, ...] = (self.event_queue,)
        self._renditions: tuple[Rendition, ...] = ()
        self._frame_listeners: tuple[Callable[[Frame], None], ...] = ()
        self._lock = threading.Lock()
        self._posting = threading.Lock()
        self._posted: dict[type[ServerMessage], ServerMessage] = {}
        self._closed = False
        self._pid = os.getpid()

    @property
    def newest(self) -> Frame | None:
        """The last published frame."""
        return self.latest.newest

    @property
    def options(self) -> StreamOptions:
        """How the stream is encoded."""
        return self._options

    def change_options(self, change: Callable[[StreamOptions], StreamOptions]) -> None:
        """Set the options to what `change` makes of them; they apply to connected viewers and the newest frame too."""
        if self.closed:  # in a forked child, before any lock is taken
            self._options = change(self._options)
            return
        # So that no other thread changes them in between, nor shows its own last while these are the options.
        with self._changing:
            last = self._options
            self._options = options = change(last)
            if self._tone.set_options(options.tone):
                self._show_anew()
            if options.replaced({name: getattr(last, name) for name in TONE_NAMES}) != last:
                self._owner.restart_encoding(self.stream)

    def set_given_options(self, caller: str, given: Mapping[str, Any], options: StreamOptions) -> None:
        """Set `options` for a call, unless its arguments are as before and a user has changed what they set since.

        Args:
            caller: distinguishes the calls that give options to the stream.
            given: the options that are arguments of the call.
            options: all options after the call.
        """
        self.change_options(lambda current: self._choice.after_call(caller, given, options=options, current=current))

    def choose_contrast(self, wanted: SetContrast) -> None:
        """Show numbers to all viewers as one of them wants; ignore what is no valid choice."""
        self.change_options(lambda current: self._choice.after_choice(wanted, current=current) or current)

    @property
    def closed(self) -> bool:
        """Whether the stream was closed, or belongs to another process."""
        return self._closed or self._pid != os.getpid()

    def close(self) -> None:
        """Close the renditions, wake the readers of events and reject further frames."""
        self._closed = True
        for rendition in self._renditions:
            rendition.close()
        self._renditions = ()
        for queue in self._event_queues:
            queue.wake()

    def check_own(self) -> None:
        """Raise `StreamClosed` in a forked child.

        Call it before taking a lock, which another thread of the parent may have held during the fork.
        """
        if self._pid != os.getpid():
            raise StreamClosed(
                f"stream {self.stream.name!r} belongs to process {self._pid}, which this one was forked from; "
                "serve one here, or send the pictures to that process"
            )

    def check_open(self) -> None:
        """Raise `StreamClosed` if the stream was closed, or belongs to another process."""
        if self._closed or self._pid != os.getpid():  # one fast check, because it runs twice per picture
            self.check_own()
            raise StreamClosed(f"stream {self.stream.name!r} was closed; make a new one with serve() or add_stream()")

    def publish(
        self,
        data: FrameData,
        *,
        copy: bool = True,
        pixel_ratio: float = 1.0,
        is_rgb: bool = False,
        dirty: Sequence[Rect] | None = None,
    ) -> None:
        """Publish what `as_data` returned, with a notice if people may not see what is in it.

        Args:
            data: the picture.
            copy: whether somebody may write to it afterwards.
            pixel_ratio: device pixels per logical pixel.
            is_rgb: whether `order` does not apply to it.
            dirty: the only parts in which it differs from the frame before; `None` if that is not known.

        Raises:
            StreamClosed: the stream was closed.
        """
        self.check_open()
        # So that no frame of the last tone comes after one of the next.
        with self._showing:
            tone = self._tone.tone_of(data, is_rgb=is_rgb)
            height, width = data.shape[:2]
            tiles = None if dirty is None else mask_of_rects(dirty, width=width, height=height)
            if copy:
                newest, compares = self.latest.newest, self.history.changes_little
                before = None if newest is None else newest.data
                data, tiles = self._copier.copy(data, before=before, dirty=tiles, compares=compares)
            frame = self.latest.put(data, tone=tone, pixel_ratio=pixel_ratio, is_rgb=is_rgb, dirty=tiles)
            self._tell_contrast(frame)
        self.size = (frame.width, frame.height)
        self.stats.published = self.latest.count
        self._on_frame(frame)

    def _show_anew(self) -> None:
        """Show the newest frame with the options as they are now."""
        with self._showing:
            newest = self.latest.newest
            if newest is None:
                return
            tone = self._tone.tone_of(newest.data, is_rgb=newest.is_rgb)
            if tone.leaves_as(newest.tone):
                return
            frame = self.latest.show_anew(tone)
            self._tell_contrast(frame)
        self._on_frame(frame)

    def _tell_contrast(self, frame: Frame) -> None:
        if frame.tone is not self._told_tone:
            self._told_tone = frame.tone
            self.post(contrast_of(frame.tone))

    def _on_frame(self, frame: Frame) -> None:
        self.notices.put("picture", self._tone.remark_on(frame.data))
        for rendition in self._renditions:
            rendition.schedule()
        for listener in self._frame_listeners:
            try:
                listener(frame)
            except Exception:  # the frame is published, and the other listeners must get it
                log.exception("a frame listener of stream %r raised", self.stream.name)

    @property
    def is_encoding(self) -> bool:
        """Whether a frame is being encoded, or will be soon."""
        return any(rendition.is_due for rendition in self._renditions)

    @property
    def is_ahead(self) -> bool:
        """Whether no rendition has taken the newest frame yet, so that another one would replace it unseen."""
        renditions = self._renditions
        return bool(renditions) and all(rendition.has_new_frame for rendition in renditions)

    def add_rendition(self, rendition: Rendition) -> None:
        """Schedule `rendition` for every frame from now on."""
        with self._lock:
            self._renditions = (*self._renditions, rendition)

    def remove_rendition(self, rendition: Rendition) -> None:
        """Stop scheduling `rendition`. Idempotent."""
        with self._lock:
            self._renditions = tuple(each for each in self._renditions if each is not rendition)
            if self._renditions:
                return
            self.history.clear()
        with self._showing:
            self._copier.clear()

    def renumber(self, packet: Packet) -> Packet:
        """Return `packet` with a sequence number above all that viewers of this stream have had, in any encoding."""
        return packet.numbered(self.latest.next_seq())

    def add_frame_listener(self, listener: Callable[[Frame], None]) -> None:
        """Call `listener` with every frame, on the publishing thread; it must return quickly."""
        with self._lock:
            self._frame_listeners = (*self._frame_listeners, listener)

    def remove_frame_listener(self, listener: Callable[[Frame], None]) -> None:
        """Remove `listener`. Idempotent."""
        with self._lock:
            self._frame_listeners = tuple(each for each in self._frame_listeners if each != listener)

    def add_event_queue(self, queue: EventQueue) -> None:
        """Put every event into `queue` from now on."""
        with self._lock:
            self._event_queues = (*self._event_queues, queue)

    def remove_event_queue(self, queue: EventQueue) -> None:
        """Stop putting events into `queue`. Idempotent."""
        with self._lock:
            self._event_queues = tuple(i for i in self._event_queues if i is not queue)

    def dispatch(self, event: InputEvent) -> None:
        """Put an event into every queue."""
        for queue in self._event_queues:
            queue.put(event)

    def events(self, queue: EventQueue) -> AsyncIterator[InputEvent]:
        """Iterate over the events from now on, buffered by `queue`, until the stream or `queue` is closed.

        Raises:
            StreamClosed: the stream belongs to another process.
        """
        self.check_own()
        return self._owner.iterate_events(self, queue)

    @property
    def posted(self) -> tuple[ServerMessage, ...]:
        """The messages that a new viewer gets: the last one of each type, without those that say nothing."""
        return tuple(self._posted.values())

    def last_posted(self, kind: type[_Message]) -> _Message:
        """Return the last message of a type."""
        return cast("_Message", self._posted.get(kind, _BLANK[kind]))

    def post(self, message: ServerMessage) -> None:
        """Send `message` to every viewer, and to later ones when they join; it replaces the last one of its type."""
        # Under the lock, so that the message of the later of two threads is sent last.
        with self._posting:
            kind = type(message)
            if message == self._posted.get(kind, _BLANK[kind]):
                return
            if message == _BLANK[kind]:
                del self._posted[kind]
            else:
                self._posted[kind] = message
            if not self.closed:  # another stream may have its name by now
                self._owner.post(self.stream, message)

    def send_file(self, viewer: str, name: str, mime: str, content: bytes) -> None:
        """Send a file to one viewer, for its user to save."""
        if not self.closed:
            self._owner.send_file(self.stream, viewer, FileHeader(name=name, mime=mime), content)

    def _show_notice(self, text: str, level: Level) -> None:
        self.post(Notice(text=excerpt(text), level=level) if text else _BLANK[Notice])


class _HasFeed(Protocol):
    _feed: Feed


def feed_of(stream: _HasFeed) -> Feed:
    """Return the internal side of a `Stream`, which is not part of its public interface."""
    return stream._feed
