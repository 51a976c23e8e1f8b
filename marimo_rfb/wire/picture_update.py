"""What a packet makes of the picture that a viewer has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from marimo_rfb.wire.picture_state import EXACT, PictureState, worst_of

__all__ = ["Patch", "PictureUpdate"]


class Patch(NamedTuple):
    """Tiles that are replaced, in rows and columns, and how good they are then."""

    rows: range
    columns: range
    quality: int


@dataclass(frozen=True, slots=True, eq=False)
class PictureUpdate:
    """Brings viewers to a frame, or improves what they have of it; the same for every viewer.

    Attributes:
        chain: the history of pictures that the frame is part of.
        frame_seq: the sequence number of the frame.
        grid: how many rows and columns of tiles there are.
        patches: what is replaced.
        base_seq: who has this frame, or a later one, can apply it; `None` for everybody, because it replaces all.
        is_settled: whether it improves a picture that was sent before.
        claims_exact: whether it says that the picture is exact then, so that it is not for viewers for whom it is not.
    """

    chain: int
    frame_seq: int
    grid: tuple[int, int]
    patches: Sequence[Patch]
    base_seq: int | None = None
    is_settled: bool = False
    claims_exact: bool = False
    # Viewers with the same picture have the same one again, so that it is made once for all of them.
    _states: dict[PictureState | None, PictureState] = field(init=False, repr=False, default_factory=dict)

    def applies_to(self, state: PictureState | None) -> bool:
        """Return whether a viewer that has `state` can show it."""
        if self.base_seq is None:
            return True
        if state is None or state.chain != self.chain:
            return False
        if not self.base_seq <= state.frame_seq <= self.frame_seq:
            return False
        return not self.claims_exact or self.after(state).worst == EXACT

    def is_news_to(self, state: PictureState | None) -> bool:
        """Return whether it shows what a viewer that has `state`, which it applies to, lacks."""
        if state is None or state.chain != self.chain:
            return True
        if self.is_settled or (self.base_seq is not None and state.frame_seq == self.frame_seq):
            return self._improves(state) or (self.base_seq is None and state.frame_seq < self.frame_seq)
        return state.frame_seq < self.frame_seq

    def after(self, state: PictureState | None) -> PictureState:
        """Return what a viewer that had `state` has then."""
        key = None if self.base_seq is None else state
        if key not in self._states:
            rows, columns = self.grid
            qualities = bytearray(rows * columns) if key is None else bytearray(key.qualities)
            for patch in self.patches:
                filled = bytes([patch.quality]) * len(patch.columns)
                for tiles in self._tiles(patch):
                    qualities[tiles] = filled
            self._states[key] = PictureState(self.chain, self.frame_seq, bytes(qualities))
        return self._states[key]

    def _improves(self, state: PictureState) -> bool:
        return any(
            worst_of(state.qualities[tiles]) < patch.quality
            for patch in self.patches
            if state.worst < patch.quality
            for tiles in self._tiles(patch)
        )

    def _tiles(self, patch: Patch) -> Sequence[slice]:
        """Return where the tiles of a patch are, row by row."""
        columns, wide = patch.columns, self.grid[1]
        return [slice(row * wide + columns.start, row * wide + columns.stop) for row in patch.rows]
