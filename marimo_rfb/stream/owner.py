"""What a stream asks of the hub it belongs to."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

from marimo_rfb.events import InputEvent
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.wire.packet import Packet

if TYPE_CHECKING:
    from marimo_rfb.hub.hub import Hub
    from marimo_rfb.stream.stream import Stream

__all__ = ["StreamOwner"]


class StreamOwner(Protocol):
    """What a stream asks of the hub it belongs to; every method may be called from any thread."""

    @property
    def hub(self) -> "Hub": ...

    @property
    def port(self) -> int: ...

    def ws_url(self, name: str) -> str: ...

    def client_count(self, name: str) -> int: ...

    def deliver(self, stream: "Stream", rendition: Rendition, packet: Packet) -> None: ...

    def notify(self, stream: "Stream", text: str) -> None: ...

    def show_cursor(self, stream: "Stream") -> None: ...

    def copy_text(self, stream: "Stream", text: str) -> None: ...

    def restart_encoding(self, stream: "Stream") -> None: ...

    def iterate_events(self, stream: "Stream", queue: EventQueue) -> AsyncIterator[InputEvent]: ...

    def close_stream(self, stream: "Stream") -> None: ...

    async def aclose_stream(self, stream: "Stream") -> None: ...
