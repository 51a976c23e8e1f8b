"""What a stream asks of the hub it belongs to."""

from collections.abc import AsyncIterator
from typing import Protocol

from marimo_rfb.events import InputEvent
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.server import StreamServer

__all__ = ["EventSource", "OwnedStream", "StreamOwner"]


class OwnedStream(Protocol):
    """A stream as its owner knows it: by its identity, and by its name."""

    name: str

    def __hash__(self) -> int: ...


class EventSource(Protocol):
    """What events can be read from."""

    @property
    def closed(self) -> bool: ...

    def add_event_queue(self, queue: EventQueue) -> None: ...

    def remove_event_queue(self, queue: EventQueue) -> None: ...


class StreamOwner(Protocol):
    """What a stream asks of the hub it belongs to; every method may be called from any thread."""

    @property
    def server(self) -> StreamServer: ...

    @property
    def port(self) -> int: ...

    def ws_url(self, name: str) -> str: ...

    def client_count(self, name: str) -> int: ...

    def notify(self, stream: OwnedStream, text: str) -> None: ...

    def show_cursor(self, stream: OwnedStream) -> None: ...

    def copy_text(self, stream: OwnedStream, text: str) -> None: ...

    def restart_encoding(self, stream: OwnedStream) -> None: ...

    def iterate_events(self, source: EventSource, queue: EventQueue) -> AsyncIterator[InputEvent]: ...

    def close_stream(self, stream: OwnedStream) -> None: ...

    async def aclose_stream(self, stream: OwnedStream) -> None: ...
