"""One encoding of one stream, shared by all viewers that use it."""

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from marimo_rfb.encode.base import Encoder
from marimo_rfb.errors import EncodeError, describe
from marimo_rfb.flow.quality_level import FULL_QUALITY, QualityLevel
from marimo_rfb.frame import Frame
from marimo_rfb.stream.encoder_pool import EncoderQueue
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.picture_encoder import PictureEncoder, having_newest, worst_qualities
from marimo_rfb.stream.picture_history import PictureHistory, Taken
from marimo_rfb.stream.refinement import Images, TileQualities
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import EXACT, FINE, PictureState

__all__ = ["Refine", "Rendition"]

log = logging.getLogger(__name__)

# A message that is smaller, of the size that it may have, has all that is left.
FULL_PIECE = 0.25

# Yields parts of a frame in better quality than viewers have, for one message each, and `None` wherever a newer frame
# may interrupt it. Gets that quality, and the size of a message.
Refine = Callable[[Frame, TileQualities, int], Generator[Images | None]]


@dataclass(frozen=True, slots=True, eq=False)
class _ToRefine:
    """What to encode in better quality; see `Rendition.refine`."""

    states: list[PictureState]
    max_bytes: int
    rest_s: float

    @property
    def is_moving(self) -> bool:
        return self.rest_s > 0


class Rendition:
    """Encodes the newest frame on request: each frame at most once, none without a request.

    Publishers call `schedule`; the hub calls `request_frame`, `suspend`, `refine` and `close`. Encoding runs on an
    encoder thread, one frame at a time, and ends with `deliver(packets)` on that thread. Those who have an earlier
    picture of the stream get only what changed since, if that is little; one packet serves all of them.

    Every exception between taking a frame and delivering its packet, `SystemExit` included, is counted, logged and
    reported by `on_error`; the next frame is encoded as usual.

    Args:
        latest: the source of frames.
        make_encoder: called on an encoder thread for the first frame, and again for the next one if it raised.
        stats: the counters to update.
        queue: the queue to the encoder threads, used by this rendition only.
        deliver: receives the packets of a picture: of what changed, of the whole, or both.
        history: of the stream's pictures.
        level: the scale of what is encoded.
        refine_with: encodes pictures that rest; `None` if it could not improve on the encoder.
        in_parts: whether the viewers can show parts of a picture, and the encoder can encode them.
        on_error: receives the error text, once per distinct error, and an empty text after the recovery or when the
            rendition is closed.

    Attributes:
        is_rest_refined: whether, when that was last looked for, hardly anything was left to improve in what rests of a
            picture that moves.
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
        history: PictureHistory,
        level: QualityLevel = FULL_QUALITY,
        refine_with: Refine | None = None,
        in_parts: bool = False,
    ) -> None:
        self._latest = latest
        self._stats = stats
        self._queue = queue
        self._deliver = deliver
        self._on_error = on_error
        self._history = history
        self._refine_with = refine_with
        self._lock = threading.Lock()
        self._wanted: set[PictureState | None] = set()
        self._busy = False
        self._closed = False
        self._suspended = False
        self._to_refine: _ToRefine | None = None
        self._last_seq = 0
        self._deliveries = 0
        # While busy, the encoder thread owns the attributes below.
        self._encoder = PictureEncoder(make_encoder, level=level, in_parts=in_parts, latest=latest, stats=stats)
        self._taken: Taken | None = None
        self._failure = ""
        self._failed_seq = 0
        self.is_rest_refined = False
        self._unrefined_seq = 0
        self._refining_for: _ToRefine | None = None
        self._refining: Generator[tuple[Images, bool] | None] | None = None
        self._refined: tuple[Images, bool] | None = None  # the next message, and whether it is the last one
        self._worst: PictureState | None = None  # of all who need it

    @property
    def has_new_frame(self) -> bool:
        """Whether the newest frame was not encoded here yet."""
        newest = self._latest.newest
        return newest is not None and newest.seq > self._last_seq

    @property
    def is_due(self) -> bool:
        """Whether a frame is being encoded, or will be soon. Any thread."""
        return self._busy or self._has_work()

    @property
    def is_refining(self) -> bool:
        """Whether a picture that rests is being encoded in better quality, so that `refine` is ignored. Any thread."""
        return self._to_refine is not None and not self._to_refine.is_moving

    def request_frame(self, state: PictureState | None, *, seen: int) -> None:
        """Request a packet for a viewer that has `state`: of the newest frame or, if it has that, of the next one.

        Whoever gets a delivery asks again for the viewers that want more than that.

        Args:
            state: the picture of the viewer.
            seen: how many deliveries the caller knows of; the request is ignored if there was another.
        """
        with self._lock:
            if seen == self._deliveries:
                self._wanted.add(state)
            self._suspended = False
        self.schedule()
        self._continue_refining()

    def suspend(self) -> None:
        """Cancel the requests, because no viewer is left. A packet that is being encoded is still delivered."""
        with self._lock:
            self._wanted.clear()
            self._suspended = True
        self._queue.remove()

    def refine(self, states: Iterable[PictureState], *, max_bytes: int, rest_s: float = 0.0) -> None:
        """Encode what viewers have of the newest picture in better quality, while the encoder threads are idle.

        A newer, different picture cancels it; that picture waits at most for the band in progress. Ignored while it is
        done already, for a picture that rests: whoever gets the last delivery of that asks again for the viewers that
        lack more.

        Args:
            states: what the viewers have.
            max_bytes: the size of a message that the slowest of them takes at a time.
            rest_s: above 0 if parts of the picture move. Then one message at most is encoded, of what has not changed
                for so many seconds.
        """
        with self._lock:
            if self._refine_with is None or self._unrefined_seq >= self._last_seq:
                return
            if self._to_refine is None or (self._to_refine.is_moving and rest_s == 0):
                self._to_refine = _ToRefine(list(states), max_bytes, rest_s)
        self._continue_refining()

    def schedule(self) -> None:
        """Queue the encoding if it is due; called after each published frame."""
        with self._lock:
            if not self._has_work():
                return
        # Outside the lock, so it may run twice or too late; `_work` then finds none.
        self._put(self._work)

    def close(self) -> None:
        """Stop encoding and close the encoder on an encoder thread. Idempotent."""
        with self._lock:
            was_closed, self._closed = self._closed, True
            if was_closed or self._busy:  # `_finish` of the running job does the rest
                return
        self._queue.remove()
        self._recover()
        if not self._encoder.has_encoders:
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
        return self._failed_seq < self._last_seq and any(self._lacks(state) for state in self._wanted)

    def _lacks(self, state: PictureState | None) -> bool:
        """Whether a viewer that has `state` lacks the newest frame, or has parts of it from a worse level."""
        return self._history.is_behind(state) or self._encoder.is_coarse(state, chain=self._history.chain)

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
        before, taken = self._taken, self._history.take(frame, wanted)
        self._taken, self._last_seq = taken, taken.seq
        if before is None or before.seq < taken.seq:
            self._latest.note_taken()
        if before is None or before.frame is not taken.frame:
            self._stop_refining()
        packets = self._encoder.encode(taken, wanted)
        if not packets:
            self._stats.unchanged += before is not None and before.frame is taken.frame
            return
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
            self._deliveries += 1
        try:
            self._deliver(packets)
        except BaseException:
            with self._lock:
                self._wanted |= wanted
                self._deliveries -= 1
            raise

    def _continue_refining(self) -> None:
        # Not while a new frame waits: encoding it decides whether to continue or to cancel.
        if self._to_refine is not None and not (self._suspended or self.has_new_frame):
            self._put(self._refine_a_band, idle=True)

    def _refine_a_band(self) -> None:
        with self._lock:
            to_refine = self._to_refine
            if to_refine is None or self._busy or self._closed or self._suspended or self.has_new_frame:
                return  # the end of that state calls `_continue_refining`
            self._busy = True
        try:
            if self._refining_for is not to_refine:
                self._refining_for, self._refining, self._refined = to_refine, self._start_refining(to_refine), None
            assert self._refining is not None
            if self._refined is None:
                self._refined = next(self._refining)
            if self._refined is not None:
                self._deliver_refined(*self._refined)
        except StopIteration:
            self.is_rest_refined |= to_refine.is_moving
            self._stop_refining(to_refine)
        except BaseException:  # no notice: viewers keep the picture that they have
            self._unrefined_seq = self._last_seq
            self._stop_refining()
            self._stats.encode_errors += 1
            log.exception("cannot encode a settled picture")
        finally:
            self._finish()

    def _start_refining(self, to_refine: _ToRefine) -> Generator[tuple[Images, bool] | None]:
        """Yield messages, and for each whether it is the last one; `None` where a newer frame may interrupt it."""
        taken = self._taken
        if taken is None or self._refine_with is None:
            return
        newest = having_newest(taken, to_refine.states)
        if not newest:
            return
        worst = worst_qualities(taken, newest)
        self._worst = PictureState(taken.chain, taken.seq, worst.tobytes())
        if to_refine.is_moving:
            resting = self._history.resting(taken.seq, to_refine.rest_s)
            if resting is None:
                return
            worst = np.where(resting, worst, np.uint8(EXACT))
        waiting: Images | None = None
        for images in self._refine_with(taken.frame, worst, to_refine.max_bytes):
            if images is None:
                yield None
                continue
            if to_refine.is_moving:
                waiting = images
                break
            if waiting is not None:
                yield waiting, False
            waiting = images
        if waiting is not None:
            yield waiting, True

    def _deliver_refined(self, images: Images, is_last: bool) -> None:
        seq = self._latest.renumber(self._last_seq)
        if seq is None:  # a newer frame was published
            return
        taken, worst = self._taken, self._worst
        assert taken is not None
        assert worst is not None
        packet = self._encoder.packer(taken).refined(images, seq=seq, before=worst)
        self._refined, self._worst = None, packet.update.after(worst)
        if is_last:
            if (done := self._refining_for) is not None and done.is_moving:
                self.is_rest_refined = len(packet.message) < FULL_PIECE * done.max_bytes
            self._stats.settled += packet.update.after(worst).worst >= FINE
            self._stop_refining(self._refining_for)  # before, because those who get it may ask for more
        self._hand_over([packet])

    def _stop_refining(self, done: _ToRefine | None = None) -> None:
        """Stop because there is another picture, or because `done` is done, whose place another one may have taken."""
        with self._lock:
            if done in (None, self._to_refine):
                self._to_refine = None
        self._refining_for = self._refining = self._refined = self._worst = None

    def _finish(self) -> None:
        with self._lock:
            self._busy = False
            closed = self._closed
        if closed:
            self._recover()
            self._close_encoders()
            return
        self.schedule()
        self._continue_refining()

    def _close_encoders(self) -> None:
        for encoder in self._encoder.release():
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
