"""The viewers of one stream: the same bytes to everyone who has credit."""

from __future__ import annotations

import asyncio
import logging
import math
from functools import partial
from typing import TYPE_CHECKING

from marimo_rfb.flow.debouncer import Debouncer
from marimo_rfb.flow.frame_rate_limiter import FrameRateLimiter
from marimo_rfb.flow.resize_debouncer import ResizeDebouncer
from marimo_rfb.flow.token_bucket import TokenBucket
from marimo_rfb.frame import MAX_SIDE
from marimo_rfb.hub.tickets import Tickets
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.viewer_protocol import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from marimo_rfb.hub.connection import Connection

__all__ = ["Fanout"]

log = logging.getLogger(__name__)

# Pages that are reloaded, or change their minds, find the encoding that they had, and its newest picture. So a stream
# makes at most one encoder a second for each encoding, however many viewers come and go.
GRACE_S = 1.0
# Who watches is told to cells, which may run again for it. A page whose layout settles has some changes at once.
MAX_AUDIENCE_UPDATES_HZ = 20
AUDIENCE_UPDATES_BURST = 20


class _ActiveRendition:
    """A rendition with what was last sent of it."""

    def __init__(self, rendition: Rendition, *, max_fps: float | None, settle_s: float | None) -> None:
        self.rendition = rendition
        self.newest: Packet | None = None
        self.limiter = FrameRateLimiter()
        self.limiter.set_max_fps(max_fps)
        self.timer: asyncio.TimerHandle | None = None
        # Set while nobody watches; then it goes.
        self.grace_timer: asyncio.TimerHandle | None = None
        self.debouncer = Debouncer(math.inf if settle_s is None else settle_s)
        self.settle_timer: asyncio.TimerHandle | None = None

    def suspend(self, end: Callable[[], None]) -> None:
        """Encode nothing while nobody watches, and call `end` when nobody has come back."""
        self.stop()
        self.rendition.suspend()
        self.grace_timer = asyncio.get_running_loop().call_later(GRACE_S, end)

    def resume(self) -> None:
        """Note that somebody watches."""
        if self.grace_timer is not None:
            self.grace_timer.cancel()
        self.grace_timer = None

    def stop(self) -> None:
        """Ask for nothing more."""
        self.resume()
        if self.timer is not None:
            self.timer.cancel()
        if self.settle_timer is not None:
            self.settle_timer.cancel()
        self.settle_timer = None

    def schedule_settle(self) -> None:
        """Have the picture encoded as well as can be once it has rested. One timer does for any number of changes."""
        if self.settle_timer is None and self.debouncer.due_s < math.inf:
            self.settle_timer = asyncio.get_running_loop().call_at(self.debouncer.due_s, self._settle)

    def _settle(self) -> None:
        self.settle_timer = None
        if self.debouncer.take(_now_s()):
            self.rendition.settle()
        else:
            self.schedule_settle()


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
        self.connections: set[Connection] = set()
        self._active: dict[Encoding, _ActiveRendition] = {}
        self._resize = ResizeDebouncer(max_side=MAX_SIDE)
        self._resize_timer: asyncio.TimerHandle | None = None
        self._audience_updates = TokenBucket(rate_hz=MAX_AUDIENCE_UPDATES_HZ, burst=AUDIENCE_UPDATES_BURST)
        self._audience_timer: asyncio.TimerHandle | None = None

    def join(self, connection: Connection) -> None:
        """Let a viewer have pictures from now on, beginning with the newest there is."""
        self.connections.add(connection)
        self.update_audience()
        if self.stream.notice:
            connection.viewer.notify(self.stream.notice)
        if self.stream.cursor:
            connection.viewer.show_cursor(self.stream.cursor)
        self.try_send(connection)

    def leave(self, connection: Connection) -> None:
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

    def deliver(self, rendition: Rendition, packet: Packet) -> None:
        """Send a new packet to every viewer of its rendition that has credit."""
        active = next((t for t in self._active.values() if t.rendition is rendition), None)
        if active is None:  # its last viewer left while it was encoded
            return
        watching = [c for c in self.connections if self._active.get(c.encoding) is active]
        if any(c.viewer.saw_newer(packet) for c in watching):
            # Pictures that come to rest get another number, and what a viewer gets has numbers that rise.
            packet = self.feed.renumber(packet)
        active.newest = packet
        active.limiter.on_frame(_now_s())
        if not packet.is_final:
            active.debouncer.on_change(_now_s())
        for connection in watching:
            if connection.send(packet):
                active.schedule_settle()
        if any(c.ready for c in watching):
            self._request_frame(active)

    def try_send(self, connection: Connection) -> None:
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
            self._request_frame(active)

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

    def on_rendition_changed(self, connection: Connection) -> None:
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

    def _activate(self, connection: Connection) -> _ActiveRendition:
        encoding, options = connection.encoding, self.stream.options
        if encoding not in self._active:
            caps = [fps for fps in (options.max_fps, encoding.level.max_fps) if fps is not None]
            self._active[encoding] = _ActiveRendition(
                self.feed.add_rendition(encoding), max_fps=min(caps, default=None), settle_s=options.settle
            )
        active = self._active[encoding]
        active.resume()
        return active

    def _request_frame(self, active: _ActiveRendition) -> None:
        wait_s = active.limiter.wait_s(_now_s())
        if wait_s <= 0:
            active.rendition.request_frame()
        elif active.timer is None or active.timer.cancelled() or active.timer.when() <= _now_s():
            active.timer = asyncio.get_running_loop().call_later(wait_s, active.rendition.request_frame)

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
            if encoding not in used and active.grace_timer is None:
                active.suspend(partial(self._drop, encoding))

    def _drop_all(self) -> None:
        for encoding in list(self._active):
            self._drop(encoding)

    def _drop(self, encoding: Encoding) -> None:
        active = self._active.pop(encoding)
        active.stop()
        self.feed.remove_rendition(active.rendition)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
