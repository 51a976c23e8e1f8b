"""The still that stands for a live picture where there is none: in exports, and until the socket is up."""

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
# Every one travels through the kernel's channel, so while the picture moves there are few, and none when nobody looks.
UPDATE_INTERVAL_S = 2.0


class ThumbnailUpdater:
    """Makes a still of a stream's first frame, and then when the picture rests.

    Args:
        stream: what to make stills of.
        on_thumbnail: called with each, a JPEG or PNG of at most 100 kB, on the publisher's or an encoder's thread.
        at_once: asked of each frame whether to make its still before `publish` returns: for an export, which may be
            over before the picture rests.
        interval_s: how often while the picture moves and somebody looks.
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
        """Make no more; one that is under way is waited for. Twice is fine."""
        feed_of(self._stream).remove_frame_listener(self._on_frame)
        self._queue.remove()
        with self._lock, self._timer_lock:
            self._closed = True
            self._cancel_timer()

    def update(self) -> None:
        """Make one now, unless the newest frame has one."""
        with self._lock:
            frame = self._stream.newest
            if self._closed or frame is None or frame.seq == self._shown_seq:
                return
            self._shown_seq, self._shown_s = frame.seq, time.monotonic()
            try:
                self._on_thumbnail(encode_thumbnail(frame))
            except Exception:  # the live picture does not depend on it
                log.exception("could not make a still of stream %r", self._stream.name)

    def schedule_update(self) -> None:
        """Make one on an encoder's thread while no frame waits there, unless the newest frame has one."""
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
