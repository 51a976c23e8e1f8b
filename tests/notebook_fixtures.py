"""Fixtures of a notebook, with a look at what a test leaves behind."""

import threading
from collections.abc import Iterator

import pytest
from kernel import Cell, Notebook
from support import eventually

from marimo_rfb.notebook.hosts import _marimo, cell_registry, shared_hub
from marimo_rfb.notebook.hosts import session as session_module
from marimo_rfb.notebook.hosts.session import Session

__all__ = ["cell", "notebook", "nothing_left", "session"]


def _ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(("rfb-hub", "rfb-animate"))]


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test a process without sessions and streams, and wait until what it started has ended."""
    monkeypatch.setattr(shared_hub, "_hub", None)
    monkeypatch.setattr(Session, "_live", {})
    monkeypatch.setattr(Session, "_process", None)
    before = set(_ours())  # what another test left behind fails that one alone
    yield
    for session in (*Session._live.values(), Session._process):
        if session is not None:
            session.close()
    eventually(lambda: shared_hub._hub is None or not shared_hub._hub.streams)
    eventually(lambda: before.issuperset(_ours()))


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """Return the notebook that runs; none of its cells does."""
    notebook = Notebook()
    monkeypatch.setattr(_marimo, "in_live_notebook", lambda: notebook.live)
    monkeypatch.setattr(_marimo, "has_page", lambda: notebook.has_page)
    monkeypatch.setattr(_marimo, "current_cell", lambda: notebook.cell)
    monkeypatch.setattr(_marimo, "current_notebook", lambda: None)
    monkeypatch.setattr(_marimo, "notebook_path", lambda: notebook.path)
    monkeypatch.setattr(_marimo, "rerun_cells", notebook.rerun_cells)
    monkeypatch.setattr(_marimo, "call_after_reruns", lambda _cell, function: notebook.after_reruns.append(function))
    monkeypatch.setattr(_marimo, "CellRun", notebook.token)
    monkeypatch.setattr(_marimo, "_cell_of_task", notebook.cell_of_task)
    # Where no loop runs cells, no test lasts as long as a cell has time to come back; those that wait have a loop.
    call_later = session_module.call_later
    monkeypatch.setattr(
        session_module, "call_later", lambda delay_s, do: delay_s < cell_registry.GRACE_S and call_later(delay_s, do)
    )
    return notebook


@pytest.fixture
def cell(notebook: Notebook) -> Cell:
    """Return a cell that runs."""
    notebook.cell = Cell()
    return notebook.cell


@pytest.fixture
def session(nothing_left: None) -> Iterator[Session]:
    """Return a session whose kernel has no loop, so that what it is told to do is done at once."""
    session = Session(None)
    yield session
    session.close()
