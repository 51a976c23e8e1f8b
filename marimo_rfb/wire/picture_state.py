"""Which picture a viewer has, and how good each tile of it is."""

from dataclasses import dataclass, field
from enum import IntEnum

__all__ = ["PictureState", "TileQuality", "worst_of"]


class TileQuality(IntEnum):
    """How a tile of a picture was sent: for speed, as well as a lossy format can, or without loss."""

    FAST = 0
    FINE = 1
    EXACT = 2


@dataclass(frozen=True, slots=True, eq=False)
class PictureState:
    """The picture that a viewer has after a packet, as far as the sender knows. Immutable, shared by viewers.

    Attributes:
        chain: the history of pictures that it is part of.
        frame_seq: the sequence number of its frame.
        qualities: one `TileQuality` for each tile, row by row.
        worst: the least of them.
    """

    chain: int
    frame_seq: int
    qualities: bytes
    worst: TileQuality = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "worst", worst_of(self.qualities))  # the dataclass is frozen


def worst_of(qualities: bytes | bytearray) -> TileQuality:
    """Return the least of some qualities."""
    return next((each for each in TileQuality if each in qualities), TileQuality.EXACT)
