"""The only module that knows IPython: a Jupyter notebook's kernel, its cells, and what they put out.

Nothing here imports IPython: where it was not imported there is no kernel of it either.
"""

import contextlib
import contextvars
import logging
import symtable
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from marimo_rfb.fork import call_in_child

__all__ = [
    "Cell",
    "after_each_cell",
    "current_cell",
    "display_output",
    "ids_of",
    "in_kernel",
    "message",
    "shell",
    "update_output",
]

log = logging.getLogger(__name__)


class Cell:
    """A cell by the id that JupyterLab and its kin send along with the code. Two of the same cell are equal."""

    def __init__(self, shell: Any, cell_id: str) -> None:
        self._shell = shell
        self.id = cell_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cell) and self.id == other.id and self._shell is other._shell

    def __hash__(self) -> int:
        return hash((self.id, id(self._shell)))

    def __repr__(self) -> str:
        return f"<Cell {self.id}>"

    @property
    def pending(self) -> bool:
        """Whether the cell runs."""
        return _runs_of(self._shell).running == self.id

    def keeps(self, thing: object) -> bool:
        """Tell whether a variable of the notebook holds `thing`, or the stream or the widget of it.

        Variables live on when their cell runs again, unlike in marimo, and what they hold is not to be taken away. The
        results that IPython itself remembers do not count.
        """
        held = ids_of(thing)
        return any(id(value) in held for value in self.variables())

    def variables(self) -> list[object]:
        """Return what the variables of the notebook hold."""
        return [value for name, value in list(self._shell.user_ns.items()) if name[:1] != "_"]

    def defines(self, name: str) -> bool:
        """Tell whether the cell's present code binds the global `name`; if it cannot be told, that it does."""
        code = _runs_of(self._shell).code
        try:
            if symtable.symtable(code, "<cell>", "exec").lookup(name).is_assigned():
                return True
        except KeyError:
            pass
        except SyntaxError:
            return True
        return "get_ipython()" in code  # a magic, whose code is a text here

    def on_disposal(self, callback: Callable[[], None]) -> None:
        """Have `callback` called before the cell runs again, and when another one runs after it was deleted."""
        _runs_of(self._shell).endings.setdefault(self.id, []).append(callback)

    # What only marimo has to be told of an element.

    @contextmanager
    def ids(self, prefix: str) -> Iterator[None]:
        yield

    def adopt(self, element: object) -> None:
        pass

    def register(self, element: object) -> None:
        pass

    def keep_value(self, element: object, *, shared: bool) -> None:
        pass


class _Runs:
    """Follows which cell of a kernel runs."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        # A cell asks for the first time while it runs, when its beginning was told already.
        self.running = _cell_id(shell)
        self.code = ""
        self.endings: dict[str, list[Callable[[], None]]] = {}
        self.after: list[Callable[[], None]] = []
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)

    def _begin(self, info: Any) -> None:
        self.running = _cell_id(self.shell)
        self.code = info.transformed_cell or info.raw_cell or ""
        deleted = _parent(self.shell).get("metadata", {}).get("deletedCells", [])
        for cell_id in {self.running, *deleted}:
            _call_all(self.endings.pop(cell_id, []))

    def _end(self, _result: Any) -> None:
        self.running = None
        _call_all(self.after)


_lock = threading.Lock()
_runs: _Runs | None = None


def ids_of(thing: object) -> set[int]:
    """Return the ids of `thing`, its stream and its widget, one of which whoever holds it has."""
    parts = thing, getattr(thing, "stream", None), getattr(thing, "widget", None)
    return {id(each) for each in parts if each is not None}  # by no truth, of which a view would warn


def in_kernel() -> bool:
    """Tell whether a Jupyter front end runs this process, be it a page or a converter."""
    return shell() is not None


def current_cell() -> Cell | None:
    """Return the cell that runs, in a task the one that made it; `None` where the front end names no cells.

    Pages that are in use name them; converters, which execute a notebook with nobody looking, do not.
    """
    kernel_shell = shell()
    if kernel_shell is None:
        return None
    _runs_of(kernel_shell)
    cell_id = _cell_id(kernel_shell)
    return None if cell_id is None else Cell(kernel_shell, cell_id)


def message() -> Mapping[str, Any] | None:
    """Return what a page said that the kernel now answers, in a task what made it; `None` where there is no kernel."""
    kernel_shell = shell()
    return None if kernel_shell is None else _parent(kernel_shell)


def after_each_cell(callback: Callable[[], None]) -> Callable[[], None]:
    """Call `callback` when a cell has run, before its front end is told so.

    Returns:
        a function that ends it.
    """
    runs = _runs_of(shell())
    runs.after.append(callback)

    def stop() -> None:
        with contextlib.suppress(ValueError):  # twice is fine
            runs.after.remove(callback)

    return stop


def display_output(data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None, *, display_id: str = "") -> None:
    """Add an output to the running cell; with a `display_id` it can be exchanged by `update`."""
    sys.modules["IPython"].display.publish_display_data(
        dict(data), dict(metadata or {}), transient={"display_id": display_id} if display_id else {}
    )


def update_output(data: Mapping[str, Any], *, display_id: str) -> None:
    """Exchange the outputs that were put out under `display_id`, wherever they are. Any thread."""
    kernel_shell = shell()
    if kernel_shell is None:
        return
    # In no context: it is to belong to the cell that runs now and not to one that made a task long ago, since a
    # converter listens to the running cell only.
    contextvars.Context().run(
        kernel_shell.display_pub.publish, dict(data), {}, transient={"display_id": display_id}, update=True
    )


def shell() -> Any:
    """Return the shell of the kernel of this process, `None` where there is none."""
    ipython = sys.modules.get("IPython")
    found = None if ipython is None else ipython.get_ipython()
    return found if hasattr(found, "kernel") else None


def _runs_of(shell: Any) -> _Runs:
    global _runs
    with _lock:
        if _runs is None or _runs.shell is not shell:
            _runs = _Runs(shell)
        return _runs


def _parent(shell: Any) -> dict[str, Any]:
    return shell.get_parent() or {}


def _cell_id(shell: Any) -> str | None:
    cell_id = _parent(shell).get("metadata", {}).get("cellId")
    return cell_id if isinstance(cell_id, str) else None


def _call_all(callbacks: list[Callable[[], None]]) -> None:
    for callback in list(callbacks):
        try:
            callback()
        except Exception:
            log.exception("could not follow a cell")


def _reset_in_child() -> None:
    global _lock
    _lock = threading.Lock()


call_in_child(_reset_in_child)
