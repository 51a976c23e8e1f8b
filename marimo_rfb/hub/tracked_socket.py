"""Sockets that forked children close.

If a child kept them, the port would stay in use after the parent closed it, and the parent's viewers would not notice
its end, because a connection ends only when the last process closes it.
"""

import os
import socket
import threading
import weakref
from typing import Any, Self

from marimo_rfb.fork import call_in_child

__all__ = ["TrackedSocket"]

# Re-entrant, because a finalizer may run anywhere, also in `accept`.
_lock = threading.RLock()
_tracked: "weakref.WeakSet[socket.socket]" = weakref.WeakSet()


class TrackedSocket(socket.socket):
    """A listening socket; forked children close it and all sockets that it accepted."""

    @classmethod
    def of(cls, listening: socket.socket) -> Self:
        """Take over the descriptor of `listening`, which is detached by that."""
        family, kind, protocol = listening.family, listening.type, listening.proto
        tracked = cls(family, kind, protocol, fileno=listening.detach())
        tracked.setblocking(False)
        with _lock:
            _tracked.add(tracked)
        return tracked

    def accept(self) -> tuple[socket.socket, Any]:
        with _lock:  # a fork waits for it; otherwise a child could get an untracked descriptor
            accepted, address = super().accept()
            _tracked.add(accepted)
        return accepted, address


def _close_in_child() -> None:
    global _lock, _tracked
    # Without `shutdown`, which would end the parent's connections.
    for each in list(_tracked):
        each.close()
    _lock, _tracked = threading.RLock(), weakref.WeakSet()


def _acquire() -> None:
    _lock.acquire()


def _release() -> None:
    _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_acquire, after_in_parent=_release)
call_in_child(_close_in_child)
