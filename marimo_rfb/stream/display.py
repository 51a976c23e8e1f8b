"""Hook by which the notebook layer shows streams, because streams must not import it."""

from collections.abc import Callable
from typing import Any, Protocol

from marimo_rfb.errors import RfbError

__all__ = ["Display", "display", "register_display"]


class Display(Protocol):
    """Creates the widgets and views of a stream. `stream` is a `Stream`."""

    def widget_for(self, stream: Any, /, *, batteries: bool, **traits: Any) -> Any: ...

    def view_of(self, stream: Any, /, *, name: str | None, **view_options: Any) -> Any: ...


_load: Callable[[], Display] | None = None


def register_display(load: Callable[[], Display]) -> None:
    """Call `load` whenever a stream is to be shown; replaces the previous registration."""
    global _load
    _load = load


def display() -> Display:
    """Return the registered display.

    Raises:
        RfbError: none is registered.
    """
    if _load is None:
        raise RfbError("nothing can show a stream here; import marimo_rfb first")
    return _load()
