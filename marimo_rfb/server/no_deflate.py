"""Sends pictures through marimo's server as they are.

That server deflates every message that a browser lets it deflate, which costs some milliseconds for a picture and saves
nothing, because pictures are compressed already.
"""

from typing import Any

__all__ = ["disable_deflate"]


class _NoDeflate:
    """A WebSocket extension that reads what may be compressed and compresses nothing."""

    def __init__(self, extension: Any) -> None:
        self._extension = extension
        self.name = extension.name

    def decode(self, frame: Any, **options: Any) -> Any:
        return self._extension.decode(frame, **options)

    def encode(self, frame: Any) -> Any:
        return frame


def disable_deflate(receive: Any) -> bool:
    """Have the socket of an ASGI app's `receive` send nothing compressed, and tell whether that was possible.

    It is with uvicorn and the sans-I/O server of websockets; with any other server messages stay as it sends them.
    """
    extensions = getattr(getattr(getattr(receive, "__self__", None), "conn", None), "extensions", None)
    if not isinstance(extensions, list):
        return False
    if not all(hasattr(each, "name") and hasattr(each, "encode") and hasattr(each, "decode") for each in extensions):
        return False
    extensions[:] = [_NoDeflate(each) for each in extensions]
    return True
