"""What marimo tells of a notebook: the one fake of the border to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["Cell", "Notebook", "Token"]

_made_in: ContextVar["Cell | None"] = ContextVar("_made_in", default=None)


class Cell:
    """A cell, as `_marimo.Cell` describes one; what is asked of it is written down."""

    def __init__(self, cell_id: str = "Hbol") -> None:
        self.id = cell_id
        self.pending = False
        self.names: set[str] = set()  # that its code defines
        self.variables: list[object] = []  # what they hold, and keep
        self.prefixes: list[str] = []
        self.adopted: list[Any] = []
        self.registered: list[Any] = []
        # Who has the cells that mention an element run when a page writes to it: marimo, or the element.
        self.shared: list[bool] = []
        self._callbacks: list[Callable[[], None]] = []

    def on_disposal(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def keeps(self, thing: object) -> bool:
        return any(thing is each for each in self.variables)

    def defines(self, name: str) -> bool:
        return name in self.names

    @contextmanager
    def ids(self, prefix: str) -> Iterator[None]:
        self.prefixes.append(prefix)
        yield

    def adopt(self, element: Any) -> None:
        self.adopted.append(element)

    def register(self, element: Any) -> None:
        self.registered.append(element)

    def keep_value(self, element: Any, *, shared: bool) -> None:
        self.shared.append(shared)

    def dispose(self) -> None:
        """Let go of what the cell made, as marimo does before it runs again and when it is deleted."""
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class Token:
    """Whether a run is over, as `_marimo.CellRun` tells where no cell is known."""

    over = False


class Notebook:
    """What `_marimo` says about the notebook that runs.

    Attributes:
        live: whether there is a kernel.
        has_page: whether a page asked for what runs.
        path: of the notebook's file.
        cell: the cell that runs.
        run_again: which cells were to run again, each time.
        after_reruns: what is to be called when they have run.
        tokens: those that were asked for.
    """

    def __init__(self) -> None:
        self.live = True
        self.has_page = False
        self.path = "/notebooks/app.py"
        self.cell: Cell | None = None
        self.run_again: list[set[Cell]] = []
        self.after_reruns: list[Callable[[], None]] = []
        self.tokens: list[Token] = []

    def token(self) -> Token:
        self.tokens.append(Token())
        return self.tokens[-1]

    def rerun_cells(self, cells: set[Cell]) -> bool:
        self.run_again.append(cells)
        return bool(cells)

    @contextmanager
    def running(self, cell: Cell) -> Iterator[Cell]:
        """Run `cell`, for the first time or again; tasks that it makes know it for good."""
        cell.pending = True
        cell.dispose()
        token = _made_in.set(cell)
        self.cell = cell
        try:
            yield cell
        finally:
            self.cell, cell.pending = None, False
            _made_in.reset(token)

    def cell_of_task(self) -> Cell | None:
        return _made_in.get()
