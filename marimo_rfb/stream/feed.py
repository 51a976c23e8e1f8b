"""The inner side of a stream: what the hub, views and animations do with it."""

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
    """Takes the frames of a stream to those that encode and look at them, and its events to those that read them.

    Users hold the `Stream`; the rest of the package finds this by `feed_of`. Every method works from any thread.

    Attributes:
        size: width and height of the newest frame in pixels; before the first, what was asked for.
        stream: whose inner side it is.
        latest: where the newest frame waits for those that encode it.
        stats: what was published and encoded so far.
        notices: what is said over the picture.
        event_queue: what people did since `Stream.poll_events` was called last.
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
        """The frame that was published last."""
        return self.latest.newest

    @property
    def options(self) -> StreamOptions:
        """How the stream is encoded; can be set, for the viewers there are too."""
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
        """Whether it was closed, or is another process'."""
        return self._closed or self._pid != os.getpid()

    def close(self) -> None:
        """Refuse further frames."""
        self._closed = True
        for rendition in self._renditions:
            rendition.close()
        self._renditions = ()
        for queue in self._event_queues:
            queue.wake()

    def check_own(self) -> None:
        """Raise `StreamClosed` in a forked child.

        Before a lock is taken, which another thread of the parent may have held.
        """
        if self._pid != os.getpid():
            raise StreamClosed(
                f"stream {self.stream.name!r} is that of process {self._pid}, which this one was forked from; "
                "serve one here, or hand the pictures to that process"
            )

    def check_open(self) -> None:
        """Raise `StreamClosed` if it was closed, or is another process'."""
        if self._closed or self._pid != os.getpid():  # in one call, because every picture asks twice
            self.check_own()
            raise StreamClosed(f"stream {self.stream.name!r} was closed; make a new one with serve() or add_stream()")

    def pixels_of(self, picture: Any, *, copy: bool = True) -> PixelArray:
        """Return `picture` as pixels, and say over it when it is white by mistake; see `Stream.publish`."""
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
            except Exception:  # the frame is published, and the other listeners have a right to it
                log.exception("what looks on at stream %r raised", self.stream.name)

    def add_rendition(self, rendition: Rendition) -> None:
        """Have `rendition` told of every frame from now on."""
        with self._lock:
            self._renditions = (*self._renditions, rendition)

    def remove_rendition(self, rendition: Rendition) -> None:
        """Tell `rendition` of no more frames. Twice is fine."""
        with self._lock:
            self._renditions = tuple(each for each in self._renditions if each is not rendition)

    def renumber(self, packet: Packet) -> Packet:
        """Return `packet` with a number above all that viewers have had of this stream, in any encoding."""
        return packet.numbered(self.latest.next_seq())

    def add_frame_listener(self, listener: Callable[[Frame], None]) -> None:
        """Call `listener` with every frame, on the thread that publishes it; it must be quick."""
        with self._lock:
            self._frame_listeners = (*self._frame_listeners, listener)

    def remove_frame_listener(self, listener: Callable[[Frame], None]) -> None:
        """Call `listener` no more. Twice is fine."""
        with self._lock:
            self._frame_listeners = tuple(each for each in self._frame_listeners if each != listener)

    def add_event_queue(self, queue: EventQueue) -> None:
        """Give `queue` every event from now on."""
        with self._lock:
            self._event_queues = (*self._event_queues, queue)

    def remove_event_queue(self, queue: EventQueue) -> None:
        """Give `queue` no more events. Twice is fine."""
        with self._lock:
            self._event_queues = tuple(i for i in self._event_queues if i is not queue)

    def dispatch(self, event: InputEvent) -> None:
        """Put an event into every queue."""
        for queue in self._event_queues:
            queue.put(event)

    def events(self, queue: EventQueue) -> AsyncIterator[InputEvent]:
        """Iterate over what people do from now on, until the stream or `queue`, where the events wait, is closed.

        Raises:
            StreamClosed: the stream is another process'.
        """
        self.check_own()
        return self._owner.iterate_events(self, queue)

    def _show_notice(self, text: str) -> None:
        if not self._closed:  # its name may be another's by now
            self._owner.notify(self.stream, text)


class _HasFeed(Protocol):
    _feed: Feed


def feed_of(stream: _HasFeed) -> Feed:
    """Return the inner side of a `Stream`, which its help does not list."""
    return stream._feed
