"""An encoded frame, ready for the socket."""

from dataclasses import dataclass, replace
from typing import Self

from marimo_rfb.wire.envelope import pack, unpack
from marimo_rfb.wire.messages import FileHeader

__all__ = ["Packet"]


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """An encoded frame, the same bytes for every viewer of a rendition.

    Attributes:
        seq: sequence number of the packet.
        is_key: whether it can be decoded by itself.
        message: a whole binary message; see `envelope`.
        is_final: whether no better encoding of the same picture will follow.
        is_settled: whether it is a better encoding of a picture that was sent before.
        encoded_seq: sequence number of the frame where it differs from `seq`.
    """

    seq: int
    is_key: bool
    message: bytes
    is_final: bool = False
    is_settled: bool = False
    encoded_seq: int | None = None

    @property
    def frame_seq(self) -> int:
        """The sequence number that the frame was published with."""
        return self.seq if self.encoded_seq is None else self.encoded_seq

    def numbered(self, seq: int) -> Self:
        """Return a copy with the sequence number `seq`."""
        header, payload = unpack(self.message)
        assert not isinstance(header, FileHeader)  # which has no number
        return replace(self, seq=seq, encoded_seq=self.frame_seq, message=pack(replace(header, seq=seq), payload))
