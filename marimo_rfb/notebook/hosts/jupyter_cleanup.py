"""Clean-up of resources that a Jupyter cell started and the notebook no longer refers to."""

import itertools
from collections.abc import Callable

from marimo_rfb.notebook.hosts import _ipython
from marimo_rfb.notebook.hosts.session import Session

__all__ = ["end_when_forgotten"]

_numbers = itertools.count(1)


class _Finalizer:
    """Calls `end` when it is released."""

    closed = False

    def __init__(self, of: object, end: Callable[[], object]) -> None:
        # `Cell.keeps` looks for a variable that refers to this attribute.
        self.stream = of
        self._end = end

    def _release_(self) -> None:
        self._end()


def end_when_forgotten(thing: object, end: Callable[[], object]) -> None:
    """Call `end` once the running Jupyter cell was re-run or deleted and no variable refers to `thing`.

    Unlike in marimo, a re-run keeps the variables of the last run until the cell binds them again. Does nothing outside
    of a Jupyter cell. `end` is called on the kernel's thread, possibly after `thing` has ended.
    """
    cell = _ipython.current_cell()
    if cell is not None:
        Session.current().registry.claim(cell, f"ending {next(_numbers)}", lambda: _Finalizer(thing, end))
