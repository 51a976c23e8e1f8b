"""The end of what a Jupyter cell began and nothing in the notebook holds any more."""

import itertools
from collections.abc import Callable

from marimo_rfb.notebook.hosts import _ipython
from marimo_rfb.notebook.hosts.session import Session

__all__ = ["end_when_forgotten"]

_numbers = itertools.count(1)


class _Finalizer:
    """Ends `of` when it is released."""

    closed = False

    def __init__(self, of: object, end: Callable[[], object]) -> None:
        # By this name a cell finds what a variable may hold.
        self.stream = of
        self._end = end

    def _release_(self) -> None:
        self._end()


def end_when_forgotten(thing: object, end: Callable[[], object]) -> None:
    """Call `end` when the running Jupyter cell has run again or was deleted, and no variable holds `thing`.

    Unlike in marimo a cell that runs again leaves the variables of its last run; one that serves again binds them anew.
    Outside of a Jupyter cell nothing happens. `end` is called on the kernel's thread, perhaps when it is over already.
    """
    cell = _ipython.current_cell()
    if cell is not None:
        Session.current().registry.claim(cell, f"ending {next(_numbers)}", lambda: _Finalizer(thing, end))
