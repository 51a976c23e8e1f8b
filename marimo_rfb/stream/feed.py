"""The internal side of a stream, for the hub, views and animations."""

import logging
import os
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from marimo_rfb.errors import StreamClosed
from marimo_rfb.events import InputEvent
from marimo_rfb.frame import Frame, PixelArray, as_pixels
from marimo_rfb.picture import as_array, range_hint
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.notices import Notices
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.owner import OwnedStream, StreamOwner
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.packet import Packet

__all__ = ["Feed", "feed_of"]

log = logging.getLogger(__name__)


class Feed:
    """Distributes the frames of a stream to its renditions and frame listeners, and its events to their queues.

    Users hold the `Stream`; the rest of the package gets its feed by `feed_of`. Every method is thread-safe.

    Attributes:
        size: width and height of the newest frame in pixels; before the first frame, the requested size.
        stream: the stream of this feed.
        latest: the newest frame, for the renditions.
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
        self._warned_of_range = False
        self._event_queues: tuple[EventQueue, ...] = (self.event_queue,)
        self._renditions: tuple[Rendition, ...] = ()
        self._frame_listeners: tuple[Callable[[Frame], None], ...] = ()
        self._lock = threading.Lock()
        self._closed = False
        self._pid = os.getpid()

    @property
    def newest(self) -> Frame | None:
        """The last published frame."""
        return self.latest.newest

    @property
    def options(self) -> StreamOptions:
        """How the stream is encoded; setting it also applies to connected viewers."""
        return self._options

    @options.setter
    def options(self, options: StreamOptions) -> None:
        if options == self._options:
            return
        self._options = options
        if not self.closed:
            self._owner.restart_encoding(self.stream)

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

    def pixels_of(self, picture: Any, *, copy: bool = True) -> PixelArray:
        """Return `picture` as pixels; show a notice if its value range looks wrong. See `Stream.publish`."""
        array = as_array(picture)
        pixels = as_pixels(array, copy=copy)
        hint = range_hint(array)
        if hint and not self._warned_of_range:
            self._warned_of_range = True
            log.warning("stream %r: %s", self.stream.name, hint)
        self.notices.put("picture", hint)
        return pixels

    def publish(self, pixels: PixelArray, *, pixel_ratio: float = 1.0) -> None:
        """Publish what `pixels_of` returned.

        Raises:
            StreamClosed: the stream was closed.
        """
        self.check_open()
        frame = self.latest.put(pixels, pixel_ratio=pixel_ratio)
        self.size = (frame.width, frame.height)
        self.stats.published = self.latest.count
        for rendition in self._renditions:
            rendition.schedule()
        for listener in self._frame_listeners:
            try:
                listener(frame)
            except Exception:  # the frame is published, and the other listeners must get it
                log.exception("a frame listener of stream %r raised", self.stream.name)

    def add_rendition(self, rendition: Rendition) -> None:
        """Schedule `rendition` for every frame from now on."""
        with self._lock:
            self._renditions = (*self._renditions, rendition)

    def remove_rendition(self, rendition: Rendition) -> None:
        """Stop scheduling `rendition`. Idempotent."""
        with self._lock:
            self._renditions = tuple(each for each in self._renditions if each is not rendition)

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

    def _show_notice(self, text: str) -> None:
        if not self._closed:  # another stream may have its name by now
            self._owner.notify(self.stream, text)


class _HasFeed(Protocol):
    _feed: Feed


def feed_of(stream: _HasFeed) -> Feed:
    """Return the internal side of a `Stream`, which is not part of its public interface."""
    return stream._feed
