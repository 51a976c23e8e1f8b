"""Disables deflate for the sockets that marimo's server proxies.

That server deflates every message if the browser supports it, which takes some milliseconds per picture and saves
nothing, because pictures are compressed already.
"""

from typing import Any

__all__ = ["disable_deflate"]


class _NoDeflate:
    """Wraps a WebSocket extension: decompresses incoming messages, but leaves outgoing ones uncompressed."""

    def __init__(self, extension: Any) -> None:
        self._extension = extension
        self.name = extension.name

    def decode(self, frame: Any, **options: Any) -> Any:
        return self._extension.decode(frame, **options)

    def encode(self, frame: Any) -> Any:
        return frame


def disable_deflate(receive: Any) -> bool:
    """Disable compression on the socket of an ASGI app's `receive`; return whether that was possible.

    It is possible with uvicorn and its sans-I/O websockets protocol; on other servers nothing changes.
    """
    extensions = getattr(getattr(getattr(receive, "__self__", None), "conn", None), "extensions", None)
    if not isinstance(extensions, list):
        return False
    if not all(hasattr(each, "name") and hasattr(each, "encode") and hasattr(each, "decode") for each in extensions):
        return False
    extensions[:] = [_NoDeflate(each) for each in extensions]
    return True
