"""One encoding of one stream, shared by all viewers that use it."""

import logging
import re
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace

from marimo_rfb.encode.base import Chunk, Encoder
from marimo_rfb.errors import EncodeError, describe
from marimo_rfb.frame import Frame, same_pixels
from marimo_rfb.stream.encoder_pool import EncoderQueue
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.messages import ImageHeader
from marimo_rfb.wire.packet import Packet

__all__ = ["Rendition", "Settle"]

log = logging.getLogger(__name__)

# Encodes a frame as well as can be, and pauses wherever a newer one may come first.
Settle = Callable[[Frame], Generator[None, None, Chunk]]

_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,62}", re.ASCII)


class Rendition:
    """Encodes the newest frame of a slot when somebody wants it: each frame at most once, never without demand.

    `wake` is called by publishers, `want`, `rest` and `close` by the hub; the encoding itself runs on an encoder
    thread, one at a time, and ends with `deliver(packet)` on that thread. Each `want` is good for one
    packet.

    Whatever is raised between taking a frame and delivering its packet, `SystemExit` included, is counted, logged and
    reported by `on_error`, and the next frame is encoded as if nothing had been.

    Args:
        latest: where frames come from.
        make_encoder: called on an encoder thread for the first frame, and again for the next one if it raised.
        stats: where to count.
        queue: the way to the encoder threads; of this rendition alone.
        deliver: takes the packet.
        settle_with: what `settle` encodes with; `None` where there is nothing better than the encoder.
        on_error: takes what went wrong, once for each different error, and an empty text when all is well again or
            the rendition was closed.
    """

    def __init__(
        self,
        latest: LatestFrame,
        make_encoder: Callable[[], Encoder],
        *,
        stats: StreamStats,
        queue: EncoderQueue,
        deliver: Callable[[Packet], None],
        on_error: Callable[[str], None],
        settle_with: Settle | None = None,
    ) -> None:
        self._latest = latest
        self._make_encoder = make_encoder
        self._stats = stats
        self._queue = queue
        self._deliver = deliver
        self._on_error = on_error
        self._settle_with = settle_with
        self._lock = threading.Lock()
        self._requested = False
        self._busy = False
        self._closed = False
        self._suspended = False
        self._should_settle = False
        self._last_seq = 0
        # The rest is the encoder thread's while busy.
        self._encoder: Encoder | None = None
        self._encoded: Frame | None = None
        self._failure = ""
        self._settling: Generator[None, None, Chunk] | None = None
        self._settled: Chunk | None = None

    @property
    def has_new_frame(self) -> bool:
        """Whether a frame waits that was not encoded here."""
        newest = self._latest.newest
        return newest is not None and newest.seq > self._last_seq

    def request_frame(self) -> None:
        """Ask for one packet, of the newest frame there is or the next one there will be."""
        with self._lock:
            self._requested = True
            self._suspended = False
        self.schedule()
        self._continue_settling()

    def suspend(self) -> None:
        """Take the want back: nobody watches now. A packet that is being encoded is still delivered."""
        with self._lock:
            self._requested = False
            self._suspended = True
        self._queue.remove()

    def settle(self) -> None:
        """Encode the picture that was delivered last once more, as well as can be, while there is nothing else to do.

        It is given up for a newer one that looks otherwise, and waited for by one for as long as a band of it takes.
        """
        with self._lock:
            self._should_settle = self._settle_with is not None
        self._continue_settling()

    def schedule(self) -> None:
        """Look whether there is something to do; called after a frame was put into the slot."""
        with self._lock:
            if not self._has_work():
                return
        # Outside of the lock, so it may come twice or too late; `_take` finds that there is nothing to do.
        self._put(self._work)

    def close(self) -> None:
        """Encode nothing more, and have the encoder closed on an encoder thread. Twice is fine."""
        with self._lock:
            was_closed, self._closed = self._closed, True
            if was_closed or self._busy:  # then what is busy sees to the rest
                return
        self._queue.remove()
        self._recover()
        if self._encoder is None:
            return
        try:
            # Not here: it may take its time, and the caller is the thread of all hubs.
            self._queue.put(self._close_encoder)
        except RuntimeError:
            self._close_encoder()

    def _put(self, job: Callable[[], None], *, idle: bool = False) -> None:
        try:
            self._queue.put(job, idle=idle)
        except RuntimeError:  # the interpreter is shutting down
            self.close()

    def _has_work(self) -> bool:
        return self._requested and not self._busy and not self._closed and self.has_new_frame

    def _work(self) -> None:
        frame = self._take()
        if frame is None:
            return
        try:
            self._encode_and_deliver(frame)
        except BaseException as exc:
            self._fail(exc)
        finally:
            self._finish()

    def _take(self) -> Frame | None:
        with self._lock:
            if not self._has_work():
                return None
            frame = self._latest.newest
            assert frame is not None
            self._busy = True
            self._last_seq = frame.seq
        return frame

    def _encode_and_deliver(self, frame: Frame) -> None:
        if self._encoded is not None and _looks_same(self._encoded, frame):
            self._stats.unchanged += 1
            return
        self._cancel_settling()
        packet = self._encode(frame)
        with self._lock:
            if self._closed:
                return
            wanted, self._requested = self._requested, False
        try:
            # While this rendition is still busy, or a newer frame on another thread could overtake this one.
            self._deliver(packet)
        except BaseException:
            with self._lock:
                self._requested |= wanted
            raise
        self._encoded = frame
        self._recover()

    def _encode(self, frame: Frame) -> Packet:
        started_s = time.perf_counter()
        if self._encoder is None:
            self._encoder = self._make_encoder()
        chunk = _checked(self._encoder.encode(frame))
        message = pack(_header(frame, chunk), chunk.payload)
        packet = Packet(frame.seq, bool(chunk.is_key), message, is_final=chunk.is_lossless)
        self._stats.count_encoded(len(packet.message), time.perf_counter() - started_s)
        return packet

    def _continue_settling(self) -> None:
        # Not while a frame waits that nobody can take yet: whether this is still wanted is seen when it is looked at.
        if self._should_settle and not (self._suspended or self.has_new_frame):
            self._put(self._settle_a_band, idle=True)

    def _settle_a_band(self) -> None:
        with self._lock:
            if not self._should_settle or self._busy or self._closed or self._suspended or self.has_new_frame:
                return  # what keeps it from it goes on with it, if it is still wanted then
            self._busy = True
        try:
            if self._settled is not None:
                self._deliver_settled(self._settled)
            elif self._settling is not None:
                next(self._settling)
            elif self._encoded is not None and self._settle_with is not None:
                self._settling = self._settle_with(self._encoded)
            else:
                self._cancel_settling()
        except StopIteration as done:
            self._settling, self._settled = None, _checked(done.value)
        except BaseException:  # what was there before is on screen
            self._cancel_settling()
            self._stats.encode_errors += 1
            log.exception("cannot encode a picture that has come to rest")
        finally:
            self._finish()

    def _deliver_settled(self, chunk: Chunk) -> None:
        frame = self._encoded
        assert frame is not None
        seq = self._latest.renumber(self._last_seq)
        if seq is None:  # a frame has come
            return
        self._cancel_settling()
        self._stats.settled += 1
        header = replace(_header(frame, chunk), seq=seq, lossless=chunk.is_lossless)
        message = pack(header, chunk.payload)
        packet = Packet(seq, True, message, is_final=True, is_settled=True, encoded_seq=frame.seq)
        self._deliver(packet)

    def _cancel_settling(self) -> None:
        with self._lock:
            self._should_settle = False
        self._settling = self._settled = None

    def _finish(self) -> None:
        with self._lock:
            self._busy = False
            closed = self._closed
        if closed:
            self._recover()
            self._close_encoder()
            return
        self.schedule()
        self._continue_settling()

    def _close_encoder(self) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            return
        try:
            encoder.close()
        except BaseException:  # nobody watches this rendition any more, so there is nobody to tell
            self._stats.encode_errors += 1
            log.exception("cannot close an encoder")

    def _fail(self, exc: BaseException) -> None:
        self._stats.encode_errors += 1
        text = describe(exc)
        if text == self._failure:  # once, not sixty times a second
            return
        self._failure = text
        log.error("cannot encode a frame: %s", text, exc_info=None if isinstance(exc, EncodeError) else exc)
        self._on_error(text)

    def _recover(self) -> None:
        if self._failure:
            self._failure = ""
            self._on_error("")


def _looks_same(a: Frame, b: Frame) -> bool:
    """Tell whether viewers could not tell the two apart; what goes into the header counts."""
    return a.pixel_ratio == b.pixel_ratio and same_pixels(a.pixels, b.pixels)


def _checked(chunk: object) -> Chunk:
    """Return what an encoder returned, if a page can take it.

    Raises:
        EncodeError: it cannot.
    """
    if not isinstance(chunk, Chunk):
        came = type(chunk).__name__
    else:
        # Whoever wrote the encoder may not have had a type checker.
        payload: object = chunk.payload
        mime: object = chunk.mime
        if not isinstance(payload, (bytes, bytearray, memoryview)):
            came = f"a payload of type {type(payload).__name__}"
        elif not len(payload):
            came = "an empty payload"
        elif not isinstance(mime, str) or not _MIME.fullmatch(mime):
            came = f"the mime type {mime!r:.60}"
        else:
            return chunk
    raise EncodeError(
        f"encode(frame) must return a Chunk of bytes and their mime type, got {came}; "
        'return Chunk(payload, "image/png"), or raise EncodeError'
    )


def _header(frame: Frame, chunk: Chunk) -> ImageHeader:
    return ImageHeader(
        seq=frame.seq,
        timestamp_us=int(frame.published_s * 1e6),
        width=frame.width,
        height=frame.height,
        mime=chunk.mime,
        pixel_ratio=None if frame.pixel_ratio == 1.0 else frame.pixel_ratio,
    )
