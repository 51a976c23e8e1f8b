"""Callbacks of Jupyter widgets: code that runs outside of cells on a page's message, and may make views."""

import asyncio
import sys
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marimo_rfb.notebook.hosts import _ipython
from marimo_rfb.notebook.hosts.running_loop import running_loop

__all__ = ["ABSENCE_TIMEOUT_S", "WidgetCallback", "current_callback"]

# How long an unreferenced object may be on no page: during a reload, or until the first page shows it.
ABSENCE_TIMEOUT_S = 20.0
_VIEW = "application/vnd.jupyter.widget-view+json"


class WidgetCallback(_ipython.Cell):
    """A callback, identified by the output widget that captures its output, or else by the widget that it handles.

    For the registry it acts as a cell: its next call finds its objects again. Unlike a cell run, a call ends at once,
    and its objects live as long as a page shows them or the notebook refers to them.
    """

    @property
    def pending(self) -> bool:
        """Always `False`: the registry does not wait for callbacks."""
        return False

    def keeps(self, thing: object) -> bool:
        """Return whether `thing` is on a page, or was recently, or the notebook refers to it.

        The reference may be a variable, an item of a variable's collection, or an attribute of a variable's object.
        """
        if _is_shown(thing) or super().keeps(thing) or self._is_inside(thing):
            _absences.pop(id(thing), None)
            return True
        return time.monotonic() - _absent_since_s(thing) < ABSENCE_TIMEOUT_S

    def defines(self, name: str) -> bool:
        """Return `True`, because the code of a callback is unknown."""
        return True

    def on_disposal(self, callback: Callable[[], None]) -> None:
        """Call `callback` after the current call."""
        asyncio.get_running_loop().call_soon(callback)

    def _is_inside(self, thing: object) -> bool:
        own_ids = _ipython.ids_of(thing)
        return any(id(each) in own_ids for value in self.variables() for each in _parts_of(value))


# By object id, because views are not hashable.
_absences: dict[int, tuple["weakref.ref[object]", float]] = {}
# Keys of the outputs that cells made; they stay the same when a cell re-runs and makes new outputs.
_keys: "weakref.WeakKeyDictionary[object, str]" = weakref.WeakKeyDictionary()
_numbered: dict[str, tuple[str, int]] = {}


def current_callback() -> WidgetCallback | None:
    """Return the running callback, or the one of the output that a cell has open and its callbacks will open too.

    `None` outside of both, and on threads without an event loop. JupyterLab has a thread of its own for callbacks.
    """
    message = _ipython.message()
    if message is None or running_loop() is None:
        return None
    header = message.get("header", {})
    output = _open_output(header.get("msg_id"))
    if output is not None:
        return WidgetCallback(_ipython.shell(), _key_of(output, message))
    if header.get("msg_type") != "comm_msg":
        return None
    return WidgetCallback(_ipython.shell(), f"comm {message.get('content', {}).get('comm_id')}")


def _absent_since_s(thing: object) -> float:
    key = id(thing)
    if key not in _absences:
        _absences[key] = weakref.ref(thing, lambda _: _absences.pop(key, None)), time.monotonic()
    return _absences[key][1]


def _key_of(output: Any, message: Mapping[str, Any]) -> str:
    """Return the stable key of an output, also for the output that replaces it when its cell re-runs."""
    if output not in _keys:
        cell = _ipython.current_cell()
        if cell is None:
            return f"output {output.model_id}"
        run = message["header"]["msg_id"]
        last_run, number = _numbered.get(cell.id, ("", 0))
        number = number + 1 if last_run == run else 1
        _numbered[cell.id] = run, number
        _keys[output] = f"output {number} of {cell.id}"
    return _keys[output]


def _open_output(message_id: object) -> Any:
    """Return the output widget that captures the output of this message; `None` if none does."""
    ipywidgets = sys.modules.get("ipywidgets")
    if ipywidgets is None or not message_id:
        return None
    outputs = [each for each in _widgets() if isinstance(each, ipywidgets.Output) and each.msg_id == message_id]
    return outputs[-1] if outputs else None


def _widgets() -> list[Any]:
    """Return all widgets of the kernel, oldest first; empty if this version of ipywidgets stores them elsewhere."""
    module = sys.modules.get("ipywidgets.widgets.widget")
    return list(getattr(module, "_instances", {}).values())


def _is_shown(thing: object) -> bool:
    """Return whether a page shows the stream of `thing`, or would once opened: as part of a widget or output."""
    stream, widget = getattr(thing, "stream", None), getattr(thing, "widget", None)
    audience = getattr(stream, "audience", None)
    if audience is not None and audience.viewers:
        return True
    if widget is None:
        return False
    return any(
        widget in getattr(each, "children", ()) or widget.model_id in _models_in(getattr(each, "outputs", ()))
        for each in _widgets()
    )


def _models_in(outputs: Iterable[Any]) -> set[object]:
    """Return the model ids of the widgets that an output widget shows, as reported by its page."""
    data = [each.get("data", {}) for each in outputs if isinstance(each, dict)]
    return {each[_VIEW].get("model_id") for each in data if _VIEW in each}


def _parts_of(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple | set):
        return list(value)
    return [] if isinstance(value, type) else list(getattr(value, "__dict__", {}).values())
