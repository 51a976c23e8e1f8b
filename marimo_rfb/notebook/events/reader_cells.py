"""The cells that read a value."""

from marimo_rfb.notebook.hosts import _marimo

__all__ = ["ReaderCells"]


class ReaderCells:
    """Remembers which cells read a value in their present run, and runs them again. On the kernel's thread."""

    def __init__(self) -> None:
        self._cells: set[_marimo.Cell] = set()

    def note(self, cell: _marimo.Cell) -> None:
        """Note that `cell` reads the value; it may not when it runs again."""
        if cell not in self._cells:
            self._cells.add(cell)
            cell.on_disposal(lambda: self._cells.discard(cell))

    @property
    def pending(self) -> bool:
        """Whether one of them runs, waits to run, or is out of date."""
        return any(cell.pending for cell in self._cells)

    def rerun(self) -> bool:
        """Re-run those that read the value, and the cells below them; return whether any will run."""
        return _marimo.rerun_cells(set(self._cells))
