"""Reset of process-wide state in forked children.

A child (`multiprocessing` with fork, torch's `DataLoader`) has the parent's memory and descriptors, but none of its
threads: a lock that another thread held is never released there, and a queue is never emptied. So all process-wide
state is reset, and objects of the parent raise when they are used.
"""

import os
from collections.abc import Callable

__all__ = ["call_in_child"]


def call_in_child(start_over: Callable[[], None]) -> None:
    """Call `start_over` in every child that is forked from now on, on its only thread; it must not raise."""
    if hasattr(os, "register_at_fork"):  # Windows does not fork
        os.register_at_fork(after_in_child=start_over)
