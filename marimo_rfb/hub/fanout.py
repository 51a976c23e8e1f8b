"""Fanout of one stream: sends the same bytes to every viewer with credit."""

import asyncio
import logging
import math
from collections.abc import Sequence
from functools import partial

from marimo_rfb.flow.resize_debouncer import ResizeDebouncer
from marimo_rfb.flow.shared_layers import shared_layer
from marimo_rfb.flow.token_bucket import TokenBucket
from marimo_rfb.frame import MAX_SIDE
from marimo_rfb.hub.active_rendition import ActiveRendition
from marimo_rfb.hub.event_loop import now_s
from marimo_rfb.hub.subscriber import Subscriber
from marimo_rfb.hub.tickets import Tickets
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import FileHeader, ServerMessage
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.viewer_protocol import Phase

__all__ = ["Fanout"]

log = logging.getLogger(__name__)

# Audience changes may re-run cells, so they are limited. The burst allows for a page whose layout is settling.
MAX_AUDIENCE_UPDATES_HZ = 20
AUDIENCE_UPDATES_BURST = 20


class Fanout:
    """Connects the renditions of a stream with its viewers. Hub's loop only.

    Attributes:
        stream: the stream that the viewers watch.
        feed: its internal side.
        tickets: short-lived replacements of its token; any thread.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.feed = feed_of(stream)
        self.tickets = Tickets()
        self.connections: set[Subscriber] = set()
        self._active: dict[Encoding, ActiveRendition] = {}
        self._resize = ResizeDebouncer(max_side=MAX_SIDE)
        self._resize_timer: asyncio.TimerHandle | None = None
        self._audience_updates = TokenBucket(rate_hz=MAX_AUDIENCE_UPDATES_HZ, burst=AUDIENCE_UPDATES_BURST)
        self._audience_timer: asyncio.TimerHandle | None = None

    def join(self, connection: Subscriber) -> None:
        """Add a viewer and send it the newest picture."""
        self.connections.add(connection)
        self.update_audience()
        for message in self.feed.posted:
            connection.viewer.post(message)
        self.try_send(connection)

    def leave(self, connection: Subscriber) -> None:
        """Remove a viewer. Idempotent."""
        self.connections.discard(connection)
        self.update_audience()
        self._suspend_unused()

    def schedule_audience_update(self) -> None:
        """Update the audience after a viewer was hidden, shown or resized, within the rate limit."""
        if self._audience_timer is not None:
            return
        if self._audience_updates.take(now_s()):
            self.update_audience()
        else:
            wait_s = self._audience_updates.wait_s(now_s())
            self._audience_timer = asyncio.get_running_loop().call_later(wait_s, self._on_audience_timer)

    def update_audience(self) -> None:
        """Update the stream's audience after a viewer joined, left, or was hidden, shown or resized."""
        viewers = [connection.viewer for connection in self.connections]
        audience = self.stream.audience
        views = [(viewer.size, viewer.pixel_ratio) for viewer in viewers if viewer.visible and viewer.size is not None]
        size, pixel_ratio = max(
            views, key=lambda view: view[0][0] * view[0][1], default=(audience.size, audience.pixel_ratio)
        )
        audience.update(
            viewers=len(viewers),
            watching=sum(viewer.visible for viewer in viewers),
            size=size,
            pixel_ratio=pixel_ratio,
        )
        self._follow_size()

    def deliver(self, active: ActiveRendition, packets: Sequence[Packet]) -> None:
        """Send the packets of a new picture, each to the viewers of its rendition that have credit and can show it."""
        watching = self._watching(active)
        # Settled pictures get a new number, and the numbers that a viewer receives must increase.
        packets = [
            self.feed.renumber(packet) if any(c.viewer.saw_newer(packet) for c in watching) else packet
            for packet in packets
        ]
        active.on_packets(packets)
        for connection in watching:
            self._send_newest(connection, active)
        for connection in watching:
            self._request(connection, active)
        self._refine_rest(active)

    def try_send(self, connection: Subscriber) -> None:
        """Send the newest picture to a viewer that may have credit again, or request one."""
        if not connection.ready:
            return
        active = self._activate(connection)
        # Even if a newer frame waits to be encoded: if that frame is equal, there will be no other packet.
        self._send_newest(connection, active)
        self._request(connection, active)

    def _watching(self, active: ActiveRendition) -> list[Subscriber]:
        return [connection for connection in self.connections if self._active.get(connection.encoding) is active]

    def _send_newest(self, connection: Subscriber, active: ActiveRendition) -> None:
        viewer = connection.viewer
        for packet in active.newest:
            if packet.is_settled and not (active.is_resting or connection.may_refine_rest):
                continue
            if viewer.phase is Phase.WAITING_KEY and viewer.saw_newer(packet):
                # For this viewer alone: to the other viewers of the rendition it would be a new picture.
                packet = self.feed.renumber(packet)
            if connection.send(packet) and packet.is_settled:
                # Without credit for it, so that the next frame takes the place of the pieces that are left.
                active.request_frame(viewer.state)
                self._refine_rest(active)

    def _request(self, connection: Subscriber, active: ActiveRendition) -> None:
        """Request what a viewer is ready for: the next picture, and a better one of the picture that rests."""
        if not connection.ready:
            return
        active.request_frame(connection.viewer.state)
        if connection.lacks_quality:
            if active.is_resting:
                self._refine(active)
            else:
                active.schedule_settle()

    def _refine(self, active: ActiveRendition) -> None:
        """Request better quality for all viewers of a rendition that are ready for it."""
        if active.is_refining:
            return
        lacking = [c for c in self._watching(active) if c.ready and c.lacks_quality]
        states = {c.viewer.state for c in lacking if c.viewer.state is not None}
        if states:
            active.refine(states, max_bytes=min(c.piece_bytes for c in lacking))

    def _refine_rest(self, active: ActiveRendition) -> None:
        """Request better quality of what rests in a picture of which other parts move."""
        if active.is_resting or not active.may_refine_rest:
            return
        watching = self._watching(active)
        lacking = [c for c in watching if c.viewer.visible and c.lacks_quality and c.may_refine_rest]
        states = {c.viewer.state for c in lacking if c.viewer.state is not None}
        if states:
            active.refine_rest(states, max_bytes=min(c.rest_piece_bytes for c in lacking))

    def post(self, message: ServerMessage) -> None:
        """Send `message` to every current viewer that supports it."""
        for connection in self.connections:
            connection.viewer.post(message)
            connection.flush()

    def send_file(self, viewer: str, header: FileHeader, content: bytes) -> None:
        """Send a file to one viewer, if it is still connected and supports that."""
        for connection in self.connections:
            if connection.id == viewer:
                connection.send_file(header, content)

    def restart_encoding(self) -> None:
        """Restart all renditions with the stream's current options, beginning with the newest frame."""
        self._follow_size()
        self._drop_all()
        for connection in self.connections:
            connection.viewer.restart()
            self.try_send(connection)

    def shared_layer(self, connection: Subscriber, wanted: int, *, last: int) -> int:
        """Return the layer for a viewer that wants layer `wanted`; see `flow.shared_layers`."""
        others = (c for c in self.connections if c is not connection and c.viewer.codec == connection.viewer.codec)
        return shared_layer(wanted, {c.layer for c in others if c.layer is not None}, last=last)

    def on_rendition_changed(self, connection: Subscriber) -> None:
        """Switch a viewer to the rendition of its new codec or quality level."""
        self._suspend_unused()
        self.try_send(connection)

    def close(self) -> None:
        """Stop encoding and reject further frames; the listener closes the sockets."""
        self.connections.clear()
        self.update_audience()
        self._drop_all()
        self._stop_following()
        if self._audience_timer is not None:
            self._audience_timer.cancel()
        self.feed.close()

    def _activate(self, connection: Subscriber) -> ActiveRendition:
        encoding = connection.encoding
        if encoding not in self._active:
            self._active[encoding] = ActiveRendition(self.feed, encoding, deliver=self.deliver, on_rest=self._refine)
        active = self._active[encoding]
        active.resume()
        return active

    def _follow_size(self) -> None:
        """Report the size of the largest view to the debouncer, and schedule its next update."""
        audience, resize = self.stream.audience, self._resize
        self._stop_following()
        if self.stream.options.resize_policy == "fixed":
            return audience.set_target_size(None)
        if audience.size is None or self.stream.closed:
            return
        was_detected = resize.loop_detected
        resize.report(audience.size, now_s())
        resize.update(now_s())
        if resize.loop_detected and not was_detected:
            log.warning(
                "the view of stream %r grows with its picture, so its growth is ignored from now on; "
                "give the view a height, or an aspect without a border",
                self.stream.name,
            )
        audience.set_target_size(resize.size)
        if resize.due_s < math.inf:
            self._resize_timer = asyncio.get_running_loop().call_at(resize.due_s, self._follow_size)

    def _stop_following(self) -> None:
        if self._resize_timer is not None:
            self._resize_timer.cancel()
        self._resize_timer = None

    def _on_audience_timer(self) -> None:
        self._audience_timer = None
        self.schedule_audience_update()  # not `update_audience`, because a timer may fire early

    def _suspend_unused(self) -> None:
        used = {c.encoding for c in self.connections}
        for encoding, active in self._active.items():
            if encoding not in used and not active.is_suspended:
                active.suspend(partial(self._drop, encoding))

    def _drop_all(self) -> None:
        for encoding in list(self._active):
            self._drop(encoding)

    def _drop(self, encoding: Encoding) -> None:
        self._active.pop(encoding).close()
