"""The context of a call: its notebook session and its cell."""

import contextlib
import itertools
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, TypeVar

from marimo_rfb.errors import OptionError
from marimo_rfb.notebook.hosts import _ipython, _marimo
from marimo_rfb.notebook.hosts.cell_registry import Releasable
from marimo_rfb.notebook.hosts.jupyter_callback import WidgetCallback, current_callback
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.hosts.stream_registry import StreamLease, StreamRegistry

__all__ = ["CellContext", "Scope"]

Scope = Literal["session", "app"]
T = TypeVar("T", bound=Releasable)
V = TypeVar("V", bound="CellView")

_numbers = itertools.count(1)

# A cell that makes more unnamed views probably has a loop that should update a single view.
MAX_UNNAMED = 64


class CellView(Protocol):
    """A view, as its cell uses it."""

    def _bind_to(self, cell: Any) -> None: ...

    def _configure(self, traits: Mapping[str, Any]) -> None: ...


class CellContext:
    """The session and the cell, or widget callback, of the caller.

    The cell is `None` outside of cells, and if the host does not report it.

    Raises:
        RfbError: called on a thread unknown to marimo while there are several sessions.
    """

    def __init__(self) -> None:
        self.session = Session.current()
        self.cell = _marimo.current_cell() or current_callback() or _ipython.current_cell()

    def key(self, scope: Scope) -> object:
        """Return the cell's key in `scope`: the sessions of an app share their cells' ids."""
        return self.cell.id if self.cell is not None and scope == "app" else self.cell

    def streams(self, scope: Scope) -> StreamRegistry:
        """Return the streams of the session, or of the app.

        Raises:
            OptionError: there is no such scope.
        """
        if scope == "app":
            return StreamRegistry.of_app(_marimo.notebook_path())
        if scope == "session":
            return StreamRegistry.of_session(self.session)
        raise OptionError(f'scope is "session" or "app", got {scope!r}')

    def claim(self, name: str, make: Callable[[], T], *, again: bool = False) -> T:
        """Return the object that an earlier cell run claimed under `name`, or a new one; see `CellRegistry.claim`.

        In a widget callback, a name that is claimed already gets a number, because the code it calls cannot know its
        other calls. Without a cell the object is always new; in marimo it then lives until the end of the cell run.
        """
        if self.cell is not None:
            if isinstance(self.cell, WidgetCallback) and not again:
                names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
                name = next(each for each in names if not self.session.registry.is_claimed(self.cell, each))
            return self.session.registry.claim(self.cell, name, make, again=again)
        thing = make()
        if _marimo.in_live_notebook():
            self.session.registry.release_after(thing, _marimo.CellRun())
        return thing

    def free_name(self, name: str) -> str:
        """Return a free name for an unnamed object: `name`, or `name` with a number by its order in the cell run.

        Returns `name` itself for the first one, after the end of the run, when the order is unknown, and beyond
        `MAX_UNNAMED`; in the last case the name is taken already.
        """
        cell = self.cell
        if cell is None or not cell.pending:
            return name
        names = [name, *(f"{name}-{number}" for number in range(2, MAX_UNNAMED + 1))]
        return next((each for each in names if not self.session.registry.is_claimed(cell, each)), name)

    def follow_function(self, name: str) -> None:
        """Let `name` find the view of a function that was renamed since the cell's last run, if that is unambiguous."""
        cell = self.cell
        if cell is None:
            return

        def was_renamed(old_name: str, thing: Releasable) -> bool:
            own_name = old_name.partition("-")[0]  # without the number that `free_name` gave
            return getattr(thing, "goes_by_function", False) and not cell.defines(own_name)

        self.session.registry.rename(cell, name, was_renamed)

    def make_view(
        self, make: Callable[..., V], lease: StreamLease, traits: Mapping[str, Any], *, goes_by_function: bool = False
    ) -> V:
        """Return a new view of the stream of `lease`, which outlives the cell run.

        Args:
            make: the class of the view.
            lease: keeps the stream open; released if the view cannot be made.
            traits: of the view's widget.
            goes_by_function: whether the name of a function identifies the view.
        """
        cell = self.cell
        with contextlib.nullcontext() if cell is None else cell.ids(f"rfb-{cell.id}-{next(_numbers)}"):
            try:
                view = make(lease, traits, session=self.session, goes_by_function=goes_by_function)
            except BaseException:
                lease.release()
                raise
        if cell is not None:
            cell.adopt(view)
        return view

    def show(self, view: CellView, traits: Mapping[str, Any]) -> None:
        """Bind `view` to the current cell run and apply `traits` to it."""
        if self.cell is not None:
            view._bind_to(self.cell)
        view._configure(traits)
