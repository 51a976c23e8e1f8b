"""The cells that depend on a value."""

from marimo_rfb.notebook.hosts import _marimo

__all__ = ["ReaderCells"]


class ReaderCells:
    """Tracks which cells read a value in their last run, and re-runs them. Kernel's thread only."""

    def __init__(self) -> None:
        self._cells: set[_marimo.Cell] = set()

    def note(self, cell: _marimo.Cell) -> None:
        """Record that `cell` reads the value, until its next run."""
        if cell not in self._cells:
            self._cells.add(cell)
            cell.on_disposal(lambda: self._cells.discard(cell))

    @property
    def pending(self) -> bool:
        """Whether any of the cells is running, queued or stale."""
        return any(cell.pending for cell in self._cells)

    def rerun(self) -> bool:
        """Re-run the cells and their descendants; return whether any will run."""
        return _marimo.rerun_cells(set(self._cells))
