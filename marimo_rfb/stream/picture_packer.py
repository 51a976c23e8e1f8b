"""Makes packets of encoded pictures and parts of them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain as chained

from marimo_rfb.encode.base import Chunk
from marimo_rfb.encode.dirty_tiles import Rect, grid_of
from marimo_rfb.errors import EncodeError
from marimo_rfb.frame import Frame
from marimo_rfb.stream.refinement import Images
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.messages import ImageHeader, RectsHeader
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import EXACT, FINE, PictureState
from marimo_rfb.wire.picture_update import Patch, PictureUpdate

__all__ = ["PicturePacker", "checked"]

_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,62}", re.ASCII)

_LOSSLESS_MIME = "image/png"


class PicturePacker:
    """Makes the packets of one picture.

    Args:
        frame: the picture, or an older frame that looks the same.
        chain: the history that it is part of.
        frame_seq: the sequence number of the picture.
        rank: the quality of what is encoded for speed.
    """

    def __init__(self, frame: Frame, *, chain: int, frame_seq: int, rank: int) -> None:
        self._frame = frame
        self._chain = chain
        self._frame_seq = frame_seq
        self._rank = rank

    def whole(self, chunk: Chunk, *, seq: int) -> Packet:
        """Return the packet of the whole picture."""
        quality = EXACT if chunk.is_lossless else self._rank
        return self._pack_whole(chunk, self._update([(self._all, quality)]), seq=seq, lossless=_denial([chunk]))

    def parts(self, images: Images, *, seq: int, base_seq: int) -> Packet:
        """Return the packet of what changed since frame `base_seq`."""
        patches = [(rect, EXACT if chunk.is_lossless else self._rank) for rect, chunk in images]
        update = self._update(patches, base_seq=base_seq)
        return self._pack_parts(images, update, seq=seq, lossless=_denial([chunk for _, chunk in images]))

    def refined(self, images: Images, *, seq: int, before: PictureState) -> Packet:
        """Return the packet of parts in better quality, or of all, for viewers that have at least `before`."""
        patches = [(rect, EXACT if chunk.is_lossless else FINE) for rect, chunk in images]
        is_whole = [rect for rect, _ in images] == [self._all]
        update = self._update(patches, base_seq=None if is_whole else self._frame.seq)
        is_exact = update.after(before).worst == EXACT
        update = replace(update, is_settled=True, claims_exact=is_exact)
        if is_whole:
            return self._pack_whole(images[0][1], update, seq=seq, lossless=is_exact)
        return self._pack_parts(images, update, seq=seq, lossless=is_exact)

    @property
    def _all(self) -> Rect:
        return Rect(0, 0, self._frame.width, self._frame.height)

    def _update(self, patches: Sequence[tuple[Rect, int]], *, base_seq: int | None = None) -> PictureUpdate:
        grid = grid_of(self._frame.width, self._frame.height)
        replaced = [Patch(*rect.tiles, quality) for rect, quality in patches]
        return PictureUpdate(self._chain, self._frame_seq, grid, replaced, base_seq)

    def _pack_whole(self, chunk: Chunk, update: PictureUpdate, *, seq: int, lossless: bool | None) -> Packet:
        frame = self._frame
        header = ImageHeader(
            seq=seq,
            timestamp_us=int(frame.published_s * 1e6),
            width=frame.width,
            height=frame.height,
            mime=chunk.mime,
            pixel_ratio=_ratio(frame),
            lossless=lossless,
        )
        return Packet(seq, bool(chunk.is_key), pack(header, chunk.payload), update)

    def _pack_parts(self, images: Images, update: PictureUpdate, *, seq: int, lossless: bool | None) -> Packet:
        frame, base_seq = self._frame, update.base_seq
        assert base_seq is not None
        header = RectsHeader(
            seq=seq,
            timestamp_us=int(frame.published_s * 1e6),
            width=frame.width,
            height=frame.height,
            base_seq=base_seq,
            rects=tuple(chained.from_iterable((*rect, len(chunk.payload)) for rect, chunk in images)),
            mimes=tuple(chunk.mime for _, chunk in images),
            pixel_ratio=_ratio(frame),
            lossless=lossless,
        )
        return Packet(seq, False, pack(header, *(chunk.payload for _, chunk in images)), update)


def checked(chunk: object, *, is_scaled: bool) -> Chunk:
    """Return the result of an encoder if it is a valid chunk.

    Args:
        chunk: the result.
        is_scaled: whether it is of a smaller frame than was published.

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
            return replace(chunk, is_lossless=False) if is_scaled else chunk
    raise EncodeError(
        f"encode(frame) must return a Chunk of bytes and their mime type, got {got}; "
        'return Chunk(payload, "image/png"), or raise EncodeError'
    )


def _denial(chunks: Sequence[Chunk]) -> bool | None:
    """Return `False` if the MIME types say that a picture is exact, although it is not."""
    return False if any(chunk.mime == _LOSSLESS_MIME and not chunk.is_lossless for chunk in chunks) else None


def _ratio(frame: Frame) -> float | None:
    return None if frame.pixel_ratio == 1.0 else frame.pixel_ratio
