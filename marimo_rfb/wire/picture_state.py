"""Which picture a viewer has, and how good each tile of it is."""

from dataclasses import dataclass, field

__all__ = ["EXACT", "FINE", "PictureState", "worst_of"]

# The quality of a tile: sent as well as a lossy format can, or without loss. Below, for speed: the rank of its layer.
FINE, EXACT = 16, 17


@dataclass(frozen=True, slots=True, eq=False)
class PictureState:
    """The picture that a viewer has after a packet, as far as the sender knows. Immutable, shared by viewers.

    Attributes:
        chain: the history of pictures that it is part of.
        frame_seq: the sequence number of its frame.
        qualities: the quality of each tile, row by row.
        worst: the least of them.
    """

    chain: int
    frame_seq: int
    qualities: bytes
    worst: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "worst", worst_of(self.qualities))  # the dataclass is frozen

    @property
    def fast_share(self) -> float:
        """The part of the tiles that were sent for speed, 0 to 1."""
        return 1 - (self.qualities.count(FINE) + self.qualities.count(EXACT)) / len(self.qualities)


def worst_of(qualities: bytes) -> int:
    """Return the least of some qualities; faster than `min`."""
    return next((each for each in range(EXACT) if each in qualities), EXACT)
