"""What a forked child does before anything else of it runs.

A child (`multiprocessing` with fork, torch's `DataLoader`) has the parent's memory and descriptors, but none of its
threads: a lock that another thread held is never released there, and a queue is never emptied. So whatever is shared
by a whole process is begun anew, and what the parent made refuses to be used.
"""

import os
from collections.abc import Callable

__all__ = ["call_in_child"]


def call_in_child(start_over: Callable[[], None]) -> None:
    """Have `start_over` called in every child that is forked from now on, on its only thread; it must not raise."""
    if hasattr(os, "register_at_fork"):  # Windows does not fork
        os.register_at_fork(after_in_child=start_over)
