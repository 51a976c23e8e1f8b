"""Notebook sessions: the objects of their cells and the loop of their kernel."""

import asyncio
import threading
from collections.abc import Callable
from typing import ClassVar, Self

from marimo_rfb.errors import RfbError
from marimo_rfb.fork import call_in_child
from marimo_rfb.hub.event_loop import call_later
from marimo_rfb.notebook.hosts import _ipython, _marimo
from marimo_rfb.notebook.hosts.cell_registry import CellRegistry
from marimo_rfb.notebook.hosts.marimo_cleanup import call_at_session_end
from marimo_rfb.notebook.hosts.running_loop import running_loop

__all__ = ["Session"]


class Session:
    """A notebook session, which lives as long as its kernel: of an edited notebook, or of one user of an app.

    Outside of marimo there is one session per process, which never ends.

    Attributes:
        loop: the loop that runs cells; `None` if no loop was running when the session was created.
        registry: the objects that cells made.
    """

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _live: ClassVar[dict[asyncio.AbstractEventLoop, "Session"]] = {}
    _process: ClassVar["Session | None"] = None
    _of_parent: ClassVar[object] = None

    def __init__(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self.loop = loop
        self.registry = CellRegistry(self.call_later)
        self.closed = False
        self._has_page = False

    @classmethod
    def current(cls) -> "Session":
        """Return the session of the caller.

        Raises:
            RfbError: called on a thread unknown to marimo while there are several sessions.
        """
        loop = running_loop()
        with cls._lock:
            if loop is not None and _marimo.in_live_notebook():
                return cls._live.get(loop) or cls._begin(loop)
            if loop in cls._live:  # a task on the kernel's loop, outside of a cell
                return cls._live[loop]
            if loop is None and len(cls._live) > 1:
                raise RfbError(
                    "several sessions run in this process, and this thread belongs to none of them; "
                    "call this in a cell and pass the result to the thread"
                )
            if loop is None and cls._live:
                return next(iter(cls._live.values()))
            if cls._process is None or cls._process.closed:
                cls._process = cls(loop)
            return cls._process

    @classmethod
    def _begin(cls, loop: asyncio.AbstractEventLoop) -> Self:
        session = cls(loop)
        cls._live[loop] = session
        call_at_session_end(session.close)
        return session

    @property
    def has_page(self) -> bool:
        """Whether a page shows the notebook; an export has a kernel and runs cells, but has no page."""
        # A run caused by a state has no request, so a page that was seen once counts for good.
        self._has_page = self._has_page or _marimo.has_page() or _ipython.current_cell() is not None
        return self._has_page

    def note_page(self) -> None:
        """Record that a page shows the notebook, because it sent a message."""
        self._has_page = True

    def call_soon(self, function: Callable[[], None]) -> None:
        """Run `function` on the kernel's thread soon, or at once without a loop. Any thread."""
        if self.loop is None:
            function()
            return
        try:
            self.loop.call_soon_threadsafe(function)
        except RuntimeError:  # the kernel has ended
            self.close()

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None:
        """Run `function` on the kernel's thread after `delay_s` seconds. Any thread."""
        loop = self.loop
        if loop is None:
            call_later(delay_s, function)
        else:

            def schedule() -> None:
                loop.call_later(delay_s, function)

            self.call_soon(schedule)

    def close(self) -> None:
        """Release the objects of the cells. Idempotent."""
        with Session._lock:
            if self.closed:
                return
            self.closed = True
            if self.loop is not None:
                Session._live.pop(self.loop, None)
        self.registry.close()

    @classmethod
    def reset_in_child(cls) -> None:
        """Discard the parent's sessions in a forked child, which cannot show their streams."""
        # But keep references: a widget that is collected would close its comm, which is the parent's.
        cls._of_parent = (cls._live, cls._process, cls._of_parent)
        cls._lock, cls._live, cls._process = threading.Lock(), {}, None


call_in_child(Session.reset_in_child)
