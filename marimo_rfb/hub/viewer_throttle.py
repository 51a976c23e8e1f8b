"""Per-viewer throttle: a limit of the frame rate, and pacing."""

import asyncio
from collections.abc import Callable

from marimo_rfb.flow.frame_rate_limiter import FrameRateLimiter
from marimo_rfb.hub.event_loop import now_s

__all__ = ["ViewerThrottle"]


class ViewerThrottle:
    """Enforces a viewer's own limit of the frame rate, and holds pictures back for pacing. Hub's loop only.

    Args:
        on_ready: called when the next picture may be sent.
    """

    def __init__(self, on_ready: Callable[[], None]) -> None:
        self._on_ready = on_ready
        self._limiter = FrameRateLimiter()
        self._is_limited = False
        self._held_until_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the next picture has to wait."""
        return self._timer is not None

    def set_max_fps(self, max_fps: float | None) -> None:
        """Set the maximum rate of pictures; `None` for no limit."""
        self._limiter.set_max_fps(max_fps)
        self._is_limited = max_fps is not None
        self._start_timer()

    def on_sent(self) -> None:
        """Record that a picture was sent."""
        if self._is_limited:
            self._limiter.on_frame(now_s())
            self._start_timer()

    def hold(self, wait_s: float) -> None:
        """Let the next picture wait for `wait_s` seconds, instead of what an earlier call said."""
        self._held_until_s = now_s() + wait_s
        if wait_s > 0 or self._timer is not None:
            self._start_timer()

    def stop(self) -> None:
        """End the wait without calling `on_ready`."""
        self._held_until_s = 0.0
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _start_timer(self) -> None:
        self._cancel()
        wait_s = max(self._limiter.wait_s(now_s()), self._held_until_s - now_s())
        if wait_s > 0:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._on_timer)

    def _on_timer(self) -> None:
        # A timer may fire slightly early, by the resolution of the clock.
        self._start_timer()
        if self._timer is None:
            self._on_ready()
