"""The viewers of one stream: the same bytes to everyone who has credit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from websockets.asyncio.server import broadcast

from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.packet import Packet

if TYPE_CHECKING:
    from marimo_rfb.hub.connection import Connection

__all__ = ["Fanout"]


class _Track:
    """A rendition with what was last sent of it."""

    def __init__(self, rendition: Rendition) -> None:
        self.rendition = rendition
        self.newest: Packet | None = None
        self.due_s = 0.0
        self.timer: asyncio.TimerHandle | None = None


class Fanout:
    """Connects the renditions of a stream with its viewers. On the hub's loop only."""

    def __init__(self, stream: Stream, loop: asyncio.AbstractEventLoop) -> None:
        self.stream = stream
        self.connections: set[Connection] = set()
        self._loop = loop
        self._tracks: dict[str, _Track] = {}
        self._notice = ""

    def join(self, connection: Connection) -> None:
        """Let a viewer have pictures from now on, beginning with the newest there is."""
        self.connections.add(connection)
        if self._notice:
            connection.viewer.notify(self._notice)
        self.pump(connection)

    def leave(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self._drop_unused()

    def deliver(self, rendition: Rendition, packet: Packet) -> None:
        """Send a new packet to every viewer of its rendition that has credit."""
        track = next((t for t in self._tracks.values() if t.rendition is rendition), None)
        if track is None:  # its last viewer left while it was encoded
            return
        track.newest = packet
        if self.stream.options.fps is not None:
            track.due_s = (
                max(track.due_s, self._loop.time() - 1 / self.stream.options.fps) + 1 / self.stream.options.fps
            )
        watching = [c for c in self.connections if self._tracks.get(c.viewer.transport) is track]
        broadcast([c.socket for c in watching if c.viewer.offer(packet)], packet.message)
        if any(c.viewer.ready for c in watching):
            self._ask(track)

    def pump(self, connection: Connection) -> None:
        """Give a viewer whose credit may have returned the newest picture, or ask for one."""
        viewer = connection.viewer
        if not viewer.ready:
            return
        track = self._track(viewer.transport)
        # Even when a newer frame waits to be encoded: if that turns out to be equal, there will be no other packet.
        if track.newest is not None and viewer.offer(track.newest):
            broadcast([connection.socket], track.newest.message)
        if viewer.ready:
            self._ask(track)

    def notify(self, text: str) -> None:
        """Show `text` over the picture of every viewer, those to come included."""
        self._notice = text
        for connection in self.connections:
            connection.viewer.notify(text)
            connection.flush()

    def switched(self, connection: Connection) -> None:
        """Note that a viewer chose another transport."""
        self._drop_unused()
        self.pump(connection)

    def close(self) -> None:
        """Stop encoding and refuse further frames; the sockets are closed by the listener."""
        self.connections.clear()
        self._drop_unused()
        self.stream.mark_closed()

    def _track(self, transport: str) -> _Track:
        if transport not in self._tracks:
            self._tracks[transport] = _Track(self.stream.add_rendition(transport))
        return self._tracks[transport]

    def _ask(self, track: _Track) -> None:
        wait_s = track.due_s - self._loop.time()
        if wait_s <= 0:
            track.rendition.want()
        elif track.timer is None or track.timer.cancelled() or track.timer.when() <= self._loop.time():
            track.timer = self._loop.call_later(wait_s, track.rendition.want)

    def _drop_unused(self) -> None:
        used = {c.viewer.transport for c in self.connections}
        for transport in [t for t in self._tracks if t not in used]:
            track = self._tracks.pop(transport)
            if track.timer is not None:
                track.timer.cancel()
            self.stream.drop_rendition(track.rendition)
