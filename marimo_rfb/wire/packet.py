"""An encoded frame, ready for the socket."""

from dataclasses import dataclass

__all__ = ["Packet"]


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """The same bytes for every viewer of a rendition.

    `message` is a whole binary message (see `envelope`); `is_key` says that it needs nothing before it.
    """

    seq: int
    is_key: bool
    message: bytes
