"""The kernel's own channel as a page's last way to a stream."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from marimo_rfb.errors import HubClosed
from marimo_rfb.hub.bridge import Bridge
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.loop import call_later
from marimo_rfb.hub.socket import Handshake, SendBuffer
from marimo_rfb.notebook import host
from marimo_rfb.notebook.postman import Postman
from marimo_rfb.stream.stream import Stream

__all__ = ["Channel"]

log = logging.getLogger(__name__)

MAX_LINES = 8
MAX_ID = 64
# A page says something every 20 s, so it may be missed twice; a reload leaves nothing for longer than a minute.
HEARD_WITHIN_S = 50.0
# A kernel that was busy needs so long to read what came meanwhile.
SETTLED_WITHIN_S = 2.0
_BYE, _TOO_MANY, _GONE = 1000, 4429, 1001

Send = Callable[[dict[str, object], list[bytes]], None]


class Channel:
    """Carries the connections that pages make over one widget's channel. Used on the kernel's thread.

    A page says `{"kind": "wire", "id", "say": "open" | "text" | "close", "text"}`; it is told `{"kind": "wire", "id"}`
    with `text`, with one buffer, or with `code` and `reason`.

    Args:
        send: hands a message to the channel; called on a thread of its own, where it may block.
        heard_within_s: a page that says nothing for so long is gone.
    """

    def __init__(self, send: Send, *, heard_within_s: float = HEARD_WITHIN_S) -> None:
        self._send = send
        self._heard_within_s = heard_within_s
        self._lines: dict[str, _Line] = {}

    def receive(self, content: Mapping[str, Any], stream: Stream | None) -> None:
        """Take what a page says; what does not fit is left out, because a page may say anything."""
        name, say, text = content.get("id"), content.get("say"), content.get("text")
        if not isinstance(name, str) or not 0 < len(name) <= MAX_ID:
            return
        line = self._lines.get(name)
        if say == "open" and line is None:
            self._open(name, stream)
        elif say == "text" and isinstance(text, str):
            if line is None:
                # A page that slept takes its connection for an open one, and would wait for pictures for ever.
                return self._make_line(name).close(_GONE, "this page was not heard of for too long")
            line.hear(text)
        elif say == "close" and line is not None:
            line.end()

    def close(self) -> None:
        """End all connections; pages are not told, because what they would be told by is closing."""
        for line in list(self._lines.values()):
            line.end()

    def _open(self, name: str, stream: Stream | None) -> None:
        line = self._make_line(name)
        if stream is None or stream.closed:
            return line.close(_BYE, "the stream was closed")
        if len(self._lines) >= MAX_LINES:
            return line.close(
                _TOO_MANY, f"{MAX_LINES} pages are connected by the kernel's channel, the most there may be"
            )
        self._lines[name] = line
        try:
            host.ensure_started(stream.server)
            line.begin(stream, self._heard_within_s)
        except HubClosed:
            line.close(_GONE, "the hub was closed")

    def _make_line(self, name: str) -> "_Line":
        return _Line(name, self._send, lambda: self._lines.pop(name, None))


class _Line:
    """One page's connection."""

    def __init__(self, name: str, send: Send, forget: Callable[[], object]) -> None:
        self._name = name
        self._send = send
        self._forget = forget
        self._bridge: Bridge | None = None
        self._watch: _Watch | None = None
        self._ended = False
        self._buffer = SendBuffer()
        # Each is written by one thread only.
        self._put_bytes = 0
        self._sent_bytes = 0

    def begin(self, stream: Stream, heard_within_s: float) -> None:
        # Whoever speaks on the kernel's channel is in the notebook, whatever page that is.
        handshake = Handshake({}, vouched=True)
        self._bridge = core_of(stream.server).attend(self, stream.name, handshake, is_shared=True)
        self._watch = _Watch(heard_within_s, self.end)

    def hear(self, text: str) -> None:
        if self._watch is not None:
            self._watch.heard()
        if self._bridge is not None:
            self._bridge.feed(text)

    def end(self) -> None:
        """Take it that the page is gone. Any thread; twice is fine."""
        if self._ended:
            return
        self._ended = True
        self._forget()
        if self._watch is not None:
            self._watch.stop()
        if self._bridge is not None:
            self._bridge.lost()

    # For the bridge: `Carrier`.

    @property
    def has_room(self) -> bool:
        # Not of the page, which acks, but of the channel: it may block, and a page may ack what it has not got.
        return self._buffer.has_room(self._put_bytes - self._sent_bytes)

    def send(self, message: str | bytes) -> None:
        if not self._buffer.takes(message, self._put_bytes - self._sent_bytes):
            return self.end()
        self._put_bytes += len(message)
        content: dict[str, object] = {"kind": "wire", "id": self._name}
        if isinstance(message, bytes):
            self._post(content, [message], size=len(message))
        else:
            self._post({**content, "text": message}, [], size=len(message))

    def close(self, code: int, reason: str) -> None:
        self._post({"kind": "wire", "id": self._name, "code": int(code), "reason": reason}, [], size=0)
        self.end()

    def _post(self, content: dict[str, object], buffers: list[bytes], *, size: int) -> None:
        def send() -> None:
            try:
                self._send(content, buffers)
            finally:
                self._sent_bytes += size

        if not self._ended:
            Postman.post(send)


class _Watch:
    """Calls `silent` when a page has said nothing for too long, but not when the kernel was too busy to hear it."""

    def __init__(self, heard_within_s: float, silent: Callable[[], None]) -> None:
        self._heard_within_s = heard_within_s
        self._silent = silent
        self._kernel = _running_loop()
        self._heard_s = time.monotonic()
        self._stopped = False
        self._cancel = call_later(heard_within_s, self._ask)

    def heard(self) -> None:
        self._heard_s = time.monotonic()

    def stop(self) -> None:
        self._stopped = True
        self._cancel()

    def _ask(self) -> None:
        if self._kernel is None:
            return self._look()
        kernel = self._kernel
        try:
            # The kernel gets here when no cell runs, and only then to what the page said meanwhile.
            kernel.call_soon_threadsafe(lambda: kernel.call_later(SETTLED_WITHIN_S, self._look))
        except RuntimeError:  # the kernel has ended
            self._silent()

    def _look(self) -> None:
        left_s = self._heard_within_s - (time.monotonic() - self._heard_s)
        if self._stopped:
            return
        if left_s <= 0:
            self._silent()
        else:
            self._cancel = call_later(left_s, self._ask)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
