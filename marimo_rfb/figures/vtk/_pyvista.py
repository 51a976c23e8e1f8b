"""The only module that uses PyVista's private names."""

import sys
import warnings
from typing import Any

__all__ = ["forget", "is_of_callback", "prepare", "warn_of_idle_timer"]


def prepare(plotter: Any) -> None:
    """Set the cameras as for a first picture, so that `plotter.render()` renders."""
    begin = getattr(plotter, "_on_first_render_request", None)
    if begin is None:
        plotter.screenshot(return_img=True)
    else:
        begin()


def forget(plotter: Any) -> None:
    """Let `plotter` be freed with its last user; PyVista keeps each until it is closed."""
    module = sys.modules.get("pyvista.plotting.plotter")
    plotters = getattr(module, "_ALL_PLOTTERS", None)
    if isinstance(plotters, dict):
        for name in [name for name, each in plotters.items() if each is plotter]:
            del plotters[name]


def warn_of_idle_timer(plotter: Any) -> None:
    """Warn of a timer that was created when nothing ran it: PyVista has its number 0, and not its interval."""
    timer = getattr(plotter.iren, "_timer", None)
    if timer is not None and getattr(timer, "id", None) == 0:
        warnings.warn(
            "a timer that was created before rfb.figure(plotter) does not run; call add_timer_event after it",
            stacklevel=2,
        )


def is_of_callback(warning: str) -> bool:
    """Return whether PyVista warns of an exception in a callback."""
    return warning.startswith("Encountered issue in callback")
