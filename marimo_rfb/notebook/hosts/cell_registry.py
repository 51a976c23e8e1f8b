"""What cells made, found again by the cell and a name, and released when its cell is gone."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from marimo_rfb.errors import NameTaken

__all__ = ["CellRegistry", "Releasable"]

log = logging.getLogger(__name__)

GRACE_S = 1.0


class Releasable(Protocol):
    """What can be claimed: it lives until it is released, twice is fine.

    `_release_` has the form of a host's hook, as `_display_` has, because users hold views, and it is none of theirs.
    """

    @property
    def closed(self) -> bool: ...

    def _release_(self) -> None: ...


class CellLike(Protocol):
    """A cell, hashable by its identity."""

    @property
    def pending(self) -> bool: ...

    def keeps(self, thing: object) -> bool: ...

    def on_disposal(self, callback: Callable[[], None]) -> None: ...

    def __hash__(self) -> int: ...


class CellRunLike(Protocol):
    """Tells whether the run of a cell is over."""

    @property
    def over(self) -> bool: ...


T = TypeVar("T", bound=Releasable)


class _Entry(Generic[T]):
    def __init__(self, thing: T) -> None:
        self.thing = thing
        self.active = True


class CellRegistry:
    """The things of one notebook session, by cell and name.

    A run of a cell claims what an earlier run made. When the cell is about to run again its claims lapse; what is not
    claimed anew within a second, and whose cell is not about to run, is released. Used on the kernel's thread, and in
    Jupyter on the one that its callbacks may have.

    Args:
        call_later: calls a function on the kernel's thread after so many seconds.
    """

    def __init__(self, call_later: Callable[[float, Callable[[], None]], None]) -> None:
        self._call_later = call_later
        self._entries: dict[CellLike, dict[str, _Entry[Releasable]]] = {}
        self._registered: set[CellLike] = set()
        self._expirations: dict[CellLike, int] = {}
        self._orphans: list[tuple[Releasable, CellRunLike]] = []
        self._closed = False
        # What a callback claims is not to be released at the same time. One thread may take it twice: making a thing
        # may claim another.
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return sum(map(len, self._entries.values())) + len(self._orphans)

    def is_claimed(self, cell: CellLike, name: str) -> bool:
        """Tell whether the present run of `cell` has claimed `name` already."""
        claim = self._entries.get(cell, {}).get(name)
        return claim is not None and claim.active and not claim.thing.closed

    def claim(self, cell: CellLike, name: str, make: Callable[[], T], *, again: bool = False) -> T:
        """Return what an earlier run of `cell` claimed under `name`, else what `make` makes.

        Raises:
            NameTaken: this run of the cell has claimed the name already, and not with `again`.
        """
        with self._lock:
            if not again and self.is_claimed(cell, name):
                raise NameTaken(
                    f"this cell has made {name!r} already; give each one a name of its own with name=, or publish many "
                    "pictures to one stream: s = rfb.stream(); s.publish(picture)"
                )
            if cell not in self._registered:
                self._registered.add(cell)
                cell.on_disposal(lambda: self._expire(cell))
            of_cell = self._entries.setdefault(cell, {})
            claim = of_cell.get(name)
            if claim is not None and claim.thing.closed:
                _release(claim.thing)
                claim = None
            if claim is None:
                claim = of_cell[name] = _Entry(make())
            claim.active = True
            return claim.thing  # type: ignore[return-value]

    def rename(self, cell: CellLike, name: str, fits: Callable[[str, Releasable], bool]) -> None:
        """Let `name` find what lapsed under another name, if that is one thing only and `name` would find nothing.

        Args:
            cell: the cell that runs.
            name: the new name.
            fits: told the old name and the thing, says whether the thing may have been renamed.
        """
        of_cell = self._entries.get(cell, {})
        renamed = [old for old, claim in of_cell.items() if not claim.active and fits(old, claim.thing)]
        if name not in of_cell and len(renamed) == 1:
            of_cell[name] = of_cell.pop(renamed[0])

    def release_after(self, thing: Releasable, cell_run: CellRunLike) -> None:
        """Release `thing` when the run that made it is over: for when no cell is known to claim it anew."""
        if not self._orphans:
            self._call_later(GRACE_S, self._release_orphans)
        self._orphans.append((thing, cell_run))

    def close(self) -> None:
        """Release everything. Twice is fine."""
        self._closed = True
        things = [claim.thing for of_cell in self._entries.values() for claim in of_cell.values()]
        things += [thing for thing, _ in self._orphans]
        self._entries.clear()
        self._orphans.clear()
        for thing in things:
            _release(thing)

    def _expire(self, cell: CellLike) -> None:
        with self._lock:
            self._registered.discard(cell)
            expiration = self._expirations[cell] = self._expirations.get(cell, 0) + 1
            for claim in self._entries.get(cell, {}).values():
                claim.active = False
        self._call_later(GRACE_S, lambda: self._sweep(cell, expiration))

    def _sweep(self, cell: CellLike, expiration: int) -> None:
        with self._lock:
            if self._expirations.get(cell) != expiration:  # a later one sweeps, when its own second is over
                return
            of_cell = self._entries.get(cell, {})
            lapsed = {name: claim for name, claim in of_cell.items() if not claim.active}
            if lapsed and cell.pending:  # it may still come to claim them
                self._call_later(GRACE_S, lambda: self._sweep(cell, expiration))
                return
            kept = [name for name, claim in lapsed.items() if cell.keeps(claim.thing) and not claim.thing.closed]
            for name in lapsed.keys() - kept:
                _release(of_cell.pop(name).thing)
            if kept:
                self._call_later(GRACE_S, lambda: self._sweep(cell, expiration))
                return
            del self._expirations[cell]
            if not of_cell:
                self._entries.pop(cell, None)

    def _release_orphans(self) -> None:
        over = [thing for thing, token in self._orphans if token.over]
        self._orphans = [(thing, token) for thing, token in self._orphans if not token.over and not thing.closed]
        for thing in over:
            _release(thing)
        if self._orphans and not self._closed:
            self._call_later(GRACE_S, self._release_orphans)


def _release(thing: Releasable) -> None:
    try:
        thing._release_()
    except Exception:
        log.exception("could not let go of what a cell made")
