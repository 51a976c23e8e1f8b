"""Streams by key, which live as long as somebody holds them."""

import itertools
import re
import threading
import weakref
from collections.abc import Hashable
from typing import ClassVar

from marimo_rfb.fork import call_in_child
from marimo_rfb.notebook import host
from marimo_rfb.notebook.animation import Animation, AnimationOptions
from marimo_rfb.notebook.render import Render
from marimo_rfb.notebook.session import Session
from marimo_rfb.stream.stream import Stream

__all__ = ["StreamHold", "Streams"]

_numbers = itertools.count(1)


class _Held:
    """A stream, what animates it, and who holds it."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.animation: Animation | None = None
        self.holds: set[StreamHold] = set()
        self._lock = threading.Lock()
        # What each holder renders with; the last one counts.
        self._renders: dict[StreamHold, tuple[Render, AnimationOptions]] = {}

    def animate(self, hold: "StreamHold", render: Render, options: AnimationOptions) -> Animation:
        with self._lock:
            self._renders.pop(hold, None)
            self._renders[hold] = render, options
            if self.animation is None:
                self.animation = Animation(self.stream, render, options)
            else:
                self.animation.swap(render, options)
            return self.animation

    def stop(self, hold: "StreamHold") -> None:
        """Take back what `hold` renders with: what it names may soon be gone. Without any the animation ends."""
        with self._lock:
            if self.animation is None or self._renders.pop(hold, None) is None:
                return
            if self._renders:
                self.animation.swap(*list(self._renders.values())[-1])
                return
            animation, self.animation = self.animation, None
        animation.close()


class Streams:
    """The streams of one session, or of all sessions of one app. Any thread."""

    _of_apps: ClassVar[dict[str, "Streams"]] = {}
    _of_sessions: ClassVar["weakref.WeakKeyDictionary[Session, Streams]"] = weakref.WeakKeyDictionary()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Hashable, _Held] = {}

    @staticmethod
    def of_session(session: Session) -> "Streams":
        """Return the streams that the cells of a session share."""
        return Streams._of_sessions.setdefault(session, Streams())

    @staticmethod
    def of_app(path: str) -> "Streams":
        """Return the streams that all sessions of the app at `path` share."""
        return Streams._of_apps.setdefault(path, Streams())

    def hold(self, key: Hashable, name: str, size: tuple[int, int]) -> "StreamHold":
        """Return a hold on the stream of `key`, which is made when there is none; the last one to let go closes it.

        Args:
            key: tells the stream from others here.
            name: what to call it; the hub's name has a number besides, because many may be called the same.
            size: width and height of the picture before the first frame, pixels.
        """
        with self._lock:
            held = self._held.get(key)
            if held is None or held.stream.closed:
                slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")[:80] or "stream"
                stream = host.add_stream(f"{slug}~{next(_numbers)}", *size)
                held = self._held[key] = _Held(stream)
            hold = StreamHold(self, key, held)
            held.holds.add(hold)
        return hold

    def release(self, hold: "StreamHold") -> None:
        """Let go of a stream. Twice is fine."""
        with self._lock:
            held = hold.held
            if hold not in held.holds:
                return
            held.holds.discard(hold)
            unused = not held.holds
            if unused and self._held.get(hold.key) is held:
                del self._held[hold.key]
        held.stop(hold)
        if unused:
            host.close_soon(held.stream)


class StreamHold:
    """Keeps a stream open, unless it is somebody else's to close."""

    def __init__(self, streams: Streams | None, key: Hashable, held: _Held) -> None:
        self.key = key
        self.held = held
        self._streams = streams

    @staticmethod
    def of(stream: Stream) -> "StreamHold":
        """Return a hold on a stream that lives as long as who made it wants."""
        return StreamHold(None, None, _Held(stream))

    @property
    def stream(self) -> Stream:
        return self.held.stream

    @property
    def animation(self) -> Animation | None:
        return self.held.animation

    @property
    def closed(self) -> bool:
        return self.stream.closed

    def animate(self, render: Render, options: AnimationOptions) -> Animation:
        """Animate the stream; an animation it has already goes on with `render`."""
        return self.held.animate(self, render, options)

    def stop(self) -> None:
        """End the animation, unless another holder goes on with it."""
        self.held.stop(self)

    def release(self) -> None:
        """Let go of the stream. Twice is fine."""
        if self._streams is None:
            self.held.stop(self)
        else:
            self._streams.release(self)

    _release_ = release


def _start_over() -> None:
    Streams._of_apps = {}


call_in_child(_start_over)
