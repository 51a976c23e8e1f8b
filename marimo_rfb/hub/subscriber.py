"""What a fanout needs of whoever gets a stream's pictures."""

from collections.abc import Mapping
from typing import Protocol

from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.wire.messages import CloseCode
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.viewer_protocol import ViewerProtocol

__all__ = ["Subscriber"]


class Subscriber(Protocol):
    """One viewer of a stream, as its fanout sees it. On the hub's loop only."""

    @property
    def viewer(self) -> ViewerProtocol:
        """The viewer's session."""
        ...

    @property
    def encoding(self) -> Encoding:
        """How its pictures are encoded; viewers with equal ones share a rendition."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a picture could be sent now."""
        ...

    def send(self, packet: Packet) -> bool:
        """Send a picture if the viewer can take it now, and return whether it was sent."""
        ...

    def flush(self) -> None:
        """Carry out what its session decided."""
        ...

    def describe(self) -> Mapping[str, object]:
        """Return what the metrics report about it."""
        ...

    def close(self, code: CloseCode, reason: str) -> None:
        """Close its socket."""
        ...

    async def closed(self) -> None:
        """Wait until its socket is closed."""
        ...
