"""A rendition in use, with its newest packets, its rate limit and its timers."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Collection, Sequence

from marimo_rfb.flow.debouncer import Debouncer
from marimo_rfb.flow.frame_rate_limiter import FrameRateLimiter
from marimo_rfb.hub.event_loop import now_s
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import Feed
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import PictureState

__all__ = ["GRACE_S", "ActiveRendition"]

# Within this time, pages that reload or switch back reuse their encoding and its newest picture. So a stream makes at
# most one encoder per second and encoding, however many viewers join and leave.
GRACE_S = 1.0
# While parts of a picture move, what has come to rest since is improved this often.
_REST_INTERVAL_S = 0.5

Deliver = Callable[["ActiveRendition", Sequence[Packet]], None]


class ActiveRendition:
    """Encodes a stream's frames with one encoding, at most `max_fps` per second. Hub's loop only.

    Args:
        feed: the source of frames, encoded with its current options.
        encoding: how to encode them.
        deliver: called with this object and the packets of each picture, on the hub's loop.
        on_rest: called with this object when a picture begins to rest.

    Attributes:
        newest: the packets of the newest picture: of what changed, of the whole, or both; and of what improves it.
        is_resting: whether the newest picture has not changed for so long that it is sent in the best quality.
        is_suspended: whether no viewer uses it; it ends after `GRACE_S`.
    """

    def __init__(
        self, feed: Feed, encoding: Encoding, *, deliver: Deliver, on_rest: "Callable[[ActiveRendition], None]"
    ) -> None:
        loop, options = asyncio.get_running_loop(), feed.options

        def deliver_soon(packets: Sequence[Packet]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, after every viewer was disconnected
                loop.call_soon_threadsafe(deliver, self, packets)

        self.newest: tuple[Packet, ...] = ()
        self.is_resting = False
        self._deliveries = 0
        self._on_rest = on_rest
        self._feed = feed
        self._rendition = encoding.start_rendition(feed, deliver=deliver_soon)
        caps = [max_fps for max_fps in (options.max_fps, encoding.level.max_fps) if max_fps is not None]
        self._limiter = FrameRateLimiter()
        self._limiter.set_max_fps(min(caps, default=None))
        self._wanted: set[PictureState | None] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._grace_timer: asyncio.TimerHandle | None = None
        self._rest_s = math.inf if options.settle is None else options.settle
        self._rest_due_s = 0.0
        self._debouncer = Debouncer(self._rest_s)
        self._debouncer.on_change(now_s())  # a viewer may come with the newest picture, from another rendition
        self._settle_timer: asyncio.TimerHandle | None = None

    @property
    def is_suspended(self) -> bool:
        return self._grace_timer is not None

    @property
    def is_refining(self) -> bool:
        """Whether the newest picture is being encoded in better quality, because it rests."""
        return self._rendition.is_refining

    def on_packets(self, packets: Sequence[Packet]) -> None:
        """Keep `packets` for viewers that join later, and record them for the rate limit and the settle debouncer."""
        self._deliveries += 1
        self._wanted.clear()  # by viewers that may have had it now, and ask again
        # Of two wholes, or of two that say what changed since a frame, the later one is better.
        self.newest = (
            *(each for each in self.newest if not any(_replaces(packet, each) for packet in packets)),
            *packets,
        )
        if not all(packet.is_settled for packet in packets):
            self.is_resting = False
            self._limiter.on_frame(now_s())
            self._debouncer.on_change(now_s())

    def request_frame(self, state: PictureState | None) -> None:
        """Request the newest frame for a viewer that has `state`, or the next one, as soon as the rate limit allows."""
        self._wanted.add(state)
        wait_s = self._limiter.wait_s(now_s())
        if wait_s <= 0:
            self._request_frames()
        elif self._timer is None or self._timer.cancelled() or self._timer.when() <= now_s():
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._request_frames)

    def _request_frames(self) -> None:
        wanted, self._wanted = self._wanted, set()
        for state in wanted:
            self._rendition.request_frame(state, seen=self._deliveries)

    def refine(self, states: Collection[PictureState], *, max_bytes: int) -> None:
        """Encode the newest picture in better quality for viewers that have `states`; see `Rendition.refine`."""
        self._rendition.refine(states, max_bytes=max_bytes)

    @property
    def may_refine_rest(self) -> bool:
        """Whether what rests may be improved beside what moves: what moves is sent in parts, and it is time for it."""
        in_parts = any(not each.is_settled and each.update.base_seq is not None for each in self.newest)
        is_time = not self._rendition.is_rest_refined or now_s() >= self._rest_due_s
        return in_parts and is_time and self._rest_s < math.inf

    def refine_rest(self, states: Collection[PictureState], *, max_bytes: int) -> None:
        """Encode a piece of what rests in the newest picture in better quality, although other parts of it move."""
        self._rest_due_s = now_s() + _REST_INTERVAL_S
        self._rendition.refine(states, max_bytes=max_bytes, rest_s=self._rest_s)

    def schedule_settle(self) -> None:
        """Schedule the settled picture. One timer covers any number of changes."""
        if self._settle_timer is None and self._debouncer.due_s < math.inf:
            self._settle_timer = asyncio.get_running_loop().call_at(self._debouncer.due_s, self._settle)

    def suspend(self, end: Callable[[], None]) -> None:
        """Stop encoding because no viewer is left; call `end` unless `resume` is called within `GRACE_S`."""
        self._cancel_timers()
        self._rendition.suspend()
        self._grace_timer = asyncio.get_running_loop().call_later(GRACE_S, end)

    def resume(self) -> None:
        """Cancel the suspension, because a viewer uses the rendition."""
        if self._grace_timer is None:
            return
        self._grace_timer.cancel()
        self._grace_timer = None
        self.is_resting = False
        self._debouncer.on_change(now_s())

    def close(self) -> None:
        """Stop encoding for good. Idempotent."""
        self._cancel_timers()
        self._feed.remove_rendition(self._rendition)
        self._rendition.close()

    def _cancel_timers(self) -> None:
        self.resume()
        self._wanted.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._settle_timer is not None:
            self._settle_timer.cancel()
        self._settle_timer = None

    def _settle(self) -> None:
        self._settle_timer = None
        if self._debouncer.take(now_s()):
            self.is_resting = True
            self._on_rest(self)
        else:
            self.schedule_settle()


def _replaces(packet: Packet, other: Packet) -> bool:
    new, old = packet.update, other.update
    is_piece = new.is_settled and new.base_seq is not None
    return old.frame_seq < new.frame_seq or (new.base_seq == old.base_seq and not is_piece)
