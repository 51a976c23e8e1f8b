"""The still that stands for a live picture where there is none: in exports, and until the socket is up."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from marimo_rfb.encode.still import encode_still
from marimo_rfb.frame import Frame
from marimo_rfb.hub.loop import call_later
from marimo_rfb.stream import workers
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream

__all__ = ["Poster"]

log = logging.getLogger(__name__)

REST_S = 0.5
# Every one travels through the kernel's channel, so while the picture moves there are few, and none when nobody looks.
MOVING_S = 2.0


class Poster:
    """Makes a still of a stream's first frame, and then when the picture rests.

    Args:
        stream: what to make stills of.
        show: called with each, a JPEG or PNG of at most 100 kB, on the thread that publishes or on an encoder's.
        at_once: asked of each frame whether to make its still before `publish` returns: for an export, which may be
            over before the picture rests.
        moving_s: how often while the picture moves and somebody looks.
    """

    def __init__(
        self,
        stream: Stream,
        show: Callable[[bytes], None],
        *,
        at_once: Callable[[], bool],
        moving_s: float = MOVING_S,
    ) -> None:
        self._stream = stream
        self._show = show
        self._at_once = at_once
        self._moving_s = moving_s
        self._lock = threading.Lock()
        self._timing = threading.Lock()
        self._shown_seq = 0
        self._shown_s = 0.0
        self._published_s = 0.0
        self._watching = False
        self._closed = False
        self._look_no_more: Callable[[], object] = lambda: None
        self._flow = workers.flow(stream)
        feed_of(stream).add_tap(self._on_frame)
        if stream.newest is not None:
            self._on_frame(stream.newest)

    def close(self) -> None:
        """Make no more; one that is under way is waited for. Twice is fine."""
        feed_of(self._stream).remove_tap(self._on_frame)
        self._flow.remove()
        with self._lock, self._timing:
            self._closed = True
            self._look_no_more()

    def make(self) -> None:
        """Make one now, unless the newest frame has one."""
        with self._lock:
            frame = self._stream.newest
            if self._closed or frame is None or frame.seq == self._shown_seq:
                return
            self._shown_seq, self._shown_s = frame.seq, time.monotonic()
            try:
                self._show(encode_still(frame))
            except Exception:  # the live picture does not depend on it
                log.exception("could not make a still of stream %r", self._stream.name)

    def make_soon(self) -> None:
        """Make one on an encoder's thread while no frame waits there, unless the newest frame has one."""
        with contextlib.suppress(RuntimeError):  # the interpreter is shutting down
            self._flow.put(self.make, idle=True)

    def _on_frame(self, frame: Frame) -> None:
        if self._at_once():
            self.make()
            return
        if not self._shown_seq:
            self.make_soon()
        self._published_s = time.monotonic()
        if not self._watching:
            self._watching = True
            self._look_in(REST_S)

    def _look(self) -> None:
        if self._closed:
            return
        now_s = time.monotonic()
        rested_s = now_s - self._published_s
        if rested_s >= REST_S:
            self._watching = False
            self.make_soon()
            return
        if now_s - self._shown_s >= self._moving_s and self._stream.audience.watching:
            self.make_soon()
        self._look_in(REST_S - rested_s)

    def _look_in(self, delay_s: float) -> None:
        with self._timing:
            if not self._closed:
                self._look_no_more = call_later(delay_s, self._look)
