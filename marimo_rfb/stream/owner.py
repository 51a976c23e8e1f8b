"""Interface between a stream and the hub that owns it."""

from collections.abc import AsyncIterator
from typing import Protocol

from marimo_rfb.events import InputEvent
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.server import StreamServer
from marimo_rfb.wire.messages import FileHeader, ServerMessage

__all__ = ["EventSource", "OwnedStream", "StreamOwner"]


class OwnedStream(Protocol):
    """A stream as its owner sees it: an identity and a name."""

    name: str

    def __hash__(self) -> int: ...


class EventSource(Protocol):
    """A source of events."""

    @property
    def closed(self) -> bool: ...

    def add_event_queue(self, queue: EventQueue) -> None: ...

    def remove_event_queue(self, queue: EventQueue) -> None: ...


class StreamOwner(Protocol):
    """What a stream requires of its hub. Every method is thread-safe."""

    @property
    def server(self) -> StreamServer: ...

    @property
    def port(self) -> int: ...

    def ws_url(self, name: str) -> str: ...

    def client_count(self, name: str) -> int: ...

    def post(self, stream: OwnedStream, message: ServerMessage) -> None: ...

    def send_file(self, stream: OwnedStream, viewer: str, header: FileHeader, content: bytes) -> None: ...

    def restart_encoding(self, stream: OwnedStream) -> None: ...

    def iterate_events(self, source: EventSource, queue: EventQueue) -> AsyncIterator[InputEvent]: ...

    def close_stream(self, stream: OwnedStream) -> None: ...

    async def aclose_stream(self, stream: OwnedStream) -> None: ...
