"""How a stream is shown in a notebook: registered from outside, because streams know of no notebook."""

from collections.abc import Callable
from typing import Any, Protocol

from marimo_rfb.errors import RfbError

__all__ = ["Display", "display", "register_display"]


class Display(Protocol):
    """Makes what shows a stream. `stream` is a `Stream`."""

    def widget_for(self, stream: Any, /, *, batteries: bool, **traits: Any) -> Any: ...

    def view_of(self, stream: Any, /, *, name: str | None, **view_options: Any) -> Any: ...


_load: Callable[[], Display] | None = None


def register_display(load: Callable[[], Display]) -> None:
    """Have `load` called whenever a stream is to be shown; the last one registered counts."""
    global _load
    _load = load


def display() -> Display:
    """Return what was registered.

    Raises:
        RfbError: nothing was.
    """
    if _load is None:
        raise RfbError("nothing can show a stream here; import marimo_rfb first")
    return _load()
