"""The only module that uses names marimo does not publish; each is guarded and has a plain fallback.

Nothing here imports marimo unless the notebook already did.
"""

import sys
from collections.abc import Callable

__all__ = ["in_live_notebook", "on_cell_disposal"]


def in_live_notebook() -> bool:
    """Tell whether the caller runs in a cell of a marimo notebook that a page shows."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def on_cell_disposal(callback: Callable[[], None]) -> bool:
    """Have `callback` called before the running cell runs again, or when it is deleted; tell whether that will happen.

    It is called on the kernel's thread, also when only an upstream cell ran. It is not called at the end of a session.
    """
    if not in_live_notebook():
        return False
    try:
        from marimo._runtime.cell_lifecycle_item import CellLifecycleItem
        from marimo._runtime.context import get_context

        context = get_context()
        if context.cell_id is None:
            return False
        registry = context.cell_lifecycle_registry
    except (ImportError, AttributeError):
        return False

    class Disposal(CellLifecycleItem):
        def create(self, context: object) -> None:
            """Nothing is made: what is disposed of exists already."""

        def dispose(self, context: object, deletion: bool) -> bool:
            callback()
            return True

    registry.add(Disposal())
    return True
