"""Registry of objects that cells make: found again by cell and name, released after a grace period."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from marimo_rfb.errors import NameTaken

__all__ = ["CellRegistry", "Releasable"]

log = logging.getLogger(__name__)

GRACE_S = 1.0


class Releasable(Protocol):
    """An object that cells can claim; it lives until `_release_`, which is idempotent.

    `_release_` is named like a host's hook, such as `_display_`, because users hold views and must not call it.
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
    """A run of a cell."""

    @property
    def over(self) -> bool: ...


T = TypeVar("T", bound=Releasable)


class _Entry(Generic[T]):
    def __init__(self, thing: T) -> None:
        self.thing = thing
        self.active = True


class CellRegistry:
    """The objects of one notebook session, by cell and name.

    A cell run claims the objects of earlier runs. Before the cell re-runs, its entries expire; an entry that is not
    claimed again within a second, and whose cell is not about to run, is released. Kernel's thread only, and in Jupyter
    also the thread of widget callbacks.

    Args:
        call_later: calls a function on the kernel's thread after a delay in seconds.
    """

    def __init__(self, call_later: Callable[[float, Callable[[], None]], None]) -> None:
        self._call_later = call_later
        self._entries: dict[CellLike, dict[str, _Entry[Releasable]]] = {}
        self._registered: set[CellLike] = set()
        self._expirations: dict[CellLike, int] = {}
        self._orphans: list[tuple[Releasable, CellRunLike]] = []
        self._closed = False
        # A callback's thread must not claim an object while it is released. Re-entrant: making an object may claim
        # another.
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return sum(map(len, self._entries.values())) + len(self._orphans)

    def is_claimed(self, cell: CellLike, name: str) -> bool:
        """Return whether the current run of `cell` has claimed `name` already."""
        entry = self._entries.get(cell, {}).get(name)
        return entry is not None and entry.active and not entry.thing.closed

    def claim(self, cell: CellLike, name: str, make: Callable[[], T], *, again: bool = False) -> T:
        """Return the object that an earlier run of `cell` claimed under `name`, or a new one by `make`.

        Raises:
            NameTaken: the current run has claimed the name already, and `again` is false.
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
            entry = of_cell.get(name)
            if entry is not None and entry.thing.closed:
                _release(entry.thing)
                entry = None
            if entry is None:
                entry = of_cell[name] = _Entry(make())
            entry.active = True
            return entry.thing  # type: ignore[return-value]

    def rename(self, cell: CellLike, name: str, fits: Callable[[str, Releasable], bool]) -> None:
        """Rename the one expired entry that `fits` to `name`, if it is the only one and `name` has no entry.

        Args:
            cell: the running cell.
            name: the new name.
            fits: called with the old name and the object; returns whether the object may have been renamed.
        """
        of_cell = self._entries.get(cell, {})
        renamed = [old for old, entry in of_cell.items() if not entry.active and fits(old, entry.thing)]
        if name not in of_cell and len(renamed) == 1:
            of_cell[name] = of_cell.pop(renamed[0])

    def release_after(self, thing: Releasable, cell_run: CellRunLike) -> None:
        """Release `thing` after the run that made it; for objects without a known cell that could claim them again."""
        if not self._orphans:
            self._call_later(GRACE_S, self._release_orphans)
        self._orphans.append((thing, cell_run))

    def close(self) -> None:
        """Release everything. Idempotent."""
        self._closed = True
        things = [entry.thing for of_cell in self._entries.values() for entry in of_cell.values()]
        things += [thing for thing, _ in self._orphans]
        self._entries.clear()
        self._orphans.clear()
        for thing in things:
            _release(thing)

    def _expire(self, cell: CellLike) -> None:
        with self._lock:
            self._registered.discard(cell)
            expiration = self._expirations[cell] = self._expirations.get(cell, 0) + 1
            for entry in self._entries.get(cell, {}).values():
                entry.active = False
        self._call_later(GRACE_S, lambda: self._sweep(cell, expiration))

    def _sweep(self, cell: CellLike, expiration: int) -> None:
        with self._lock:
            if self._expirations.get(cell) != expiration:  # superseded by a later expiration
                return
            of_cell = self._entries.get(cell, {})
            expired = {name: entry for name, entry in of_cell.items() if not entry.active}
            if expired and cell.pending:  # the run may still claim them
                self._call_later(GRACE_S, lambda: self._sweep(cell, expiration))
                return
            kept = [name for name, entry in expired.items() if cell.keeps(entry.thing) and not entry.thing.closed]
            for name in expired.keys() - kept:
                _release(of_cell.pop(name).thing)
            if kept:
                self._call_later(GRACE_S, lambda: self._sweep(cell, expiration))
                return
            del self._expirations[cell]
            if not of_cell:
                self._entries.pop(cell, None)

    def _release_orphans(self) -> None:
        over = [thing for thing, cell_run in self._orphans if cell_run.over]
        self._orphans = [(thing, run) for thing, run in self._orphans if not run.over and not thing.closed]
        for thing in over:
            _release(thing)
        if self._orphans and not self._closed:
            self._call_later(GRACE_S, self._release_orphans)


def _release(thing: Releasable) -> None:
    try:
        thing._release_()
    except Exception:
        log.exception("could not release an object of a cell")
