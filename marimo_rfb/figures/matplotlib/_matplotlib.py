"""The only module that uses matplotlib's private names, which its own backends use too."""

from collections.abc import Iterator
from typing import Any

from matplotlib import backend_bases
from matplotlib._pylab_helpers import Gcf

__all__ = [
    "axes_view",
    "disconnect_default_handlers",
    "history",
    "listeners",
    "process_event",
    "replace_in_pyplot",
    "restore_axes_view",
    "run_callbacks",
    "set_dpi",
]

_DEFAULT_HANDLERS = [
    getattr(backend_bases, name)
    for name in ("key_press_handler", "button_press_handler", "scroll_handler")
    if hasattr(backend_bases, name)
]


def process_event(event: Any) -> None:
    """Call the callbacks of a canvas for `event`."""
    event._process()


def set_dpi(figure: Any, dpi: float) -> None:
    """Set the dpi of a figure, without resizing its window."""
    figure._set_dpi(dpi, forward=False)


def run_callbacks(timer: Any) -> None:
    """Call the callbacks of a timer, and stop it if none are left."""
    timer._on_timer()


def history(toolbar: Any) -> tuple[int, int]:
    """Return the position in a toolbar's history of views, and the last position; -1 in an empty one."""
    stack = toolbar._nav_stack
    return stack._pos, len(stack._elements) - 1


def axes_view(axes: Any) -> dict[str, Any]:
    """Return the limits of `axes`, and the angles of 3-D ones."""
    view: dict[str, Any] = axes._get_view()
    return view


def restore_axes_view(axes: Any, view: dict[str, Any]) -> None:
    """Set what `axes_view` returned."""
    axes._set_view(view)


def disconnect_default_handlers(figure: Any) -> None:
    """Disconnect matplotlib's handlers of keys and buttons from a figure; each manager connects them once more."""
    callbacks = figure._canvas_callbacks
    for event_name in ("key_press_event", "button_press_event", "scroll_event"):
        for number, reference in list(callbacks.callbacks.get(event_name, {}).items()):
            if reference() in _DEFAULT_HANDLERS:
                callbacks.disconnect(number)


def replace_in_pyplot(old: Any, new: Any) -> None:
    """Let pyplot know a figure by another manager; the current figure stays the current one."""
    if old not in Gcf.figs.values():
        return
    current = Gcf.get_active()
    old.canvas.mpl_disconnect(old._cidgcf)
    Gcf._set_new_active_manager(new)
    if current is not None and current is not old:
        Gcf.set_active(current)


def listeners(figure: Any, event_name: str) -> Iterator[Any]:
    """Yield the callbacks of a figure's canvas for an event."""
    for reference in list(figure._canvas_callbacks.callbacks.get(event_name, {}).values()):
        if (callback := reference()) is not None:
            yield callback
