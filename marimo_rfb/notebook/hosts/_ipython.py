"""The only module that depends on IPython: a Jupyter notebook's kernel, its cells and their outputs.

It never imports IPython: if IPython is not imported already, this process is no Jupyter kernel.
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
    """A cell, identified by the id that JupyterLab and similar front ends send with the code; equal by that id."""

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
        """Whether the cell is running."""
        return _runs_of(self._shell).running == self.id

    def keeps(self, thing: object) -> bool:
        """Return whether a variable of the notebook refers to `thing`, or to its stream or widget.

        Unlike in marimo, variables survive when their cell re-runs, and their objects must stay usable. IPython's own
        references to results do not count.
        """
        own_ids = ids_of(thing)
        return any(id(value) in own_ids for value in self.variables())

    def variables(self) -> list[object]:
        """Return the values of the notebook's variables."""
        return [value for name, value in list(self._shell.user_ns.items()) if name[:1] != "_"]

    def defines(self, name: str) -> bool:
        """Return whether the cell's current code binds the global `name`; `True` if that is unknown."""
        code = _runs_of(self._shell).code
        try:
            if symtable.symtable(code, "<cell>", "exec").lookup(name).is_assigned():
                return True
        except KeyError:
            pass
        except SyntaxError:
            return True
        return "get_ipython()" in code  # a magic, whose code is a string here

    def on_disposal(self, callback: Callable[[], None]) -> None:
        """Call `callback` before the cell re-runs, or when the next cell runs after this one was deleted."""
        _runs_of(self._shell).endings.setdefault(self.id, []).append(callback)

    # Registration of elements, which only marimo needs.

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
    """Tracks the running cell of a kernel."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        # Usually created by a running cell, after its `pre_run_cell` event.
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
    """Return the ids of `thing`, its stream and its widget; a reference to any of them keeps it in use."""
    parts = thing, getattr(thing, "stream", None), getattr(thing, "widget", None)
    return {id(each) for each in parts if each is not None}  # not `if each`: a view warns about its truth value


def in_kernel() -> bool:
    """Return whether this process is a Jupyter kernel, of a page or of a converter."""
    return shell() is not None


def current_cell() -> Cell | None:
    """Return the running cell, or in a task the cell that created it; `None` if the front end sends no cell ids.

    Interactive front ends send them; converters, which execute a notebook without a page, do not.
    """
    kernel_shell = shell()
    if kernel_shell is None:
        return None
    _runs_of(kernel_shell)
    cell_id = _cell_id(kernel_shell)
    return None if cell_id is None else Cell(kernel_shell, cell_id)


def message() -> Mapping[str, Any] | None:
    """Return the page's message that the kernel is handling, or in a task the one that created it; `None` outside."""
    kernel_shell = shell()
    return None if kernel_shell is None else _parent(kernel_shell)


def after_each_cell(callback: Callable[[], None]) -> Callable[[], None]:
    """Call `callback` after each cell run, before the kernel reports its end to the front end.

    Returns:
        a function that removes the callback.
    """
    runs = _runs_of(shell())
    runs.after.append(callback)

    def stop() -> None:
        with contextlib.suppress(ValueError):  # idempotent
            runs.after.remove(callback)

    return stop


def display_output(data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None, *, display_id: str = "") -> None:
    """Add an output to the running cell; `update_output` can replace it by its `display_id`."""
    sys.modules["IPython"].display.publish_display_data(
        dict(data), dict(metadata or {}), transient={"display_id": display_id} if display_id else {}
    )


def update_output(data: Mapping[str, Any], *, display_id: str) -> None:
    """Replace all outputs with `display_id`. Any thread."""
    kernel_shell = shell()
    if kernel_shell is None:
        return
    # In an empty context, so that it belongs to the running cell and not to the cell that created the task: a converter
    # only listens to the running cell.
    contextvars.Context().run(
        kernel_shell.display_pub.publish, dict(data), {}, transient={"display_id": display_id}, update=True
    )


def shell() -> Any:
    """Return the shell of this process' kernel; `None` if it is no kernel."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None


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
            log.exception("a callback of a cell raised")


def _reset_in_child() -> None:
    global _lock
    _lock = threading.Lock()


call_in_child(_reset_in_child)
