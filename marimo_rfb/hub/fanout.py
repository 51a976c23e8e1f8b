"""The viewers of one stream: the same bytes to everyone who has credit."""

from __future__ import annotations

import asyncio
import logging
import math
from functools import partial
from typing import TYPE_CHECKING

from marimo_rfb.flow.resize import Fit
from marimo_rfb.flow.settle import RestTimer
from marimo_rfb.flow.spacing import Spacing
from marimo_rfb.flow.token_bucket import TokenBucket
from marimo_rfb.frame import MAX_SIDE
from marimo_rfb.hub.tickets import Tickets
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stream import Stream
from marimo_rfb.viewer import Phase
from marimo_rfb.wire.packet import Packet

if TYPE_CHECKING:
    from collections.abc import Callable

    from marimo_rfb.hub.connection import Connection

__all__ = ["Fanout"]

log = logging.getLogger(__name__)

# Pages that are reloaded, or change their minds, find the encoding that they had, and its newest picture. So a stream
# makes at most one encoder a second for each encoding, however many viewers come and go.
GRACE_S = 1.0
# Who watches is told to cells, which may run again for it. A page whose layout settles has some changes at once.
MAX_RECOUNTS_HZ = 20
RECOUNTS_BURST = 20


class _Track:
    """A rendition with what was last sent of it."""

    def __init__(self, rendition: Rendition, *, fps: float | None, settle_s: float | None) -> None:
        self.rendition = rendition
        self.newest: Packet | None = None
        self.spacing = Spacing()
        self.spacing.limit(fps)
        self.timer: asyncio.TimerHandle | None = None
        # Set while nobody watches; then it goes.
        self.grace: asyncio.TimerHandle | None = None
        self.rest_timer = RestTimer(math.inf if settle_s is None else settle_s)
        self.settling: asyncio.TimerHandle | None = None

    def rest(self, end: Callable[[], None]) -> None:
        """Encode nothing while nobody watches, and call `end` when nobody has come back."""
        self.stop()
        self.rendition.rest()
        self.grace = asyncio.get_running_loop().call_later(GRACE_S, end)

    def resume(self) -> None:
        """Note that somebody watches."""
        if self.grace is not None:
            self.grace.cancel()
        self.grace = None

    def stop(self) -> None:
        """Ask for nothing more."""
        self.resume()
        if self.timer is not None:
            self.timer.cancel()
        if self.settling is not None:
            self.settling.cancel()
        self.settling = None

    def settle_in_time(self) -> None:
        """Have the picture encoded as well as can be once it has rested. One timer does for any number of changes."""
        if self.settling is None and self.rest_timer.due_s < math.inf:
            self.settling = asyncio.get_running_loop().call_at(self.rest_timer.due_s, self._settle)

    def _settle(self) -> None:
        self.settling = None
        if self.rest_timer.take(_now_s()):
            self.rendition.settle()
        else:
            self.settle_in_time()


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
        self._tracks: dict[Encoding, _Track] = {}
        self._fit = Fit(max_side=MAX_SIDE)
        self._fit_timer: asyncio.TimerHandle | None = None
        self._recounts = TokenBucket(rate_hz=MAX_RECOUNTS_HZ, burst=RECOUNTS_BURST)
        self._recount_timer: asyncio.TimerHandle | None = None

    def join(self, connection: Connection) -> None:
        """Let a viewer have pictures from now on, beginning with the newest there is."""
        self.connections.add(connection)
        self.recount()
        if self.stream.notice:
            connection.viewer.notify(self.stream.notice)
        if self.stream.cursor:
            connection.viewer.show_cursor(self.stream.cursor)
        self.pump(connection)

    def leave(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self.recount()
        self._rest_unused()

    def recount_soon(self) -> None:
        """Note that a viewer was hidden, shown or resized, as it may be any number of times a second."""
        if self._recount_timer is not None:
            return
        if self._recounts.take(_now_s()):
            self.recount()
        else:
            wait_s = self._recounts.wait_s(_now_s())
            self._recount_timer = asyncio.get_running_loop().call_later(wait_s, self._recount_late)

    def recount(self) -> None:
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
        track = next((t for t in self._tracks.values() if t.rendition is rendition), None)
        if track is None:  # its last viewer left while it was encoded
            return
        watching = [c for c in self.connections if self._tracks.get(c.encoding) is track]
        if any(c.viewer.had_later(packet) for c in watching):
            # Pictures that come to rest get another number, and what a viewer gets has numbers that rise.
            packet = self.feed.renumber(packet)
        track.newest = packet
        track.spacing.came(_now_s())
        if not packet.is_final:
            track.rest_timer.change(_now_s())
        for connection in watching:
            if connection.send(packet):
                track.settle_in_time()
        if any(c.ready for c in watching):
            self._ask(track)

    def pump(self, connection: Connection) -> None:
        """Give a viewer whose credit may have returned the newest picture, or ask for one."""
        if not connection.ready:
            return
        track = self._track(connection)
        # Even when a newer frame waits to be encoded: if that turns out to be equal, there will be no other packet.
        newest = track.newest
        if newest is not None and connection.viewer.phase is Phase.WAITING_KEY and connection.viewer.had_later(newest):
            # For this viewer alone: to the others on the track it would be another picture.
            newest = self.feed.renumber(newest)
        if newest is not None and connection.send(newest):
            track.settle_in_time()
        if connection.ready:
            self._ask(track)

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

    def encode_anew(self) -> None:
        """Start over with the stream's present options, and with the frame that is there."""
        self._follow_size()
        self._drop_all()
        for connection in self.connections:
            connection.viewer.start_over()
            self.pump(connection)

    def switched(self, connection: Connection) -> None:
        """Note that a viewer has another transport or grade from now on."""
        self._rest_unused()
        self.pump(connection)

    def close(self) -> None:
        """Stop encoding and refuse further frames; the sockets are closed by the listener."""
        self.connections.clear()
        self.recount()
        self._drop_all()
        self._stop_following()
        if self._recount_timer is not None:
            self._recount_timer.cancel()
        self.feed.close()

    def _track(self, connection: Connection) -> _Track:
        encoding, options = connection.encoding, self.stream.options
        if encoding not in self._tracks:
            limits = [fps for fps in (options.fps, encoding.grade.fps) if fps is not None]
            self._tracks[encoding] = _Track(
                self.feed.add_rendition(encoding), fps=min(limits, default=None), settle_s=options.settle
            )
        track = self._tracks[encoding]
        track.resume()
        return track

    def _ask(self, track: _Track) -> None:
        wait_s = track.spacing.wait_s(_now_s())
        if wait_s <= 0:
            track.rendition.want()
        elif track.timer is None or track.timer.cancelled() or track.timer.when() <= _now_s():
            track.timer = asyncio.get_running_loop().call_later(wait_s, track.rendition.want)

    def _follow_size(self) -> None:
        """Take in the size of the largest view, and come back when it may have rested."""
        audience, fit = self.stream.audience, self._fit
        self._stop_following()
        if self.stream.options.resize_policy == "fixed":
            return audience.aim(None)
        if audience.size is None or self.stream.closed:
            return
        was_held = fit.held
        fit.report(audience.size, _now_s())
        fit.settle(_now_s())
        if fit.held and not was_held:
            log.warning(
                "the view of stream %r grows with its picture, so its growth is not followed any longer; "
                "give the view a height, or an aspect without a border",
                self.stream.name,
            )
        audience.aim(fit.size)
        if fit.due_s < math.inf:
            self._fit_timer = asyncio.get_running_loop().call_at(fit.due_s, self._follow_size)

    def _stop_following(self) -> None:
        if self._fit_timer is not None:
            self._fit_timer.cancel()
        self._fit_timer = None

    def _recount_late(self) -> None:
        self._recount_timer = None
        self.recount_soon()  # and not at once, as a timer may come early

    def _rest_unused(self) -> None:
        used = {c.encoding for c in self.connections}
        for encoding, track in self._tracks.items():
            if encoding not in used and track.grace is None:
                track.rest(partial(self._drop, encoding))

    def _drop_all(self) -> None:
        for encoding in list(self._tracks):
            self._drop(encoding)

    def _drop(self, encoding: Encoding) -> None:
        track = self._tracks.pop(encoding)
        track.stop()
        self.feed.remove_rendition(track.rendition)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
