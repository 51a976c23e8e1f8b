"""Callbacks of Jupyter's widgets: what runs in no cell, because a page said something, and may make views too."""

import asyncio
import sys
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marimo_rfb.notebook.hosts import _ipython

__all__ = ["ABSENCE_TIMEOUT_S", "WidgetCallback", "current_callback"]

# What nothing holds may be away from all pages for so long: one is reloaded, or has to be told of it first.
ABSENCE_TIMEOUT_S = 20.0
_VIEW = "application/vnd.jupyter.widget-view+json"


class WidgetCallback(_ipython.Cell):
    """A callback, known by the output widget that takes what it puts out, else by the widget that it answers.

    To those who claim what it made it is like a cell: its next call finds it again. Unlike in a cell its call ends at
    once, and what it made lives on for as long as a page shows it or the notebook holds it.
    """

    @property
    def pending(self) -> bool:
        """Whether it runs: what it made is not waited for."""
        return False

    def keeps(self, thing: object) -> bool:
        """Tell whether `thing` is on a page, or was a moment ago, or the notebook holds it.

        That is by a variable, or by what a variable holds: the items of a collection, the attributes of an object.
        """
        if _is_shown(thing) or super().keeps(thing) or self._is_inside(thing):
            _absences.pop(id(thing), None)
            return True
        return time.monotonic() - _absent_since_s(thing) < ABSENCE_TIMEOUT_S

    def defines(self, name: str) -> bool:
        """Tell whether it binds the global `name`; it cannot be told."""
        return True

    def on_disposal(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when the present call is over."""
        asyncio.get_running_loop().call_soon(callback)

    def _is_inside(self, thing: object) -> bool:
        held = _ipython.ids_of(thing)
        return any(id(each) in held for value in self.variables() for each in _parts_of(value))


# By the id of the thing, because a view has no hash.
_absences: dict[int, tuple["weakref.ref[object]", float]] = {}
# The outputs that were made in a cell, by what is the same when it runs again and makes new ones.
_keys: "weakref.WeakKeyDictionary[object, str]" = weakref.WeakKeyDictionary()
_numbered: dict[str, tuple[str, int]] = {}


def current_callback() -> WidgetCallback | None:
    """Return the callback that runs, or the output that a cell has opened, which its callbacks will open too.

    `None` outside of both, and on threads where no page is heard. JupyterLab has a thread of its own for callbacks.
    """
    message = _ipython.message()
    if message is None or not _has_loop():
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


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _key_of(output: Any, message: Mapping[str, Any]) -> str:
    """Return the same key for an output each time, and for the one that takes its place when its cell runs again."""
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
    """Return the output widget that is open for what this message puts out, `None` when none is."""
    ipywidgets = sys.modules.get("ipywidgets")
    if ipywidgets is None or not message_id:
        return None
    outputs = [each for each in _widgets() if isinstance(each, ipywidgets.Output) and each.msg_id == message_id]
    return outputs[-1] if outputs else None


def _widgets() -> list[Any]:
    """Return all widgets of the kernel, oldest first; none where ipywidgets keeps them elsewhere."""
    module = sys.modules.get("ipywidgets.widgets.widget")
    return list(getattr(module, "_instances", {}).values())


def _is_shown(thing: object) -> bool:
    """Tell whether a page shows the stream of `thing`, or would when it is opened: as part of a widget or output."""
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
    """Return the widgets that an output widget shows, as its page has told."""
    data = [each.get("data", {}) for each in outputs if isinstance(each, dict)]
    return {each[_VIEW].get("model_id") for each in data if _VIEW in each}


def _parts_of(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple | set):
        return list(value)
    return [] if isinstance(value, type) else list(getattr(value, "__dict__", {}).values())
