"""Sockets that a forked child lets go of.

A child that kept them would hold the port after the parent has closed it, and the parent's viewers would not hear of
its end, because a connection ends with the last process that has it.
"""

import os
import socket
import threading
import weakref
from typing import Any, Self

from marimo_rfb.fork import call_in_child

__all__ = ["TrackedSocket"]

# Re-entrant: a finaliser may run anywhere, in `accept` too.
_lock = threading.RLock()
_tracked: "weakref.WeakSet[socket.socket]" = weakref.WeakSet()


class TrackedSocket(socket.socket):
    """A listening socket that is closed in forked children, as all are that it accepts."""

    @classmethod
    def of(cls, listening: socket.socket) -> Self:
        """Take over what `listening` has; that one is as good as closed then."""
        family, kind, protocol = listening.family, listening.type, listening.proto
        tracked = cls(family, kind, protocol, fileno=listening.detach())
        tracked.setblocking(False)
        with _lock:
            _tracked.add(tracked)
        return tracked

    def accept(self) -> tuple[socket.socket, Any]:
        with _lock:  # for which a fork waits: one in between would leave the child a descriptor that nobody knows of
            accepted, address = super().accept()
            _tracked.add(accepted)
        return accepted, address


def _close_in_child() -> None:
    global _lock, _tracked
    # Without `shutdown`, which would end the parent's connections.
    for each in list(_tracked):
        each.close()
    _lock, _tracked = threading.RLock(), weakref.WeakSet()


def _hold() -> None:
    _lock.acquire()


def _release() -> None:
    _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_release)
call_in_child(_close_in_child)
