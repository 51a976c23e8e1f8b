"""The only module that uses names marimo does not publish; each is guarded and has a plain fallback.

Nothing here imports marimo unless the notebook already did. Either all the private names are there or none is used:
`current_cell` then knows no cell, and whoever asks falls back to what marimo publishes.
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

# Why marimo's private names cannot be used, once that is known.
_given_up: list[str] = []

# By the identity of the context, which a home keeps alive.
_notebooks: weakref.WeakValueDictionary[int, "Notebook"] = weakref.WeakValueDictionary()
_numbers = itertools.count(1)

# Of a context.
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
    """Tell whether the caller runs in a marimo notebook that has a kernel; an export has one too."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def has_page() -> bool:
    """Tell whether a page asked for what runs now; an export has a kernel and no page."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and in_live_notebook() and marimo.app_meta().request is not None


class Cell:
    """The cell that runs: its identity, and what marimo keeps about it. Two of the same cell are equal."""

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
        """Whether the cell runs, waits to run, or is out of date and still shows what it showed."""
        cell = self.context.graph.cells.get(self.id)
        return cell is not None and (cell.runtime_state in ("queued", "running") or bool(cell.stale))

    def keeps(self, thing: object) -> bool:
        """Tell whether a variable still holds what the last run of the cell did not make: marimo deletes them."""
        return False

    def defines(self, name: str) -> bool:
        """Tell whether the cell's present code binds the global `name`."""
        cell = self.context.graph.cells.get(self.id)
        return cell is not None and name in cell.defs

    def on_disposal(self, callback: Callable[[], None]) -> None:
        """Have `callback` called before the cell runs again, also when only a cell above it did, or when it is deleted.

        It is called on the kernel's thread, and not at the end of a session.
        """

        class Disposal(self._item_type):  # type: ignore[misc,name-defined]
            def create(self, context: object) -> None:
                """Nothing is made: what is disposed of exists already."""

            def dispose(self, context: object, deletion: bool) -> bool:
                # `deletion` means nothing: it is true for an edit, and for the cells below one, too.
                callback()
                return True

        self.context.cell_lifecycle_registry.inject(self.id, Disposal())

    @contextmanager
    def ids(self, prefix: str) -> Iterator[None]:
        """Have elements that are made inside take their ids under `prefix`.

        An element that outlives a run would otherwise share its id with the first one of the next run.
        """
        with self.context.provide_ui_ids(prefix):
            yield

    def adopt(self, element: Any) -> None:
        """Let `element` outlive a run of the cell: marimo no longer closes its widget, which is up to the caller."""
        items = self.context.cell_lifecycle_registry.registry.get(self.id, set())
        closing = [item for item in items if getattr(item, "_comm", None) is element.widget.comm]
        items.difference_update(closing)
        if not closing:
            _give_up("nothing known closes a widget with its cell")

    def keep_value(self, element: Any, *, shared: bool) -> None:
        """Have marimo run the cells that mention `element` when a page writes a trait, only if its value is `shared`.

        Otherwise whoever observes the trait has them run: fewer, those that read the value.
        """
        element.widget.comm.ui_element_id = element._id if shared else None

    def register(self, element: Any) -> None:
        """Tell marimo that `element` was made by this run of the cell, perhaps under another name, and in no array."""
        self.context.ui_element_registry.register(element._id, element)
        element._lens = None


class Notebook:
    """The notebook whose cell runs: where what it sets takes effect. Used on the kernel's thread.

    A notebook that another one embeds has a graph and states of its own, and no queue: it acts when the outermost one
    hands it the new value of an element. So it is given an element that no page shows, whose value is what is to be
    done; marimo then also runs the cells around it that use its results.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self._waiting: list[Callable[[], None]] = []
        self._waiting_for_runs: list[Callable[[], None]] = []
        self._names: set[str] = set()
        # What marimo asks of an element.
        self._id = f"rfb-home-{next(_numbers)}"
        self._lens = None

    def call(self, function: Callable[[], None]) -> None:
        """Call `function` so that states it sets run the cells of this notebook: now, or soon where it is embedded."""
        if self._context.parent is None:
            self._call_outside_of_cells(function)
            return
        self._waiting.append(function)
        self._request_update()

    def call_after_reruns(self, function: Callable[[], None]) -> None:
        """Call `function` between the runs of cells, as a rule after those that `rerun` asked for before.

        Not always: marimo takes what pages and elements send before other requests that came first.
        """
        # Where it is embedded marimo runs the cells after the update that names them, so it takes another one.
        (self._waiting if self._context.parent is None else self._waiting_for_runs).append(function)
        self._request_update()

    def rerun(self, cell_ids: set[str]) -> bool:
        """Re-run cells, and where it is embedded the others that refer to the views that they refer to.

        Return whether they will run; a reader may have chosen that cells are marked as out of date instead.
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
        command: Any = UpdateUIElementCommand  # it has a type of its own for ids
        outermost._kernel.enqueue_control_request(command(object_ids=[self._id], values=[None]))

    def _update(self, _value: object) -> None:
        # Marimo goes on to run the cells that refer to what an element is bound to.
        self._context.ui_element_registry._bindings[self._id], self._names = self._names, set()
        waiting, self._waiting, self._waiting_for_runs = self._waiting, self._waiting_for_runs, []
        if self._waiting:
            self._request_update()
        for function in waiting:
            self._call_outside_of_cells(function)

    def _on_update_completion(self) -> None:
        """Nothing waits for it."""

    def _call_outside_of_cells(self, function: Callable[[], None]) -> None:
        # A cell that awaits something would count as the one that sets a state, and then not run for it.
        context, cell = self._context, self._context.execution_context
        context.execution_context = None
        try:
            with context.install():
                function()
        finally:
            context.execution_context = cell


def current_notebook() -> Notebook | None:
    """Return the notebook whose cell runs, always the same one; `None` where `current_cell` is."""
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
    """Return the cell that runs; `None` outside of one, and when marimo's private names are not what they were."""
    if not in_live_notebook() or not _names() or _given_up:
        return None
    context = _names()[1]()
    try:
        cell_id = context.cell_id
        # Looked up before they are used, so that a view is not half-made when one of them is gone.
        for path in _PRIVATE_NAMES:
            operator.attrgetter(path)(context)
    except AttributeError as exc:
        _give_up(str(exc))
        return None
    return None if cell_id is None else Cell(context, str(cell_id))


def rerun_cells(cells: set[Cell]) -> bool:
    """Re-run `cells` and those below them, or mark them as out of date where the reader chose so.

    Return whether any of them will run.
    """
    contexts = {id(cell.context): cell.context for cell in cells}.values()
    # Not `any` of a generator, which would stop at the first.
    ran = [_notebook_of(each).rerun({cell.id for cell in cells if cell.context is each}) for each in contexts]
    return any(ran)


def call_after_reruns(cell: Cell, function: Callable[[], None]) -> None:
    """Call `function` between the runs of cells, as a rule after those that `rerun_cells` was given before.

    On the kernel's thread.
    """
    cell.notebook.call_after_reruns(function)


def on_cell_disposal(callback: Callable[[], None]) -> bool:
    """Have `callback` called as `Cell.on_disposal` does for the running cell; tell whether that will happen.

    In a task it is the cell that made the task.
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

        execution = EXECUTION_CTX.get()  # a task has a copy of what its maker had
        return None if execution is None else Cell(_names()[1](), str(execution.cell_id))
    except (ImportError, AttributeError):
        return None


def notebook_path() -> str:
    """Return the file of the running notebook, which all sessions of an app share; empty when it is not known."""
    if not _names():
        return ""
    with contextlib.suppress(Exception):  # no context, or one without a file name
        return str(_names()[1]().filename or "")
    return ""


class CellRun:
    """Tells whether the cell that made it ran again or was deleted, by what marimo publishes."""

    def __init__(self) -> None:
        # A thread of marimo's that is never started: its cell's end is what marimo tells such threads.
        self._thread = sys.modules["marimo"].Thread(target=lambda: None)

    @property
    def over(self) -> bool:
        return bool(self._thread.should_exit)


@functools.cache
def _names() -> tuple[Any, ...]:
    """Return `CellLifecycleItem` and `get_context`, or nothing when marimo has moved them."""
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
        "marimo %s has changed inside (%s): views are made anew each time their cell runs, and reconnect; "
        "a newer marimo-rfb may know better",
        version,
        reason,
    )
