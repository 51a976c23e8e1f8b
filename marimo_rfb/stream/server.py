"""Public interface of a stream's server."""

from typing import Any, Protocol, Unpack

from marimo_rfb.stream.options import StreamOptionsDict

__all__ = ["StreamServer"]


class StreamServer(Protocol):
    """The public interface of a `Hub`, which documents the members."""

    @property
    def port(self) -> int: ...

    @property
    def host(self) -> str: ...

    @property
    def closed(self) -> bool: ...

    @property
    def streams(self) -> list[str]: ...

    @property
    def access(self) -> Any: ...

    def start(self) -> "StreamServer": ...

    async def astart(self) -> "StreamServer": ...

    def add_stream(self, name: str, width: int, height: int, **options: "Unpack[StreamOptionsDict]") -> Any: ...

    def stream(self, name: str = "default") -> Any: ...

    def remove_stream(self, name: str) -> None: ...

    def close(self) -> None: ...

    async def aclose(self) -> None: ...
