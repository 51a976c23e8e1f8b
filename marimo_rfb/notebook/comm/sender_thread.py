"""The thread that sends messages over the kernel's comm for callers that must not block."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import ClassVar

from marimo_rfb.fork import call_in_child

__all__ = ["SenderThread"]

log = logging.getLogger(__name__)


class SenderThread:
    """The sender thread: the comm may block, but the hub must not."""

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _queue: ClassVar["queue.SimpleQueue[Callable[[], None]] | None"] = None

    @classmethod
    def post(cls, send: Callable[[], None]) -> None:
        """Call `send` soon, in the order of the calls. Any thread."""
        with cls._lock:
            if cls._queue is None:
                cls._queue = queue.SimpleQueue()
                threading.Thread(target=_send_all, args=(cls._queue,), name="rfb-comm", daemon=True).start()
        cls._queue.put(send)

    @classmethod
    def reset_in_child(cls) -> None:
        """Reset the state in a forked child, which has none of its parent's threads."""
        cls._lock, cls._queue = threading.Lock(), None


call_in_child(SenderThread.reset_in_child)


def _send_all(queue: "queue.SimpleQueue[Callable[[], None]]") -> None:
    while True:
        send = queue.get()
        try:
            send()
        except Exception:
            log.warning("could not send a message over the kernel's comm", exc_info=True)
        # Otherwise the widget of the last message would stay alive until the next one.
        del send
