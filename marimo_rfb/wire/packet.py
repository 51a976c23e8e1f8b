"""An encoded frame, ready for the socket."""

from dataclasses import dataclass

__all__ = ["Packet"]


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """The same bytes for every viewer of a rendition.

    `message` is a whole binary message (see `envelope`); `is_key` says that it needs nothing before it, `is_final` that
    there will be nothing better of the same picture, `is_settled` that there was something before of it.
    """

    seq: int
    is_key: bool
    message: bytes
    is_final: bool = False
    is_settled: bool = False
