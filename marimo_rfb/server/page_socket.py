"""Backpressure of the sockets between marimo's server and pages, which ASGI does not offer.

An ASGI server takes the next message while the last one is still unsent, and so do the kernel's buffers. On a slow link
that is a second of old pictures.
"""

from typing import Any

from marimo_rfb.hub.socket_delay import minimize_delay

__all__ = ["PageSocket"]


class PageSocket:
    """The socket behind an ASGI app's `receive`.

    It is known with uvicorn and its protocols that have an event `writable`; on other servers `drained` returns at once
    and messages wait in their buffers.
    """

    def __init__(self, receive: Any) -> None:
        protocol = getattr(receive, "__self__", None)
        transport: Any = getattr(protocol, "transport", None)
        writable: Any = getattr(protocol, "writable", None)
        self._writable: Any = None
        if hasattr(transport, "set_write_buffer_limits") and hasattr(writable, "wait"):
            # So that `writable` is set only when nothing is unsent.
            transport.set_write_buffer_limits(high=0)
            minimize_delay(transport.get_extra_info("socket"))
            self._writable = writable

    @property
    def is_known(self) -> bool:
        return self._writable is not None

    async def drained(self) -> None:
        """Wait until the kernel has taken what was sent, or the socket is closed."""
        if self._writable is not None:
            await self._writable.wait()
