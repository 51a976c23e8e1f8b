"""The thread that speaks on the kernel's channel for those who must not wait."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import ClassVar

from marimo_rfb.fork import call_in_child

__all__ = ["SenderThread"]

log = logging.getLogger(__name__)


class SenderThread:
    """The thread that sends: the channel may block, where the hub must not."""

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _queue: ClassVar["queue.SimpleQueue[Callable[[], None]] | None"] = None

    @classmethod
    def post(cls, send: Callable[[], None]) -> None:
        """Call `send` soon, after what was posted before. Any thread."""
        with cls._lock:
            if cls._queue is None:
                cls._queue = queue.SimpleQueue()
                threading.Thread(target=_send_all, args=(cls._queue,), name="rfb-comm", daemon=True).start()
        cls._queue.put(send)

    @classmethod
    def reset_in_child(cls) -> None:
        """Begin anew, as a forked child must, which has none of its parent's threads."""
        cls._lock, cls._queue = threading.Lock(), None


call_in_child(SenderThread.reset_in_child)


def _send_all(queue: "queue.SimpleQueue[Callable[[], None]]") -> None:
    while True:
        send = queue.get()
        try:
            send()
        except Exception:
            log.warning("the kernel's channel did not take a message", exc_info=True)
        # Or the last widget that said something would live until another does.
        del send
