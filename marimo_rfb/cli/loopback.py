"""A hub, a picture and a click over a real socket on this machine."""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

from marimo_rfb.cli.address import Address
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.visitor import WAIT_S, Visitor
from marimo_rfb.cli.watcher import Watcher
from marimo_rfb.cli.websocket import SocketClosed, WebSocket, open_websocket
from marimo_rfb.errors import RfbError
from marimo_rfb.frame import Pixels
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire import messages as m

__all__ = ["examine"]

WIDTH, HEIGHT = 640, 480
FRAMES = 20
# Of 255, averaged over a quadrant: what JPEG may do to a flat colour.
MAX_COLOR_ERROR = 6.0

_REPORT = "this should not happen: please report it, with this output"
_FIREWALL = "a firewall or sandbox may forbid it: allow connections of this Python to 127.0.0.1"

Check = Callable[[Stream], Finding]


def examine(hub: Hub | None = None) -> Iterator[Finding]:
    """Start a hub, watch it as a page would, and close it."""
    hub = hub or Hub()
    try:
        hub.start()
    except (RfbError, OSError) as exc:
        yield Finding("fail", "hub", f"cannot listen on this machine: {exc}", _FIREWALL)
        return
    try:
        stream = hub.add_stream("doctor", WIDTH, HEIGHT, formats=("image/jpeg",), settle=None)
        yield Finding("ok", "hub", f"listens on {hub.host}:{hub.port}")
        yield _guarded("picture", _watch, stream)
        yield _guarded("input", _click, stream)
        yield _guarded("token", _intrude, stream)
    finally:
        hub.close()


def _guarded(subject: str, check: Check, stream: Stream) -> Finding:
    try:
        return check(stream)
    except SocketClosed as exc:
        return Finding("fail", subject, f"the hub ended the connection and said: {exc}", _REPORT)
    except TimeoutError:
        return Finding("fail", subject, f"nothing came for {WAIT_S:.0f} seconds", _FIREWALL)
    except OSError as exc:
        return Finding("fail", subject, f"cannot connect to the hub: {exc}", _FIREWALL)
    except Exception as exc:
        return Finding("fail", subject, f"{type(exc).__name__}: {exc}", _REPORT)


def _watch(stream: Stream) -> Finding:
    """Time pictures from `publish` to decoded pixels, and compare what comes with what was published."""
    times_ms: list[float] = []
    with _connect(stream, stream.token) as (_, watcher):
        for number in range(FRAMES):
            card, started_s = _card(number), time.perf_counter()
            stream.publish(card)
            assert stream.newest is not None
            shown = _receive(watcher, stream.newest.seq)
            times_ms.append((time.perf_counter() - started_s) * 1000)
            if (error := _color_error(card, shown)) > MAX_COLOR_ERROR:
                return Finding("fail", "picture", f"its colors are wrong by {error:.0f} of 255", _REPORT)
    took = f"{statistics.median(times_ms):.1f} ms from publish to decoded pixels"
    return Finding("ok", "picture", f"{WIDTH}x{HEIGHT} JPEG, {took}")


def _click(stream: Stream) -> Finding:
    """Click as a page would and read it as a notebook would."""
    pointer = {"type": "pointer_down", "x": 123.5, "y": 45, "button": 1, "buttons": [1], "timestamp": time.time()}
    with _connect(stream, stream.token) as (socket, _):
        started_s = time.perf_counter()
        socket.say(m.Event(event=pointer))
        while time.perf_counter() < started_s + WAIT_S:
            for event in stream.poll_events():
                if event.type == "pointer_down" and (event.event["x"], event.event["y"]) == (123.5, 45):
                    took_ms = (time.perf_counter() - started_s) * 1000
                    return Finding("ok", "input", f"a click arrived after {took_ms:.1f} ms")
            with contextlib.suppress(TimeoutError):
                socket.hear(0.001)  # for the hub's word, if it ends the connection
    raise TimeoutError


def _intrude(stream: Stream) -> Finding:
    """Try a wrong token."""
    try:
        with _connect(stream, "not-the-token-of-this-stream") as (socket, _):
            socket.hear()
    except SocketClosed as exc:
        if exc.code == m.CloseCode.UNAUTHORIZED:
            return Finding("ok", "token", "a wrong one was refused")
        raise
    return Finding("fail", "token", "the hub let in a client with a wrong one", _REPORT)


@contextlib.contextmanager
def _connect(stream: Stream, token: str) -> Iterator[tuple[WebSocket, Watcher]]:
    with open_websocket(Address.parse(stream.ws_url), Visitor()) as socket:
        watcher = Watcher(socket)
        watcher.greet(token)
        yield socket, watcher


def _receive(watcher: Watcher, seq: int) -> Pixels:
    """Return the pixels of frame `seq`."""
    while True:
        picture = watcher.next_picture()
        if picture.header.seq == seq:
            return picture.decode()


def _card(number: int) -> Pixels:
    """Return a picture of four flat colours, turned by a quarter for each number."""
    colors = np.array([[220, 40, 40], [40, 200, 60], [50, 70, 230], [240, 240, 240]], np.uint8)
    quarters = np.roll(colors, number, axis=0).reshape(2, 2, 3)
    return np.repeat(np.repeat(quarters, HEIGHT // 2, axis=0), WIDTH // 2, axis=1)


def _color_error(expected: Pixels, shown: Pixels) -> float:
    """Return the largest difference of a channel's mean over a quadrant; 255 where the size differs."""
    if shown.shape != expected.shape:
        return 255.0
    difference = expected.astype(np.float32) - shown
    means = difference.reshape(2, HEIGHT // 2, 2, WIDTH // 2, 3).mean(axis=(1, 3))
    return float(np.abs(means).max())
