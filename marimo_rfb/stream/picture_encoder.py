"""Encodes what viewers lack of a picture, in one quality level."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import numpy as np

from marimo_rfb.encode.base import Encoder
from marimo_rfb.encode.dirty_tiles import Rect, grid_of
from marimo_rfb.encode.downscale import scaled
from marimo_rfb.flow.quality_level import QualityLevel
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.picture_history import Taken
from marimo_rfb.stream.picture_packer import PicturePacker, checked
from marimo_rfb.stream.refinement import Images, TileQualities, lacking
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import PictureState

__all__ = ["MIN_SCALED_PIXELS", "PictureEncoder", "having_newest", "worst_qualities"]

# Smaller parts are not scaled down, as they have few bytes anyway.
MIN_SCALED_PIXELS = 1 << 13


class PictureEncoder:
    """Encodes pictures and parts of them. One thread at a time, except for `is_coarse`.

    Args:
        make_encoder: called for the first picture, and again for the next one if it raised.
        level: the scale of what is encoded.
        in_parts: whether the viewers can show parts of a picture, and the encoder can encode them.
        latest: numbers the packets.
        stats: the counters to update.
    """

    def __init__(
        self,
        make_encoder: Callable[[], Encoder],
        *,
        level: QualityLevel,
        in_parts: bool,
        latest: LatestFrame,
        stats: StreamStats,
    ) -> None:
        self._make_encoder = make_encoder
        self._level = level
        self._in_parts = in_parts
        self._latest = latest
        self._stats = stats
        self._encoder: Encoder | None = None
        self._part_encoder: Encoder | None = None

    @property
    def has_encoders(self) -> bool:
        """Whether there is an encoder to close."""
        return self._encoder is not None or self._part_encoder is not None

    def release(self) -> list[Encoder]:
        """Return the encoders that were made, for the caller to close."""
        encoders = [self._encoder, self._part_encoder]
        self._encoder = self._part_encoder = None
        return [encoder for encoder in encoders if encoder is not None]

    def is_coarse(self, state: PictureState | None, *, chain: int) -> bool:
        """Return whether a viewer that has `state`, of history `chain`, has parts of it from a worse level."""
        if not self._in_parts or state is None or state.chain != chain:
            return False
        return state.worst < self._level.rank

    def encode(self, taken: Taken, wanted: Iterable[PictureState | None]) -> list[Packet]:
        """Return the packets that bring viewers up to date; none if they are.

        What changed, for those for whom it suffices; the whole; and what did not change, if they have it from a worse
        level.

        Args:
            taken: the picture.
            wanted: what the viewers have.

        Raises:
            EncodeError: the picture cannot be encoded.
        """
        packets = []
        if self._in_parts and taken.parts is not None:
            packets.append(self._encode_parts(taken, taken.parts.rects, seq=taken.seq, base_seq=taken.parts.base_seq))
        if any(not packets or not packets[0].update.applies_to(state) for state in taken.behind):
            packets.append(self._encode_whole(taken))
        states = [_after(packets, state) for state in wanted]
        coarse = having_newest(taken, (state for state in states if self.is_coarse(state, chain=taken.chain)))
        # Without a number there is a newer frame already.
        if coarse and (seq := self._latest.renumber(taken.seq)) is not None:
            rects = lacking(taken.frame, worst_qualities(taken, coarse), self._level.rank)
            packets.append(self._encode_parts(taken, rects, seq=seq, base_seq=taken.frame.seq))
        return packets

    def packer(self, taken: Taken) -> PicturePacker:
        """Return what makes the packets of a picture."""
        return PicturePacker(taken.frame, chain=taken.chain, frame_seq=taken.seq, rank=self._level.rank)

    def _encode_whole(self, taken: Taken) -> Packet:
        started_s = time.perf_counter()
        if self._encoder is None:
            self._encoder = self._make_encoder()
        frame = taken.frame
        small = scaled(frame, self._level.scale_of(frame.width, frame.height))
        chunk = checked(self._encoder.encode(small), is_scaled=small is not frame)
        packet = self.packer(taken).whole(chunk, seq=taken.seq)
        self._stats.count_encoded(len(packet.message), time.perf_counter() - started_s)
        return packet

    def _encode_parts(self, taken: Taken, rects: Sequence[Rect], *, seq: int, base_seq: int) -> Packet:
        started_s = time.perf_counter()
        if self._part_encoder is None:
            self._part_encoder = self._make_encoder()
        frame = taken.frame
        is_small = sum(rect.area for rect in rects) < MIN_SCALED_PIXELS
        scale = 1.0 if is_small else self._level.scale_of(frame.width, frame.height)
        images: Images = []
        for rect in rects:
            part = frame.part(*rect.slices)
            small = scaled(part, scale)
            images.append((rect, checked(self._part_encoder.encode(small), is_scaled=small is not part)))
        packet = self.packer(taken).parts(images, seq=seq, base_seq=base_seq)
        self._stats.count_encoded(len(packet.message), time.perf_counter() - started_s)
        return packet


def having_newest(taken: Taken, states: Iterable[PictureState | None]) -> list[PictureState]:
    """Return those of `states` in which a viewer has the picture."""
    known = (state for state in states if state is not None and state.chain == taken.chain)
    return [state for state in known if taken.frame.seq <= state.frame_seq <= taken.seq]


def worst_qualities(taken: Taken, states: Iterable[PictureState]) -> TileQualities:
    """Return the least quality of each tile of the picture in any of `states`."""
    qualities = [np.frombuffer(state.qualities, np.uint8) for state in states]
    return reduce(np.minimum, qualities).reshape(grid_of(taken.frame.width, taken.frame.height))


def _after(packets: Iterable[Packet], state: PictureState | None) -> PictureState | None:
    """Return what a viewer that had `state` has after `packets`, each of which it takes if it lacks what that shows."""
    for packet in packets:
        if packet.update.applies_to(state) and packet.update.is_news_to(state):
            state = packet.update.after(state)
    return state
