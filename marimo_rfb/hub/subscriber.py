"""Interface between a fanout and its viewers' connections."""

from collections.abc import Mapping
from typing import Protocol

from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.wire.messages import CloseCode, FileHeader
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.viewer_protocol import ViewerProtocol

__all__ = ["Subscriber"]


class Subscriber(Protocol):
    """One viewer of a stream, as its fanout sees it. Hub's loop only."""

    id: str

    @property
    def viewer(self) -> ViewerProtocol:
        """The viewer's session."""
        ...

    @property
    def encoding(self) -> Encoding:
        """How its pictures are encoded; viewers with equal encodings share a rendition."""
        ...

    @property
    def layer(self) -> int | None:
        """The number of its layer; `None` if it shares no layers."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a picture may be sent now."""
        ...

    @property
    def lacks_quality(self) -> bool:
        """Whether the picture that the viewer has can be sent in better quality."""
        ...

    @property
    def piece_bytes(self) -> int:
        """Size of a piece of such a picture that does not hold up the next live one."""
        ...

    @property
    def may_refine_rest(self) -> bool:
        """Whether what rests in a picture may be sent in better quality, although other parts of it move."""
        ...

    @property
    def rest_piece_bytes(self) -> int:
        """Size of a piece of that."""
        ...

    def send(self, packet: Packet) -> bool:
        """Send a picture if the viewer can take it now; return whether it was sent."""
        ...

    def send_file(self, header: FileHeader, content: bytes) -> None:
        """Send a file for the user to save, if the viewer supports that."""
        ...

    def flush(self) -> None:
        """Apply the output of its session."""
        ...

    def describe(self) -> Mapping[str, object]:
        """Return its metrics."""
        ...

    def close(self, code: CloseCode, reason: str) -> None:
        """Close its socket."""
        ...

    async def closed(self) -> None:
        """Wait until its socket is closed."""
        ...
