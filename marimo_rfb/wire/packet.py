"""An encoded frame, ready for the socket."""

from dataclasses import dataclass, replace
from typing import Self

from marimo_rfb.wire.envelope import pack, unpack
from marimo_rfb.wire.messages import FileHeader
from marimo_rfb.wire.picture_state import PictureState

__all__ = ["Packet"]


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """An encoded frame, or what changed in it, the same bytes for every viewer of a rendition.

    Attributes:
        seq: sequence number of the packet.
        is_key: whether it can be decoded by itself.
        message: a whole binary message; see `envelope`.
        state: what viewers have after it.
        base: the position from which on a viewer of the same rendition can apply it; `None` if it needs none.
        is_settled: whether it is a better encoding of a picture that was sent before.
    """

    seq: int
    is_key: bool
    message: bytes
    state: PictureState
    base: int | None = None
    is_settled: bool = False

    @property
    def is_final(self) -> bool:
        """Whether no better encoding of the same picture will follow."""
        return self.state.is_final

    @property
    def frame_seq(self) -> int:
        """The sequence number that the frame was published with."""
        return self.state.frame_seq

    def applies_to(self, state: PictureState | None) -> bool:
        """Return whether a viewer that has `state` can decode and show it."""
        if self.base is None:
            return True
        if state is None or state.chain != self.state.chain:
            return False
        return self.base <= state.position < self.state.position

    def is_news_to(self, state: PictureState | None) -> bool:
        """Return whether a viewer that has `state` lacks what it shows."""
        if state is None or state.chain != self.state.chain or state.frame_seq < self.frame_seq:
            return True
        return self.is_settled and not state.is_final

    def numbered(self, seq: int) -> Self:
        """Return a copy with the sequence number `seq`."""
        header, payload = unpack(self.message)
        assert not isinstance(header, FileHeader)  # which has no number
        return replace(self, seq=seq, message=pack(replace(header, seq=seq), payload))
