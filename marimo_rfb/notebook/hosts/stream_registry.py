"""Reference-counted registry of streams."""

import itertools
import re
import threading
import weakref
from collections.abc import Hashable
from typing import ClassVar

from marimo_rfb.fork import call_in_child
from marimo_rfb.notebook.hosts import shared_hub
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.rendering.animation import Animation, AnimationOptions
from marimo_rfb.notebook.rendering.render_function import RenderFunction
from marimo_rfb.stream.stream import Stream

__all__ = ["StreamLease", "StreamRegistry"]

_numbers = itertools.count(1)


class _LeasedStream:
    """A stream with its animation and its leases."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.animation: Animation | None = None
        self.leases: set[StreamLease] = set()
        self._lock = threading.Lock()
        # The render function of each lease; the newest one is used.
        self._renders: dict[StreamLease, tuple[RenderFunction, AnimationOptions]] = {}

    def animate(self, lease: "StreamLease", render: RenderFunction, options: AnimationOptions) -> Animation:
        with self._lock:
            self._renders.pop(lease, None)
            self._renders[lease] = render, options
            if self.animation is None:
                self.animation = Animation(self.stream, render, options)
            else:
                self.animation.replace_render(render, options)
            return self.animation

    def stop(self, lease: "StreamLease") -> None:
        """Withdraw the render function of `lease`, whose globals may be deleted; without any, end the animation."""
        with self._lock:
            if self.animation is None or self._renders.pop(lease, None) is None:
                return
            if self._renders:
                self.animation.replace_render(*list(self._renders.values())[-1])
                return
            animation, self.animation = self.animation, None
        animation.close()


class StreamRegistry:
    """The streams of one session, or of all sessions of one app. Any thread."""

    _of_apps: ClassVar[dict[str, "StreamRegistry"]] = {}
    _of_sessions: ClassVar["weakref.WeakKeyDictionary[Session, StreamRegistry]"] = weakref.WeakKeyDictionary()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leased: dict[Hashable, _LeasedStream] = {}

    @staticmethod
    def of_session(session: Session) -> "StreamRegistry":
        """Return the registry that the cells of a session share."""
        return StreamRegistry._of_sessions.setdefault(session, StreamRegistry())

    @staticmethod
    def of_app(path: str) -> "StreamRegistry":
        """Return the registry that all sessions of the app at `path` share."""
        return StreamRegistry._of_apps.setdefault(path, StreamRegistry())

    def lease(self, key: Hashable, name: str, size: tuple[int, int]) -> "StreamLease":
        """Return a lease of the stream of `key`, which is created if needed; releasing the last lease closes it.

        Args:
            key: identifies the stream in this registry.
            name: its display name; its name in the hub also has a number, because display names need not be unique.
            size: width and height of the picture before the first frame, pixels.
        """
        with self._lock:
            leased = self._leased.get(key)
            if leased is None or leased.stream.closed:
                slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")[:80] or "stream"
                stream = shared_hub.add_stream(f"{slug}~{next(_numbers)}", *size)
                leased = self._leased[key] = _LeasedStream(stream)
            lease = StreamLease(self, key, leased)
            leased.leases.add(lease)
        return lease

    def release(self, lease: "StreamLease") -> None:
        """Release a lease. Idempotent."""
        with self._lock:
            leased = lease.leased
            if lease not in leased.leases:
                return
            leased.leases.discard(lease)
            unused = not leased.leases
            if unused and self._leased.get(lease.key) is leased:
                del self._leased[lease.key]
        leased.stop(lease)
        if unused:
            shared_hub.close_in_background(leased.stream)


class StreamLease:
    """A lease keeps a stream open; a lease made by `of` does not own the stream and never closes it."""

    def __init__(self, streams: StreamRegistry | None, key: Hashable, leased: _LeasedStream) -> None:
        self.key = key
        self.leased = leased
        self._registry = streams

    @staticmethod
    def of(stream: Stream) -> "StreamLease":
        """Return a lease of a stream whose lifetime its creator controls."""
        return StreamLease(None, None, _LeasedStream(stream))

    @property
    def stream(self) -> Stream:
        return self.leased.stream

    @property
    def animation(self) -> Animation | None:
        return self.leased.animation

    @property
    def closed(self) -> bool:
        return self.stream.closed

    def animate(self, render: RenderFunction, options: AnimationOptions) -> Animation:
        """Animate the stream; a running animation continues with `render`."""
        return self.leased.animate(self, render, options)

    def stop(self) -> None:
        """End the animation, unless another lease continues it."""
        self.leased.stop(self)

    def release(self) -> None:
        """Release the stream. Idempotent."""
        if self._registry is None:
            self.leased.stop(self)
        else:
            self._registry.release(self)

    _release_ = release


def _reset_in_child() -> None:
    StreamRegistry._of_apps = {}


call_in_child(_reset_in_child)
