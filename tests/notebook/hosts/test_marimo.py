"""For `marimo_rfb/notebook/hosts/_marimo.py`, with marimo's own registries in place of a kernel."""

import inspect
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import marimo as mo
import pytest
from marimo._messaging.context import EXECUTION_CTX
from marimo._plugins.ui._core.registry import UIElementRegistry
from marimo._plugins.ui._impl.anywidget.init import CommLifecycleItem
from marimo._plugins.ui._impl.comm import MarimoComm, MarimoCommManager
from marimo._runtime.cell_lifecycle_registry import CellLifecycleRegistry
from marimo._runtime.context.kernel_context import KernelRuntimeContext
from marimo._runtime.dataflow.graph import DirectedGraph
from marimo._runtime.runtime import Kernel

from marimo_rfb.notebook.hosts import _marimo
from marimo_rfb.notebook.hosts._marimo import Cell

HBOL = "Hbol"


class Context:
    """What a kernel's context is to us."""

    def __init__(self) -> None:
        self.cell_id: str | None = HBOL
        self.filename = "/notebooks/app.py"
        self.cell_lifecycle_registry = CellLifecycleRegistry()
        self.registered: list[Any] = []
        self.ui_element_registry = SimpleNamespace(
            register=lambda _id, element: self.registered.append((_id, element)),
            _objects={},
            _bindings={},
            _constructing_cells={},
        )
        self.parent: Context | None = None
        self.execution_context: Any = "of a cell"
        self.globals: dict[str, Any] = {}
        self.asked: list[Any] = []
        self.stale: list[tuple[set[str], bool]] = []
        self.graph = SimpleNamespace(
            cells={HBOL: cell_of(state="running", defs={"view"})},
            set_stale=lambda ids, prune_imports: self.stale.append((ids, prune_imports)),
        )
        self.is_lazy = False
        self.executed = 0
        self._kernel = SimpleNamespace(
            lazy=lambda: self.is_lazy,
            _execute_stale_cells_callback=self._execute,
            enqueue_control_request=self.asked.append,
        )
        self.prefixes: list[str] = []

    def _execute(self) -> None:
        self.executed += 1

    @contextmanager
    def provide_ui_ids(self, prefix: str) -> Iterator[None]:
        self.prefixes.append(prefix)
        yield
        self.prefixes.append("over")

    @contextmanager
    def install(self) -> Iterator[None]:
        yield

    def dispose(self, *, deletion: bool) -> None:
        """Dispose of the cell, as `CellLifecycleRegistry.dispose` does in a kernel."""
        items = self.cell_lifecycle_registry.registry.pop(HBOL, set())
        kept = {item for item in items if not item.dispose(context=self, deletion=deletion)}
        assert not kept


def cell_of(*, state: str, stale: bool = False, defs: set[str] | None = None) -> Any:
    return SimpleNamespace(runtime_state=state, stale=stale, defs=defs or set())


@pytest.fixture(autouse=True)
def _not_given_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_marimo, "_given_up", [])
    yield
    _marimo._names.cache_clear()


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Context:
    """Return the context of a kernel that runs a cell."""
    context = Context()
    item_type = _marimo._names()[0]
    monkeypatch.setattr(mo, "running_in_notebook", lambda: True)
    monkeypatch.setattr(_marimo, "_names", _Names((item_type, lambda: context)))
    return context


class _Names:
    """Stands for the cached function that finds marimo's private names."""

    def __init__(self, names: tuple[Any, ...]) -> None:
        self._names = names

    def __call__(self) -> tuple[Any, ...]:
        return self._names

    def cache_clear(self) -> None:
        """There is no cache."""


@pytest.fixture
def cell(context: Context) -> Cell:
    cell = _marimo.current_cell()
    assert cell is not None
    return cell


class TestOutside:
    def test_of_a_notebook_there_is_no_kernel_no_page_and_no_cell(self) -> None:
        assert not _marimo.in_live_notebook()
        assert not _marimo.has_page()
        assert _marimo.current_cell() is None
        assert not _marimo.on_cell_disposal(lambda: None)
        assert _marimo.notebook_path() == ""

    def test_without_marimo_there_is_none_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "marimo")
        assert not _marimo.in_live_notebook()
        assert not _marimo.has_page()
        assert _marimo.current_cell() is None

    def test_of_a_cell_there_is_none(self, context: Context) -> None:
        context.cell_id = None
        assert _marimo.current_cell() is None
        assert not _marimo.on_cell_disposal(lambda: None)


class TestPage:
    def test_an_export_has_a_kernel_and_no_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mo, "running_in_notebook", lambda: True)
        monkeypatch.setattr(mo, "app_meta", lambda: SimpleNamespace(request=None))
        assert _marimo.in_live_notebook()
        assert not _marimo.has_page()
        monkeypatch.setattr(mo, "app_meta", lambda: SimpleNamespace(request=object()))
        assert _marimo.has_page()

    def test_a_script_has_no_page_whatever_is_said_of_a_request(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mo, "app_meta", lambda: SimpleNamespace(request=object()))
        assert not _marimo.has_page()


class TestCell:
    def test_the_same_cell_of_the_same_kernel_is_equal(self, context: Context, cell: Cell) -> None:
        again = _marimo.current_cell()
        assert again is not cell
        assert again == cell
        assert hash(again) == hash(cell)
        assert repr(cell) == "<Cell Hbol>"
        context.cell_id = "MJUe"
        assert _marimo.current_cell() != cell
        assert cell != "Hbol"

    def test_the_same_cell_of_another_kernel_is_another(self, cell: Cell) -> None:
        assert Cell(Context(), HBOL) != cell

    @pytest.mark.parametrize(
        ("cells", "pending"),
        [
            ({HBOL: cell_of(state="running")}, True),
            ({HBOL: cell_of(state="queued")}, True),
            ({HBOL: cell_of(state="idle")}, False),
            ({HBOL: cell_of(state="idle", stale=True)}, True),
            ({HBOL: cell_of(state="disabled-transitively")}, False),
            ({"MJUe": cell_of(state="running")}, False),
            ({}, False),
        ],
    )
    def test_it_is_pending_while_it_may_still_run(
        self, context: Context, cell: Cell, cells: dict[str, Any], pending: bool
    ) -> None:
        context.graph.cells = cells
        assert cell.pending is pending

    def test_it_knows_what_its_code_defines(self, context: Context, cell: Cell) -> None:
        assert cell.defines("view")
        assert not cell.defines("other")
        context.graph.cells = {}
        assert not cell.defines("view")

    @pytest.mark.parametrize("deletion", [True, False])
    def test_its_end_is_told_once(self, context: Context, cell: Cell, deletion: bool) -> None:
        told: list[str] = []
        cell.on_disposal(lambda: told.append("one"))
        assert _marimo.on_cell_disposal(lambda: told.append("other"))
        context.dispose(deletion=deletion)
        assert sorted(told) == ["one", "other"]
        context.dispose(deletion=deletion)
        assert len(told) == 2

    def test_elements_take_their_ids_under_a_prefix(self, context: Context, cell: Cell) -> None:
        with cell.ids("rfb-Hbol-1"):
            assert context.prefixes == ["rfb-Hbol-1"]
        assert context.prefixes == ["rfb-Hbol-1", "over"]


class TestHome:
    def test_what_it_is_given_counts_as_done_outside_of_a_cell(self, context: Context) -> None:
        home = _marimo.current_notebook()
        assert home is not None
        assert home is _marimo.current_notebook()
        during: list[Any] = []
        home.call(lambda: during.append(context.execution_context))
        assert during == [None]
        assert context.execution_context == "of a cell"
        assert context.asked == []

    def test_where_it_is_embedded_the_outermost_notebook_is_asked(self, context: Context) -> None:
        outermost, between = Context(), Context()
        between.parent, context.parent = outermost, between
        home = _marimo.current_notebook()
        assert home is not None
        done: list[int] = []
        home.call(lambda: done.append(1))
        home.call(lambda: done.append(2))
        assert done == []
        [element_id] = {each for request in outermost.asked for each in request.object_ids}
        element = context.ui_element_registry._objects[element_id]()
        element._update(None)
        element._update(None)
        element._on_update_completion()
        assert done == [1, 2]
        assert context.asked == between.asked == []

    def test_where_it_is_embedded_the_cells_that_refer_to_the_view_run_again(
        self, context: Context, cell: Cell
    ) -> None:
        context.parent = outermost = Context()
        context.graph.cells[HBOL].refs = {"view", "mo", "print"}
        context.globals = {"view": SimpleNamespace(_id="rfb-MJUe-1-0"), "mo": mo}
        _marimo.rerun_cells({cell})
        [request] = outermost.asked
        context.ui_element_registry._objects[request.object_ids[0]]()._update(None)
        assert context.ui_element_registry._bindings == {request.object_ids[0]: {"view"}}
        assert context.stale == []


class TestElements:
    @pytest.fixture
    def element(self) -> Any:
        comm = MarimoComm("model", MarimoCommManager(), "jupyter.widgets", data={"state": {}})
        return SimpleNamespace(_id="rfb-Hbol-1-0", _lens="of an array", widget=SimpleNamespace(comm=comm))

    def test_one_that_is_adopted_is_not_closed_with_its_cell(
        self, context: Context, cell: Cell, element: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        other = MarimoComm("other", MarimoCommManager(), "jupyter.widgets", data={"state": {}})
        for comm in (element.widget.comm, other):
            context.cell_lifecycle_registry.inject(HBOL, CommLifecycleItem(comm))
        cell.adopt(element)
        context.dispose(deletion=False)
        assert not element.widget.comm._closed
        assert other._closed
        assert caplog.records == []
        assert _marimo.current_cell() is not None

    def test_when_nothing_that_is_known_closes_it_all_is_given_up(
        self, context: Context, cell: Cell, element: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        cell.adopt(element)
        assert _marimo.current_cell() is None
        cell.adopt(element)
        assert len(caplog.records) == 1

    def test_one_that_is_registered_is_in_no_array_yet(self, context: Context, cell: Cell, element: Any) -> None:
        cell.register(element)
        assert context.registered == [("rfb-Hbol-1-0", element)]
        assert element._lens is None

    def test_marimo_runs_cells_for_one_whose_value_is_shared(self, cell: Cell, element: Any) -> None:
        cell.keep_value(element, shared=True)
        assert element.widget.comm.ui_element_id == "rfb-Hbol-1-0"
        cell.keep_value(element, shared=False)
        assert element.widget.comm.ui_element_id is None


class TestRunAgain:
    def test_cells_run_in_their_kernels(self) -> None:
        one, other = Context(), Context()
        _marimo.rerun_cells({Cell(one, "a"), Cell(one, "b"), Cell(other, "a")})
        assert one.stale == [({"a", "b"}, True)]
        assert other.stale == [({"a"}, True)]
        assert (one.executed, other.executed) == (1, 1)

    def test_where_the_reader_chose_so_they_are_out_of_date_instead(self) -> None:
        context = Context()
        context.is_lazy = True
        _marimo.rerun_cells({Cell(context, "a")})
        assert context.stale == [({"a"}, True)]
        assert context.executed == 0

    def test_none_is_fine(self) -> None:
        _marimo.rerun_cells(set())


class TestChangedInside:
    """What happens when marimo moved a name that it never published."""

    def said(self, caplog: pytest.LogCaptureFixture) -> str:
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        return record.getMessage()

    @pytest.mark.parametrize("module", ["marimo._runtime.cell_lifecycle_item", "marimo._runtime.context"])
    def test_a_module_that_is_gone_is_told_once_and_no_cell_is_known(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, module: str
    ) -> None:
        monkeypatch.setattr(mo, "running_in_notebook", lambda: True)
        monkeypatch.setitem(sys.modules, module, None)
        _marimo._names.cache_clear()
        for _ in range(3):
            assert _marimo.current_cell() is None
            assert _marimo.notebook_path() == ""
            assert not _marimo.on_cell_disposal(lambda: None)
        assert self.said(caplog).startswith(f"marimo {mo.__version__} has changed inside (")
        assert "each run of a cell creates new views" in self.said(caplog)

    @pytest.mark.parametrize("path", _marimo._PRIVATE_NAMES)
    def test_an_attribute_that_is_gone_is_told_once_and_no_cell_is_known(
        self, context: Context, caplog: pytest.LogCaptureFixture, path: str
    ) -> None:
        holder: Any = context
        *way, last = path.split(".")
        for name in way:
            holder = getattr(holder, name)
        if last in ("provide_ui_ids", "install"):
            kept = {name: vars(Context)[name] for name in {"provide_ui_ids", "install"} - {last}}
            context.__class__ = type("Changed", (), kept)
        elif last == "inject":
            context.cell_lifecycle_registry = SimpleNamespace(registry={})  # type: ignore[assignment]
        else:
            delattr(holder, last)
        for _ in range(3):
            assert _marimo.current_cell() is None
        assert last in self.said(caplog)

    def test_a_context_without_a_file_has_no_path(self, context: Context) -> None:
        assert _marimo.notebook_path() == "/notebooks/app.py"
        context.filename = None  # type: ignore[assignment]
        assert _marimo.notebook_path() == ""
        del context.filename
        assert _marimo.notebook_path() == ""


class TestToken:
    def test_a_run_is_over_when_marimo_tells_its_threads_to_end(self) -> None:
        token = _marimo.CellRun()
        assert not token.over
        token._thread._exit_event.set()
        assert token.over

    def test_no_thread_is_started_for_it(self) -> None:
        assert not _marimo.CellRun()._thread.is_alive()


def test_this_marimo_has_what_is_used() -> None:
    """So that a newer one that moved a name is seen here first."""
    annotations = {name for cls in KernelRuntimeContext.__mro__ for name in getattr(cls, "__annotations__", {})}
    assert {"cell_lifecycle_registry", "ui_element_registry", "filename", "_kernel"} <= annotations
    assert {"cell_id", "graph", "provide_ui_ids"} <= set(dir(KernelRuntimeContext))
    assert list(inspect.signature(CellLifecycleRegistry.inject).parameters) == ["self", "cell_id", "item"]
    assert list(inspect.signature(UIElementRegistry.register).parameters) == ["self", "object_id", "ui_element"]
    assert "prune_imports" in inspect.signature(DirectedGraph.set_stale).parameters
    assert {"lazy", "_execute_stale_cells_callback"} <= set(dir(Kernel))
    assert CellLifecycleRegistry().registry == {}


class TestTasks:
    """A task goes on when the cell that made it has ended."""

    @pytest.fixture
    def of_task(self, context: Context) -> Iterator[None]:
        context.cell_id = None
        execution = SimpleNamespace(cell_id=HBOL)
        token = EXECUTION_CTX.set(execution)  # type: ignore[arg-type]
        yield
        EXECUTION_CTX.reset(token)

    def test_it_learns_of_the_end_of_the_cell_that_made_it(self, context: Context, of_task: None) -> None:
        told: list[str] = []
        assert _marimo.current_cell() is None
        assert _marimo.on_cell_disposal(lambda: told.append("over"))
        context.dispose(deletion=False)
        assert told == ["over"]

    def test_without_the_name_that_tells_there_is_no_cell(self, of_task: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "marimo._messaging.context", None)
        assert not _marimo.on_cell_disposal(lambda: None)
