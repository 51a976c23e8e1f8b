"""One encoding of one stream, shared by all viewers that use it."""

import logging
import re
import threading
import time
from collections.abc import Callable, Generator, Sequence
from itertools import chain

from marimo_rfb.encode.base import Chunk, Encoder
from marimo_rfb.encode.dirty_tiles import Rect, TileMask, find_dirty_tiles, mask_of_rects, no_tiles
from marimo_rfb.errors import EncodeError, describe
from marimo_rfb.frame import Frame, same_pixels
from marimo_rfb.stream.encoder_pool import EncoderQueue
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.picture_history import MAX_SHARE, Parts, PictureHistory
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.messages import ImageHeader, RectsHeader
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import PictureState

__all__ = ["Rendition", "Settle"]

log = logging.getLogger(__name__)

# Encodes a frame in the best quality; yields wherever a newer frame may interrupt it.
Settle = Callable[[Frame], Generator[None, None, Chunk]]

_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,62}", re.ASCII)


class Rendition:
    """Encodes the newest frame on request: each frame at most once, none without a request.

    Publishers call `schedule`; the hub calls `request_frame`, `suspend`, `settle` and `close`. Encoding runs on an
    encoder thread, one frame at a time, and ends with `deliver(packets)` on that thread. Those who have an earlier
    picture of this rendition get only what changed since, if that is little; one packet serves all of them.

    Every exception between taking a frame and delivering its packet, `SystemExit` included, is counted, logged and
    reported by `on_error`; the next frame is encoded as usual.

    Args:
        latest: the source of frames.
        make_encoder: called on an encoder thread for the first frame, and again for the next one if it raised.
        stats: the counters to update.
        queue: the queue to the encoder threads, used by this rendition only.
        deliver: receives the packets of a picture: of what changed, of the whole, or both.
        settle_with: encodes settled pictures; `None` if it could not improve on the encoder.
        in_parts: whether the viewers can show parts of a picture, and the encoder can encode them.
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
        deliver: Callable[[Sequence[Packet]], None],
        on_error: Callable[[str], None],
        settle_with: Settle | None = None,
        in_parts: bool = False,
    ) -> None:
        self._latest = latest
        self._make_encoder = make_encoder
        self._stats = stats
        self._queue = queue
        self._deliver = deliver
        self._on_error = on_error
        self._settle_with = settle_with
        self._in_parts = in_parts
        self._lock = threading.Lock()
        self._wanted: set[PictureState | None] = set()
        self._busy = False
        self._closed = False
        self._suspended = False
        self._should_settle = False
        self._last_seq = 0
        self._delivered_position = 0
        # While busy, the encoder thread owns the attributes below.
        self._encoder: Encoder | None = None
        self._part_encoder: Encoder | None = None
        self._history = PictureHistory()
        self._failure = ""
        self._failed_seq = 0
        self._settling: Generator[None, None, list[Chunk]] | None = None
        self._settled: list[Chunk] | None = None
        self._lossy: Parts | None = None

    @property
    def has_new_frame(self) -> bool:
        """Whether the newest frame was not encoded here yet."""
        newest = self._latest.newest
        return newest is not None and newest.seq > self._last_seq

    @property
    def is_due(self) -> bool:
        """Whether a frame is being encoded, or will be soon. Any thread."""
        return self._busy or self._has_work()

    def request_frame(self, state: PictureState | None, *, seen: int) -> None:
        """Request a packet for a viewer that has `state`: of the newest frame or, if it has that, of the next one.

        Whoever gets a delivery asks again for the viewers that want more than that.

        Args:
            state: the picture of the viewer.
            seen: the position of the last delivery that the caller knows of, 0 for none; ignored if there was another.
        """
        with self._lock:
            if seen == self._delivered_position:
                self._wanted.add(state)
            self._suspended = False
        self.schedule()
        self._continue_settling()

    def suspend(self) -> None:
        """Cancel the requests, because no viewer is left. A packet that is being encoded is still delivered."""
        with self._lock:
            self._wanted.clear()
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
        if self._encoder is None and self._part_encoder is None:
            return
        try:
            # Not here: it may take long, and the caller is the thread of all hubs.
            self._queue.put(self._close_encoders)
        except RuntimeError:
            self._close_encoders()

    def _put(self, job: Callable[[], None], *, idle: bool = False) -> None:
        try:
            self._queue.put(job, idle=idle)
        except RuntimeError:  # the interpreter is shutting down
            self.close()

    def _has_work(self) -> bool:
        if not self._wanted or self._busy or self._closed:
            return False
        return self.has_new_frame or self._is_anyone_behind()

    def _is_anyone_behind(self) -> bool:
        """Whether someone wants the newest frame although it was encoded before."""
        # An encoder that failed would fail again.
        return self._failed_seq < self._last_seq and any(self._history.is_behind(state) for state in self._wanted)

    def _work(self) -> None:
        with self._lock:
            if not self._has_work():
                return
            frame = self._latest.newest
            assert frame is not None
            self._busy = True
            self._last_seq = frame.seq
            wanted = frozenset(self._wanted)
        try:
            self._encode_and_deliver(frame, wanted)
        except BaseException as exc:
            self._fail(exc)
        finally:
            self._finish()

    def _encode_and_deliver(self, frame: Frame, wanted: frozenset[PictureState | None]) -> None:
        is_another = self._take(frame)
        behind = [state for state in wanted if self._history.is_behind(state)]
        if not behind:
            self._stats.unchanged += 1
            return
        # For a viewer that joins it starts over, because more of its picture is lossy.
        self._cancel_settling(for_good=is_another)
        packets = self._encode(behind)
        with self._lock:
            if self._closed:
                return
        # While this rendition is still busy, or a newer frame on another thread could overtake this one.
        self._hand_over(packets)
        self._recover()

    def _hand_over(self, packets: Sequence[Packet]) -> None:
        """Deliver packets, which answer all requests so far."""
        with self._lock:
            wanted, self._wanted = self._wanted, set()
            before, self._delivered_position = self._delivered_position, packets[0].state.position
        try:
            self._deliver(packets)
        except BaseException:
            with self._lock:
                self._wanted |= wanted
                self._delivered_position = before
            raise

    def _take(self, frame: Frame) -> bool:
        """Make `frame` the newest one of the history, unless it is; return whether it is another picture."""
        before = self._history.frame
        if self._history.seq == frame.seq:
            return False
        self._latest.note_taken()
        self._history.show(frame, None if before is None else self._dirty_tiles(before, frame))
        return self._history.frame is frame

    def _dirty_tiles(self, before: Frame, after: Frame) -> TileMask | None:
        """Return where two frames differ in what viewers see; `None` for everywhere."""
        if before.pixel_ratio != after.pixel_ratio:
            return None
        if not self._in_parts:
            return no_tiles(after.width, after.height) if same_pixels(before.pixels, after.pixels) else None
        known = self._latest.dirty_since(before.seq)
        if known is not None:
            return mask_of_rects(known, width=after.width, height=after.height)
        return find_dirty_tiles(before.pixels, after.pixels, max_share=MAX_SHARE)

    def _encode(self, behind: Sequence[PictureState | None]) -> list[Packet]:
        """Return the packets that bring viewers up to date: what changed, for those for whom it suffices; the whole."""
        packets = []
        parts = self._history.parts_for(behind) if self._in_parts else None
        if parts is not None:
            packets.append(self._encode_parts(parts))
        if not packets or not all(packets[0].applies_to(state) for state in behind):
            packets.append(self._encode_whole())
        return packets

    def _encode_whole(self) -> Packet:
        started_s = time.perf_counter()
        frame = self._history.frame
        assert frame is not None
        if self._encoder is None:
            self._encoder = self._make_encoder()
        chunk = _checked(self._encoder.encode(frame))
        self._history.sent_whole(is_lossless=chunk.is_lossless)
        header = _header(frame, chunk, seq=self._history.position)
        message = pack(header, chunk.payload)
        self._stats.count_encoded(len(message), time.perf_counter() - started_s)
        return Packet(header.seq, bool(chunk.is_key), message, self._state(is_final=chunk.is_lossless))

    def _encode_parts(self, parts: Parts) -> Packet:
        started_s = time.perf_counter()
        frame = self._history.frame
        assert frame is not None
        if self._part_encoder is None:
            self._part_encoder = self._make_encoder()
        encoded = [(rect, _checked(self._part_encoder.encode(_part(frame, rect)))) for rect in parts.rects]
        is_final = self._history.sent_parts(parts, [rect for rect, chunk in encoded if chunk.is_lossless])
        seq = self._history.position
        message = _pack_parts(frame, parts, [chunk for _, chunk in encoded], seq=seq)
        self._stats.count_encoded(len(message), time.perf_counter() - started_s)
        return Packet(seq, False, message, self._state(is_final=is_final), base=parts.position)

    def _state(self, *, is_final: bool) -> PictureState:
        """Return what viewers have once they got the newest picture."""
        history = self._history
        return PictureState(history.chain, history.position, history.seq, is_final)

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
            elif self._history.frame is not None and self._settle_with is not None:
                self._settling = self._settle_parts(self._history.frame, self._settle_with)
            else:
                self._cancel_settling()
        except StopIteration as done:
            self._settling, self._settled = None, [_checked(chunk) for chunk in done.value]
            if not self._settled:  # the picture is exact
                self._cancel_settling()
        except BaseException:  # no notice: viewers keep the picture that they have
            self._cancel_settling()
            self._stats.encode_errors += 1
            log.exception("cannot encode a settled picture")
        finally:
            self._finish()

    def _settle_parts(self, frame: Frame, settle_with: Settle) -> Generator[None, None, list[Chunk]]:
        """Encode what is lossy of the newest picture in the best quality."""
        self._lossy = self._history.lossy_parts() if self._in_parts else None
        if self._lossy is None:
            return [(yield from settle_with(frame))]
        chunks = []
        for rect in self._lossy.rects:
            chunks.append((yield from settle_with(_part(frame, rect))))
        return chunks

    def _deliver_settled(self, chunks: list[Chunk]) -> None:
        frame, lossy = self._history.frame, self._lossy
        assert frame is not None
        seq = self._latest.renumber(self._last_seq)
        if seq is None:  # a newer frame was published
            return
        self._cancel_settling()
        self._stats.settled += 1
        is_lossless = all(chunk.is_lossless for chunk in chunks)
        if lossy is None:
            message = pack(_header(frame, chunks[0], seq=seq, lossless=is_lossless), chunks[0].payload)
        else:
            message = _pack_parts(frame, lossy, chunks, seq=seq, lossless=is_lossless)
        self._history.settle(seq)
        base = None if lossy is None else lossy.position
        self._hand_over([Packet(seq, base is None, message, self._state(is_final=True), base=base, is_settled=True)])

    def _cancel_settling(self, *, for_good: bool = True) -> None:
        with self._lock:
            self._should_settle = self._should_settle and not for_good
        self._settling = self._settled = None

    def _finish(self) -> None:
        with self._lock:
            self._busy = False
            closed = self._closed
        if closed:
            self._recover()
            self._close_encoders()
            return
        self.schedule()
        self._continue_settling()

    def _close_encoders(self) -> None:
        encoders, self._encoder, self._part_encoder = (self._encoder, self._part_encoder), None, None
        for encoder in encoders:
            if encoder is None:
                continue
            try:
                encoder.close()
            except BaseException:  # not to `on_error`: no viewer is left
                self._stats.encode_errors += 1
                log.exception("cannot close an encoder")

    def _fail(self, exc: BaseException) -> None:
        self._stats.encode_errors += 1
        self._failed_seq = self._last_seq
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


def _header(frame: Frame, chunk: Chunk, *, seq: int, lossless: bool | None = None) -> ImageHeader:
    return ImageHeader(
        seq=seq,
        timestamp_us=int(frame.published_s * 1e6),
        width=frame.width,
        height=frame.height,
        mime=chunk.mime,
        pixel_ratio=_ratio(frame),
        lossless=lossless,
    )


def _pack_parts(
    frame: Frame, parts: Parts, chunks: Sequence[Chunk], *, seq: int, lossless: bool | None = None
) -> bytes:
    sizes = (len(chunk.payload) for chunk in chunks)
    header = RectsHeader(
        seq=seq,
        timestamp_us=int(frame.published_s * 1e6),
        width=frame.width,
        height=frame.height,
        base_seq=parts.seq,
        rects=tuple(chain.from_iterable((*rect, size) for rect, size in zip(parts.rects, sizes, strict=True))),
        mimes=tuple(chunk.mime for chunk in chunks),
        pixel_ratio=_ratio(frame),
        lossless=lossless,
    )
    return pack(header, *(chunk.payload for chunk in chunks))


def _part(frame: Frame, rect: Rect) -> Frame:
    return frame.with_pixels(rect.crop(frame.pixels))


def _ratio(frame: Frame) -> float | None:
    return None if frame.pixel_ratio == 1.0 else frame.pixel_ratio
