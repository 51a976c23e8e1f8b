"""Outputs of the running cell."""

import sys
from collections.abc import Callable
from typing import Any

from marimo_rfb.notebook.hosts import _ipython, _marimo

__all__ = ["append_output", "in_notebook"]


def in_notebook() -> bool:
    """Return whether the caller runs in a notebook of marimo or Jupyter."""
    return _marimo.in_live_notebook() or _ipython.in_kernel()


def append_output(make: Callable[[], Any]) -> None:
    """Show what `make` returns below the other outputs of the running cell."""
    if _marimo.in_live_notebook():
        sys.modules["marimo"].output.append(make())
    else:
        make()._ipython_display_()
