"""An encoded frame, ready for the socket."""

from dataclasses import dataclass, replace
from typing import Self

from marimo_rfb.wire.envelope import pack, unpack

__all__ = ["Packet"]


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """The same bytes for every viewer of a rendition.

    `message` is a whole binary message (see `envelope`); `is_key` says that it needs nothing before it, `is_final` that
    there will be nothing better of the same picture, `is_settled` that there was something before of it. `encoded_seq`
    is the number of the frame where `seq` is another one.
    """

    seq: int
    is_key: bool
    message: bytes
    is_final: bool = False
    is_settled: bool = False
    encoded_seq: int | None = None

    @property
    def frame_seq(self) -> int:
        """The number that the frame was published with."""
        return self.seq if self.encoded_seq is None else self.encoded_seq

    def numbered(self, seq: int) -> Self:
        """Return a copy that has the number `seq`."""
        header, payload = unpack(self.message)
        return replace(self, seq=seq, encoded_seq=self.frame_seq, message=pack(replace(header, seq=seq), payload))
