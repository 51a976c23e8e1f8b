"""The only module that uses marimo's private names; each use is guarded and has a fallback on public names.

It never imports marimo, unless the notebook already did. If any of the private names is missing, none is used:
`current_cell` then returns `None`, and its callers fall back on marimo's public interface.
"""

import contextlib
import functools
import itertools
import logging
import operator
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "Cell",
    "CellRun",
    "Notebook",
    "call_after_reruns",
    "current_cell",
    "current_notebook",
    "has_page",
    "in_live_notebook",
    "notebook_path",
    "on_cell_disposal",
    "rerun_cells",
]

log = logging.getLogger(__name__)

# The reason why marimo's private names are unusable, if they are.
_given_up: list[str] = []

# By the `id` of the context, which the `Notebook` keeps alive.
_notebooks: weakref.WeakValueDictionary[int, "Notebook"] = weakref.WeakValueDictionary()
_numbers = itertools.count(1)

# Attribute paths of a context.
_PRIVATE_NAMES = (
    "cell_lifecycle_registry.registry",
    "cell_lifecycle_registry.inject",
    "ui_element_registry.register",
    "provide_ui_ids",
    "graph.cells",
    "graph.set_stale",
    "execution_context",
    "globals",
    "install",
    "parent",
    "ui_element_registry._bindings",
    "ui_element_registry._objects",
    "ui_element_registry._constructing_cells",
    "_kernel.enqueue_control_request",
    "_kernel.lazy",
    "_kernel._execute_stale_cells_callback",
)


def in_live_notebook() -> bool:
    """Return whether the caller runs in a marimo notebook with a kernel; exports have one too."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def has_page() -> bool:
    """Return whether a page requested the current run; an export has a kernel but no page."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and in_live_notebook() and marimo.app_meta().request is not None


class Cell:
    """A marimo cell; two objects of the same cell are equal."""

    def __init__(self, context: Any, cell_id: str) -> None:
        self.context = context
        self._item_type = _names()[0]
        self.id = cell_id
        self.notebook = _notebook_of(context)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cell) and self.id == other.id and self.context is other.context

    def __hash__(self) -> int:
        return hash((self.id, id(self.context)))

    def __repr__(self) -> str:
        return f"<Cell {self.id}>"

    @property
    def pending(self) -> bool:
        """Whether the cell is running, queued or stale."""
        cell = self.context.graph.cells.get(self.id)
        return cell is not None and (cell.runtime_state in ("queued", "running") or bool(cell.stale))

    def keeps(self, thing: object) -> bool:
        """Return whether a variable still refers to `thing` of an earlier run: never, marimo deletes the variables."""
        return False

    def defines(self, name: str) -> bool:
        """Return whether the cell's current code binds the global `name`."""
        cell = self.context.graph.cells.get(self.id)
        return cell is not None and name in cell.defs

    def on_disposal(self, callback: Callable[[], None]) -> None:
        """Call `callback` before the cell re-runs, also because of an ancestor, and when it is deleted.

        `callback` runs on the kernel's thread; it is not called at the end of the session.
        """

        class Disposal(self._item_type):  # type: ignore[misc,name-defined]
            def create(self, context: object) -> None:
                """Do nothing; there is nothing to create."""

            def dispose(self, context: object, deletion: bool) -> bool:
                # Ignores `deletion`, which is also true for an edited cell and its descendants.
                callback()
                return True

        self.context.cell_lifecycle_registry.inject(self.id, Disposal())

    @contextmanager
    def ids(self, prefix: str) -> Iterator[None]:
        """Give elements that are created in this context ids with `prefix`.

        Otherwise an element that outlives a run would share its id with the first element of the next run.
        """
        with self.context.provide_ui_ids(prefix):
            yield

    def adopt(self, element: Any) -> None:
        """Let `element` outlive a run of the cell: marimo no longer closes its widget, so the caller must."""
        items = self.context.cell_lifecycle_registry.registry.get(self.id, set())
        closing = [item for item in items if getattr(item, "_comm", None) is element.widget.comm]
        items.difference_update(closing)
        if not closing:
            _give_up("no known lifecycle item closes a widget with its cell")

    def keep_value(self, element: Any, *, shared: bool) -> None:
        """Set whether marimo re-runs the cells that refer to `element` when a page writes a trait: only if `shared`.

        Otherwise the observer of the trait re-runs cells: only those that read the value.
        """
        element.widget.comm.ui_element_id = element._id if shared else None

    def register(self, element: Any) -> None:
        """Register `element` with marimo as created by this cell run, perhaps under a new name, and in no array."""
        self.context.ui_element_registry.register(element._id, element)
        element._lens = None


class Notebook:
    """A notebook, whose cells re-run when its states are set. Kernel's thread only.

    An embedded notebook has its own graph and states but no queue of requests: it only runs when the outermost notebook
    passes it the new value of a UI element. So this object poses as an element that no page shows, and calls the
    waiting functions when its value is updated. marimo then also re-runs the cells of the outer notebooks that use the
    results.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self._waiting: list[Callable[[], None]] = []
        self._waiting_for_runs: list[Callable[[], None]] = []
        self._names: set[str] = set()
        # marimo's interface of UI elements.
        self._id = f"rfb-home-{next(_numbers)}"
        self._lens = None

    def call(self, function: Callable[[], None]) -> None:
        """Call `function` so that states it sets re-run the cells of this notebook: now, or soon if it is embedded."""
        if self._context.parent is None:
            self._call_outside_of_cells(function)
            return
        self._waiting.append(function)
        self._request_update()

    def call_after_reruns(self, function: Callable[[], None]) -> None:
        """Call `function` between cell runs, usually after those that `rerun` requested before.

        Not always, because marimo handles messages of pages and elements before older requests of other kinds.
        """
        # For an embedded notebook, marimo runs the cells after the update that names them, so this takes another one.
        (self._waiting if self._context.parent is None else self._waiting_for_runs).append(function)
        self._request_update()

    def rerun(self, cell_ids: set[str]) -> bool:
        """Re-run cells; if the notebook is embedded, also other cells that refer to the same views.

        Returns:
            whether they will run: in marimo's lazy mode, cells are only marked as stale.
        """
        context = self._context
        if context.parent is None:
            context.graph.set_stale(cell_ids, prune_imports=True)
            if context._kernel.lazy():
                return False
            context._kernel._execute_stale_cells_callback()
            return bool(cell_ids)
        for cell_id in cell_ids & context.graph.cells.keys():
            refs = context.graph.cells[cell_id].refs
            views = {name for name in refs if str(getattr(context.globals.get(name), "_id", "")).startswith("rfb-")}
            self._names |= views or refs & context.globals.keys()
        self._request_update()
        return bool(cell_ids)

    def _request_update(self) -> None:
        from marimo._runtime.commands import UpdateUIElementCommand

        registry = self._context.ui_element_registry
        registry._objects[self._id] = weakref.ref(self)
        registry._constructing_cells[self._id] = self._id
        outermost = self._context
        while outermost.parent is not None:
            outermost = outermost.parent
        command: Any = UpdateUIElementCommand  # untyped, because it has its own type of ids
        outermost._kernel.enqueue_control_request(command(object_ids=[self._id], values=[None]))

    def _update(self, _value: object) -> None:
        # marimo then re-runs the cells that refer to the names that an element is bound to.
        self._context.ui_element_registry._bindings[self._id], self._names = self._names, set()
        waiting, self._waiting, self._waiting_for_runs = self._waiting, self._waiting_for_runs, []
        if self._waiting:
            self._request_update()
        for function in waiting:
            self._call_outside_of_cells(function)

    def _on_update_completion(self) -> None:
        """Do nothing; no code waits for it."""

    def _call_outside_of_cells(self, function: Callable[[], None]) -> None:
        # Otherwise marimo would attribute the states to a cell that is awaiting, and not re-run that cell.
        context, cell = self._context, self._context.execution_context
        context.execution_context = None
        try:
            with context.install():
                function()
        finally:
            context.execution_context = cell


def current_notebook() -> Notebook | None:
    """Return the notebook of the running cell, always the same object; `None` if `current_cell` is `None`."""
    cell = current_cell()
    if cell is None:
        return None
    return cell.notebook


def _notebook_of(context: Any) -> Notebook:
    notebook = _notebooks.get(id(context))
    if notebook is None:
        notebook = _notebooks[id(context)] = Notebook(context)
    return notebook


def current_cell() -> Cell | None:
    """Return the running cell; `None` outside of cells, and if marimo's private names have changed."""
    if not in_live_notebook() or not _names() or _given_up:
        return None
    context = _names()[1]()
    try:
        cell_id = context.cell_id
        # Checked before any is used, so that a missing name cannot leave a view half-initialized.
        for path in _PRIVATE_NAMES:
            operator.attrgetter(path)(context)
    except AttributeError as exc:
        _give_up(str(exc))
        return None
    return None if cell_id is None else Cell(context, str(cell_id))


def rerun_cells(cells: set[Cell]) -> bool:
    """Re-run `cells` and their descendants; in marimo's lazy mode, only mark them as stale.

    Returns:
        whether any of them will run.
    """
    contexts = {id(cell.context): cell.context for cell in cells}.values()
    # Not `any` of a generator, which would stop at the first notebook.
    ran = [_notebook_of(each).rerun({cell.id for cell in cells if cell.context is each}) for each in contexts]
    return any(ran)


def call_after_reruns(cell: Cell, function: Callable[[], None]) -> None:
    """Call `function` between cell runs, usually after those that `rerun_cells` requested. Kernel's thread only."""
    cell.notebook.call_after_reruns(function)


def on_cell_disposal(callback: Callable[[], None]) -> bool:
    """Call `callback` when the running cell is disposed of; see `Cell.on_disposal`.

    In a task, the cell is the one that created the task.

    Returns:
        whether there is such a cell.
    """
    cell = current_cell() or _cell_of_task()
    if cell is not None:
        cell.on_disposal(callback)
    return cell is not None


def _cell_of_task() -> Cell | None:
    if not in_live_notebook() or not _names() or _given_up:
        return None
    try:
        from marimo._messaging.context import EXECUTION_CTX

        execution = EXECUTION_CTX.get()  # a task has a copy of its creator's context variables
        return None if execution is None else Cell(_names()[1](), str(execution.cell_id))
    except (ImportError, AttributeError):
        return None


def notebook_path() -> str:
    """Return the file name of the running notebook, which all sessions of an app share; empty if unknown."""
    if not _names():
        return ""
    with contextlib.suppress(Exception):  # no context, or one without a file name
        return str(_names()[1]().filename or "")
    return ""


class CellRun:
    """A run of the cell that creates this object, until the cell re-runs or is deleted. Uses marimo's public names."""

    def __init__(self) -> None:
        # A `marimo.Thread` that is never started: marimo sets its `should_exit` at the end of the cell run.
        self._thread = sys.modules["marimo"].Thread(target=lambda: None)

    @property
    def over(self) -> bool:
        return bool(self._thread.should_exit)


@functools.cache
def _names() -> tuple[Any, ...]:
    """Return `CellLifecycleItem` and `get_context`; empty if marimo has moved them."""
    try:
        from marimo._runtime.cell_lifecycle_item import CellLifecycleItem
        from marimo._runtime.context import get_context
    except ImportError as exc:
        _give_up(str(exc))
        return ()
    return (CellLifecycleItem, get_context)


def _give_up(reason: str) -> None:
    if _given_up:
        return
    _given_up.append(reason)
    version = getattr(sys.modules.get("marimo"), "__version__", "unknown")
    log.warning(
        "marimo %s has changed inside (%s): each run of a cell creates new views, which reconnect; "
        "a newer marimo-rfb may support this version",
        version,
        reason,
    )
