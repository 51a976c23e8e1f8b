"""An encoded picture, ready for the socket."""

from dataclasses import dataclass, replace
from typing import Self

from marimo_rfb.wire.envelope import pack, unpack
from marimo_rfb.wire.messages import FileHeader
from marimo_rfb.wire.picture_update import PictureUpdate

__all__ = ["Packet"]


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """An encoded picture, or parts of it, the same bytes for every viewer.

    Attributes:
        seq: sequence number of the packet.
        is_key: whether it can be decoded by itself.
        message: a whole binary message; see `envelope`.
        update: what it makes of the picture that a viewer has.
    """

    seq: int
    is_key: bool
    message: bytes
    update: PictureUpdate

    @property
    def frame_seq(self) -> int:
        """The sequence number that the frame was published with."""
        return self.update.frame_seq

    @property
    def is_settled(self) -> bool:
        """Whether it is a better encoding of a picture that was sent before."""
        return self.update.is_settled

    def numbered(self, seq: int) -> Self:
        """Return a copy with the sequence number `seq`."""
        header, payload = unpack(self.message)
        assert not isinstance(header, FileHeader)  # which has no number
        return replace(self, seq=seq, message=pack(replace(header, seq=seq), payload))
