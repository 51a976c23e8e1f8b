"""A rendition that viewers use, with its newest packet, its rate limit and its timers."""

import asyncio
import contextlib
import math
from collections.abc import Callable

from marimo_rfb.flow.debouncer import Debouncer
from marimo_rfb.flow.frame_rate_limiter import FrameRateLimiter
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import Feed
from marimo_rfb.wire.packet import Packet

__all__ = ["GRACE_S", "ActiveRendition"]

# Pages that are reloaded, or change their minds, find the encoding that they had, and its newest picture. So a stream
# makes at most one encoder a second for each encoding, however many viewers come and go.
GRACE_S = 1.0


class ActiveRendition:
    """Encodes a stream's frames one way, at most `max_fps` times a second. On the hub's loop only.

    Args:
        feed: whose frames to encode, by its present options.
        encoding: how to encode them.
        deliver: takes this and each packet, on the hub's loop.

    Attributes:
        newest: the packet that came last.
        is_suspended: whether nobody watches; then it ends after a while.
    """

    def __init__(self, feed: Feed, encoding: Encoding, *, deliver: Callable[["ActiveRendition", Packet], None]) -> None:
        loop, options = asyncio.get_running_loop(), feed.options

        def deliver_soon(packet: Packet) -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed, and every viewer disconnected before
                loop.call_soon_threadsafe(deliver, self, packet)

        self.newest: Packet | None = None
        self._feed = feed
        self._rendition = encoding.start_rendition(feed, deliver=deliver_soon)
        caps = [max_fps for max_fps in (options.max_fps, encoding.level.max_fps) if max_fps is not None]
        self._limiter = FrameRateLimiter()
        self._limiter.set_max_fps(min(caps, default=None))
        self._timer: asyncio.TimerHandle | None = None
        self._grace_timer: asyncio.TimerHandle | None = None
        self._debouncer = Debouncer(math.inf if options.settle is None else options.settle)
        self._settle_timer: asyncio.TimerHandle | None = None

    @property
    def is_suspended(self) -> bool:
        return self._grace_timer is not None

    def on_packet(self, packet: Packet) -> None:
        """Keep `packet` for viewers to come, and count it for the rate limit and for the settled picture."""
        self.newest = packet
        self._limiter.on_frame(_now_s())
        if not packet.is_final:
            self._debouncer.on_change(_now_s())

    def request_frame(self) -> None:
        """Have the newest frame encoded, or the next one there will be, as soon as the rate limit allows."""
        wait_s = self._limiter.wait_s(_now_s())
        if wait_s <= 0:
            self._rendition.request_frame()
        elif self._timer is None or self._timer.cancelled() or self._timer.when() <= _now_s():
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._rendition.request_frame)

    def schedule_settle(self) -> None:
        """Have the picture encoded as well as can be once it has rested. One timer does for any number of changes."""
        if self._settle_timer is None and self._debouncer.due_s < math.inf:
            self._settle_timer = asyncio.get_running_loop().call_at(self._debouncer.due_s, self._settle)

    def suspend(self, end: Callable[[], None]) -> None:
        """Encode nothing while nobody watches, and call `end` when nobody has come back in time."""
        self._cancel_timers()
        self._rendition.suspend()
        self._grace_timer = asyncio.get_running_loop().call_later(GRACE_S, end)

    def resume(self) -> None:
        """Stay: somebody watches."""
        if self._grace_timer is not None:
            self._grace_timer.cancel()
        self._grace_timer = None

    def close(self) -> None:
        """Encode nothing more. Twice is fine."""
        self._cancel_timers()
        self._feed.remove_rendition(self._rendition)
        self._rendition.close()

    def _cancel_timers(self) -> None:
        self.resume()
        if self._timer is not None:
            self._timer.cancel()
        if self._settle_timer is not None:
            self._settle_timer.cancel()
        self._settle_timer = None

    def _settle(self) -> None:
        self._settle_timer = None
        if self._debouncer.take(_now_s()):
            self._rendition.settle()
        else:
            self.schedule_settle()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
