"""Which picture a viewer has."""

from dataclasses import dataclass

__all__ = ["PictureState"]


@dataclass(frozen=True, slots=True)
class PictureState:
    """The picture that a viewer has after a packet, as far as the sender knows.

    Attributes:
        chain: the rendition that it came from.
        position: its place among the pictures of that rendition, which later ones can be based on.
        frame_seq: the sequence number that its frame was published with.
        is_final: whether no better encoding of it will follow.
    """

    chain: int
    position: int
    frame_seq: int
    is_final: bool = False
