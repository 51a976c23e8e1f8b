"""The viewers of one stream: the same bytes to everyone who has credit."""

import asyncio
import logging
import math
from functools import partial

from marimo_rfb.flow.resize_debouncer import ResizeDebouncer
from marimo_rfb.flow.token_bucket import TokenBucket
from marimo_rfb.frame import MAX_SIDE
from marimo_rfb.hub.active_rendition import ActiveRendition
from marimo_rfb.hub.subscriber import Subscriber
from marimo_rfb.hub.tickets import Tickets
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.viewer_protocol import Phase

__all__ = ["Fanout"]

log = logging.getLogger(__name__)

# Who watches is told to cells, which may run again for it. A page whose layout settles has some changes at once.
MAX_AUDIENCE_UPDATES_HZ = 20
AUDIENCE_UPDATES_BURST = 20


class Fanout:
    """Connects the renditions of a stream with its viewers. On the hub's loop only.

    Attributes:
        stream: what the viewers see.
        feed: its inner side.
        tickets: what opens the stream for a while beside its token; of any thread.
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
        """Let a viewer have pictures from now on, beginning with the newest there is."""
        self.connections.add(connection)
        self.update_audience()
        if self.stream.notice:
            connection.viewer.notify(self.stream.notice)
        if self.stream.cursor:
            connection.viewer.show_cursor(self.stream.cursor)
        self.try_send(connection)

    def leave(self, connection: Subscriber) -> None:
        self.connections.discard(connection)
        self.update_audience()
        self._suspend_unused()

    def schedule_audience_update(self) -> None:
        """Note that a viewer was hidden, shown or resized, as it may be any number of times a second."""
        if self._audience_timer is not None:
            return
        if self._audience_updates.take(_now_s()):
            self.update_audience()
        else:
            wait_s = self._audience_updates.wait_s(_now_s())
            self._audience_timer = asyncio.get_running_loop().call_later(wait_s, self._on_audience_timer)

    def update_audience(self) -> None:
        """Tell the stream who watches: a viewer came, left, was hidden, shown or resized."""
        viewers = [connection.viewer for connection in self.connections]
        sizes = [viewer.size for viewer in viewers if viewer.visible and viewer.size is not None]
        self.stream.audience.update(
            viewers=len(viewers),
            watching=sum(viewer.visible for viewer in viewers),
            size=max(sizes, key=lambda size: size[0] * size[1], default=self.stream.audience.size),
        )
        self._follow_size()

    def deliver(self, active: ActiveRendition, packet: Packet) -> None:
        """Send a new packet to every viewer of its rendition that has credit."""
        watching = [c for c in self.connections if self._active.get(c.encoding) is active]
        if any(c.viewer.saw_newer(packet) for c in watching):
            # Pictures that come to rest get another number, and what a viewer gets has numbers that rise.
            packet = self.feed.renumber(packet)
        active.on_packet(packet)
        for connection in watching:
            if connection.send(packet):
                active.schedule_settle()
        if any(c.ready for c in watching):
            active.request_frame()

    def try_send(self, connection: Subscriber) -> None:
        """Give a viewer whose credit may have returned the newest picture, or ask for one."""
        if not connection.ready:
            return
        active = self._activate(connection)
        # Even when a newer frame waits to be encoded: if that turns out to be equal, there will be no other packet.
        newest = active.newest
        if newest is not None and connection.viewer.phase is Phase.WAITING_KEY and connection.viewer.saw_newer(newest):
            # For this viewer alone: to the others on the track it would be another picture.
            newest = self.feed.renumber(newest)
        if newest is not None and connection.send(newest):
            active.schedule_settle()
        if connection.ready:
            active.request_frame()

    def notify(self, text: str) -> None:
        """Show `text` over the picture of every viewer there is; those to come get the stream's as they join."""
        for connection in self.connections:
            connection.viewer.notify(text)
            connection.flush()

    def show_cursor(self) -> None:
        """Show every viewer the cursor that the stream has by now; those to come get theirs as they join."""
        for connection in self.connections:
            connection.viewer.show_cursor(self.stream.cursor)
            connection.flush()

    def copy_text(self, text: str) -> None:
        """Bring `text` to the clipboard of every viewer there is."""
        for connection in self.connections:
            connection.viewer.copy_text(text)
            connection.flush()

    def restart_encoding(self) -> None:
        """Start over with the stream's present options, and with the frame that is there."""
        self._follow_size()
        self._drop_all()
        for connection in self.connections:
            connection.viewer.restart()
            self.try_send(connection)

    def on_rendition_changed(self, connection: Subscriber) -> None:
        """Note that a viewer has another codec or quality level from now on."""
        self._suspend_unused()
        self.try_send(connection)

    def close(self) -> None:
        """Stop encoding and refuse further frames; the sockets are closed by the listener."""
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
            self._active[encoding] = ActiveRendition(self.feed, encoding, deliver=self.deliver)
        active = self._active[encoding]
        active.resume()
        return active

    def _follow_size(self) -> None:
        """Take in the size of the largest view, and come back when it may have rested."""
        audience, resize = self.stream.audience, self._resize
        self._stop_following()
        if self.stream.options.resize_policy == "fixed":
            return audience.set_target_size(None)
        if audience.size is None or self.stream.closed:
            return
        was_detected = resize.loop_detected
        resize.report(audience.size, _now_s())
        resize.update(_now_s())
        if resize.loop_detected and not was_detected:
            log.warning(
                "the view of stream %r grows with its picture, so its growth is not followed any longer; "
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
        self.schedule_audience_update()  # and not at once, as a timer may come early

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


def _now_s() -> float:
    return asyncio.get_running_loop().time()
