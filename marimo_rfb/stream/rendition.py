"""One encoding of one stream, shared by all viewers that use it."""

import logging
import threading
import time
from collections.abc import Callable

from marimo_rfb.encode.base import Chunk, Encoder
from marimo_rfb.errors import EncodeError
from marimo_rfb.frame import Frame, same_pixels
from marimo_rfb.stream.slot import Slot
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.messages import ImageHeader
from marimo_rfb.wire.packet import Packet

__all__ = ["Rendition"]

log = logging.getLogger(__name__)

Submit = Callable[[Callable[[], None]], None]


class Rendition:
    """Encodes the newest frame of a slot when somebody wants it: each frame at most once, never without demand.

    `wake` is called by publishers, `want` by the hub; the encoding itself runs on an encoder thread, one at a time,
    and ends with `deliver(packet)` on that thread. Each `want` is good for one packet.
    """

    def __init__(
        self,
        slot: Slot,
        encoder: Encoder,
        *,
        stats: StreamStats,
        submit: Submit,
        deliver: Callable[["Rendition", Packet], None],
        failed: Callable[[str], None],
    ) -> None:
        self._slot = slot
        self._encoder = encoder
        self._stats = stats
        self._submit = submit
        self._deliver = deliver
        self._failed = failed
        self._lock = threading.Lock()
        self._wanted = False
        self._busy = False
        self._closed = False
        self._taken_seq = 0
        self._encoded: Frame | None = None
        self._failure = ""

    @property
    def has_news(self) -> bool:
        """Whether a frame waits that was not encoded here."""
        newest = self._slot.newest
        return newest is not None and newest.seq > self._taken_seq

    def want(self) -> None:
        """Ask for one packet, of the newest frame there is or the next one there will be."""
        with self._lock:
            self._wanted = True
        self.wake()

    def wake(self) -> None:
        """Look whether there is something to do; called after a frame was put into the slot."""
        with self._lock:
            if self._busy or self._closed or not self._wanted or not self.has_news:
                return
            self._busy = True
        try:
            self._submit(self._work)
        except RuntimeError:  # the interpreter is shutting down
            self.close()

    def close(self) -> None:
        """Encode nothing more."""
        with self._lock:
            self._closed = True
            busy, self._busy = self._busy, True
        if not busy:
            self._encoder.close()

    def _work(self) -> None:
        frame = self._slot.newest
        assert frame is not None
        self._taken_seq = frame.seq
        packet = self._packet(frame)
        if packet is not None:
            with self._lock:
                self._wanted = False
                closed = self._closed
            # While this rendition is still busy, or a newer frame on another thread could overtake this one.
            if not closed:
                self._deliver(self, packet)
        with self._lock:
            self._busy = closed = self._closed
        if closed:
            self._encoder.close()
        self.wake()

    def _packet(self, frame: Frame) -> Packet | None:
        if self._encoded is not None and same_pixels(self._encoded.pixels, frame.pixels):
            self._stats.unchanged += 1
            return None
        started_s = time.perf_counter()
        try:
            chunk = self._encoder.encode(frame)
        except Exception as exc:
            self._fail(exc)
            return None
        if self._failure:
            self._failure = ""
            self._failed("")
        packet = Packet(frame.seq, chunk.is_key, pack(_header(frame, chunk), chunk.payload))
        self._stats.count_encoded(len(packet.message), time.perf_counter() - started_s)
        self._encoded = frame
        return packet

    def _fail(self, exc: Exception) -> None:
        self._stats.encode_errors += 1
        text = f"{type(exc).__name__}: {exc}"
        if text == self._failure:  # once, not sixty times a second
            return
        self._failure = text
        log.error("cannot encode a frame", exc_info=None if isinstance(exc, EncodeError) else exc)
        self._failed(text)


def _header(frame: Frame, chunk: Chunk) -> ImageHeader:
    return ImageHeader(
        seq=frame.seq,
        timestamp_us=int(frame.published_s * 1e6),
        width=frame.width,
        height=frame.height,
        mime=chunk.mime,
        pixel_ratio=None if frame.pixel_ratio == 1.0 else frame.pixel_ratio,
    )
