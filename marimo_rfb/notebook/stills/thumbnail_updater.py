"""Thumbnail of a stream, kept up to date for exports and until the socket is connected."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from marimo_rfb.encode.thumbnail import encode_thumbnail
from marimo_rfb.frame import Frame
from marimo_rfb.hub.event_loop import call_later
from marimo_rfb.stream import encoder_pool
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream

__all__ = ["ThumbnailUpdater"]

log = logging.getLogger(__name__)

DEBOUNCE_S = 0.5
# Every thumbnail is sent over the kernel's comm, so updates are rare while the picture moves, and stop if no viewer
# watches.
UPDATE_INTERVAL_S = 2.0


class ThumbnailUpdater:
    """Makes a thumbnail of a stream's first frame, and then whenever the picture settles.

    Args:
        stream: the source of frames.
        on_thumbnail: called with each thumbnail, a JPEG or PNG of at most 100 kB, on the publisher's or an encoder
            thread.
        at_once: called for each frame; if true, the thumbnail is made before `publish` returns: for an export, which
            may end before the picture settles.
        interval_s: interval of updates while the picture moves and a viewer watches.
    """

    def __init__(
        self,
        stream: Stream,
        on_thumbnail: Callable[[bytes], None],
        *,
        at_once: Callable[[], bool],
        interval_s: float = UPDATE_INTERVAL_S,
    ) -> None:
        self._stream = stream
        self._on_thumbnail = on_thumbnail
        self._at_once = at_once
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._timer_lock = threading.Lock()
        self._shown_seq = 0
        self._shown_s = 0.0
        self._published_s = 0.0
        self._timer_running = False
        self._closed = False
        self._cancel_timer: Callable[[], object] = lambda: None
        self._queue = encoder_pool.encoder_queue(stream)
        feed_of(stream).add_frame_listener(self._on_frame)
        if stream.newest is not None:
            self._on_frame(stream.newest)

    def close(self) -> None:
        """Stop making thumbnails; waits for one in progress. Idempotent."""
        feed_of(self._stream).remove_frame_listener(self._on_frame)
        self._queue.remove()
        with self._lock, self._timer_lock:
            self._closed = True
            self._cancel_timer()

    def update(self) -> None:
        """Make a thumbnail of the newest frame now, unless it has one."""
        with self._lock:
            frame = self._stream.newest
            if self._closed or frame is None or frame.seq == self._shown_seq:
                return
            self._shown_seq, self._shown_s = frame.seq, time.monotonic()
            try:
                self._on_thumbnail(encode_thumbnail(frame))
            except Exception:  # the live picture does not depend on it
                log.exception("could not make a thumbnail of stream %r", self._stream.name)

    def schedule_update(self) -> None:
        """Make a thumbnail of the newest frame on an encoder thread when that is idle, unless it has one."""
        with contextlib.suppress(RuntimeError):  # the interpreter is shutting down
            self._queue.put(self.update, idle=True)

    def _on_frame(self, frame: Frame) -> None:
        if self._at_once():
            self.update()
            return
        if not self._shown_seq:
            self.schedule_update()
        self._published_s = time.monotonic()
        if not self._timer_running:
            self._timer_running = True
            self._start_timer(DEBOUNCE_S)

    def _on_timer(self) -> None:
        if self._closed:
            return
        now_s = time.monotonic()
        idle_s = now_s - self._published_s
        if idle_s >= DEBOUNCE_S:
            self._timer_running = False
            self.schedule_update()
            return
        if now_s - self._shown_s >= self._interval_s and self._stream.audience.watching:
            self.schedule_update()
        self._start_timer(DEBOUNCE_S - idle_s)

    def _start_timer(self, delay_s: float) -> None:
        with self._timer_lock:
            if not self._closed:
                self._cancel_timer = call_later(delay_s, self._on_timer)
