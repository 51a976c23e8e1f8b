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

# Encodes a frame in the best quality; yields wherever a newer frame may interrupt it.
Settle = Callable[[Frame], Generator[None, None, Chunk]]

_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,62}", re.ASCII)


class Rendition:
    """Encodes the newest frame on request: each frame at most once, none without a request.

    Publishers call `schedule`; the hub calls `request_frame`, `suspend`, `settle` and `close`. Encoding runs on an
    encoder thread, one frame at a time, and ends with `deliver(packet)` on that thread. Each request yields one packet.

    Every exception between taking a frame and delivering its packet, `SystemExit` included, is counted, logged and
    reported by `on_error`; the next frame is encoded as usual.

    Args:
        latest: the source of frames.
        make_encoder: called on an encoder thread for the first frame, and again for the next one if it raised.
        stats: the counters to update.
        queue: the queue to the encoder threads, used by this rendition only.
        deliver: receives the packets.
        settle_with: encodes settled pictures; `None` if it could not improve on the encoder.
        on_error: receives the error text, once per distinct error, and an empty text after the recovery or when the
            rendition is closed.
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
        # While busy, the encoder thread owns the attributes below.
        self._encoder: Encoder | None = None
        self._encoded: Frame | None = None
        self._failure = ""
        self._settling: Generator[None, None, Chunk] | None = None
        self._settled: Chunk | None = None

    @property
    def has_new_frame(self) -> bool:
        """Whether the newest frame was not encoded here yet."""
        newest = self._latest.newest
        return newest is not None and newest.seq > self._last_seq

    @property
    def is_due(self) -> bool:
        """Whether a frame is being encoded, or will be soon. Any thread."""
        return self._busy or self._has_work()

    def request_frame(self) -> None:
        """Request one packet, of the newest frame or, if that is encoded already, of the next one."""
        with self._lock:
            self._requested = True
            self._suspended = False
        self.schedule()
        self._continue_settling()

    def suspend(self) -> None:
        """Cancel the request, because no viewer is left. A packet that is being encoded is still delivered."""
        with self._lock:
            self._requested = False
            self._suspended = True
        self._queue.remove()

    def settle(self) -> None:
        """Encode the last delivered picture again in the best quality, while the encoder threads are idle.

        A newer, different picture cancels it; that picture waits at most for the band in progress.
        """
        with self._lock:
            self._should_settle = self._settle_with is not None
        self._continue_settling()

    def schedule(self) -> None:
        """Queue the encoding if it is due; called after each published frame."""
        with self._lock:
            if not self._has_work():
                return
        # Outside the lock, so it may run twice or too late; `_take` then finds no work.
        self._put(self._work)

    def close(self) -> None:
        """Stop encoding and close the encoder on an encoder thread. Idempotent."""
        with self._lock:
            was_closed, self._closed = self._closed, True
            if was_closed or self._busy:  # `_finish` of the running job does the rest
                return
        self._queue.remove()
        self._recover()
        if self._encoder is None:
            return
        try:
            # Not here: it may take long, and the caller is the thread of all hubs.
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
        self._latest.note_taken()
        if self._encoded is not None and _looks_same(self._encoded, frame):
            self._stats.unchanged += 1
            return
        self._cancel_settling()
        packet = self._encode(frame)
        with self._lock:
            if self._closed:
                return
            was_requested, self._requested = self._requested, False
        try:
            # While this rendition is still busy, or a newer frame on another thread could overtake this one.
            self._deliver(packet)
        except BaseException:
            with self._lock:
                self._requested |= was_requested
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
        # Not while a new frame waits: encoding it decides whether to continue or to cancel.
        if self._should_settle and not (self._suspended or self.has_new_frame):
            self._put(self._settle_a_band, idle=True)

    def _settle_a_band(self) -> None:
        with self._lock:
            if not self._should_settle or self._busy or self._closed or self._suspended or self.has_new_frame:
                return  # the end of that state calls `_continue_settling`
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
        except BaseException:  # no notice: viewers keep the picture that they have
            self._cancel_settling()
            self._stats.encode_errors += 1
            log.exception("cannot encode a settled picture")
        finally:
            self._finish()

    def _deliver_settled(self, chunk: Chunk) -> None:
        frame = self._encoded
        assert frame is not None
        seq = self._latest.renumber(self._last_seq)
        if seq is None:  # a newer frame was published
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
        except BaseException:  # not to `on_error`: no viewer is left
            self._stats.encode_errors += 1
            log.exception("cannot close an encoder")

    def _fail(self, exc: BaseException) -> None:
        self._stats.encode_errors += 1
        text = describe(exc)
        if text == self._failure:  # once, not with every frame
            return
        self._failure = text
        log.error("cannot encode a frame: %s", text, exc_info=None if isinstance(exc, EncodeError) else exc)
        self._on_error(text)

    def _recover(self) -> None:
        if self._failure:
            self._failure = ""
            self._on_error("")


def _looks_same(a: Frame, b: Frame) -> bool:
    """Return whether the two frames look the same to viewers, including what the header carries."""
    return a.pixel_ratio == b.pixel_ratio and same_pixels(a.pixels, b.pixels)


def _checked(chunk: object) -> Chunk:
    """Return the result of an encoder if it is a valid chunk.

    Raises:
        EncodeError: it is not.
    """
    if not isinstance(chunk, Chunk):
        got = type(chunk).__name__
    else:
        # Registered encoders may not have been type-checked.
        payload: object = chunk.payload
        mime: object = chunk.mime
        if not isinstance(payload, (bytes, bytearray, memoryview)):
            got = f"a payload of type {type(payload).__name__}"
        elif not len(payload):
            got = "an empty payload"
        elif not isinstance(mime, str) or not _MIME.fullmatch(mime):
            got = f"the mime type {mime!r:.60}"
        else:
            return chunk
    raise EncodeError(
        f"encode(frame) must return a Chunk of bytes and their mime type, got {got}; "
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
