"""A hub, a picture and a click over a real WebSocket on this machine."""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.check_result import CheckResult, fail, ok
from marimo_rfb.cli.doctor.client_options import TIMEOUT_S, ClientOptions
from marimo_rfb.cli.doctor.probe_viewer import Picture, ProbeViewer, ViewerClosed, open_viewer
from marimo_rfb.errors import RfbError
from marimo_rfb.frame import PixelArray
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire import messages as m

__all__ = ["check"]

WIDTH, HEIGHT = 640, 480
FRAMES = 20
# Of 255, for the mean of a quadrant: how far JPEG may change a flat colour.
MAX_COLOR_ERROR = 6.0

_REPORT = "this is a bug: please report it with this output"
_FIREWALL = "a firewall or sandbox may block it: allow this Python to connect to 127.0.0.1"


def check(hub: Hub | None = None) -> Iterator[CheckResult]:
    """Start a hub, connect to it as a page does, and close it."""
    hub = hub or Hub()
    try:
        hub.start()
    except (RfbError, OSError) as exc:
        yield fail("hub", f"cannot listen on this machine: {exc}", _FIREWALL)
        return
    try:
        stream = hub.add_stream("doctor", WIDTH, HEIGHT, formats=("image/jpeg",), settle=None)
        yield ok("hub", f"listens on {hub.host}:{hub.port}")
        yield _run("picture", _check_pictures, stream)
        yield _run("input", _check_input, stream)
        yield _run("token", _check_wrong_token, stream)
    finally:
        hub.close()


def _run(subject: str, check_stream: Callable[[Stream], CheckResult], stream: Stream) -> CheckResult:
    try:
        return check_stream(stream)
    except ViewerClosed as exc:
        return fail(subject, f"the hub closed the connection: {exc}", _REPORT)
    except TimeoutError:
        return fail(subject, f"no answer within {TIMEOUT_S:.0f} seconds", _FIREWALL)
    except OSError as exc:
        return fail(subject, f"cannot connect to the hub: {exc}", _FIREWALL)
    except Exception as exc:
        return fail(subject, f"{type(exc).__name__}: {exc}", _REPORT)


def _check_pictures(stream: Stream) -> CheckResult:
    """Time pictures from `publish` to decoded pixels, and compare them with what was published."""
    times_ms: list[float] = []
    with _connect(stream, stream.token) as viewer:
        for number in range(FRAMES):
            card, started_s = _test_card(number), time.perf_counter()
            stream.publish(card)
            assert stream.newest is not None
            shown = _receive(viewer, stream.newest.seq)
            times_ms.append((time.perf_counter() - started_s) * 1000)
            if (error := _color_error(card, shown)) > MAX_COLOR_ERROR:
                return fail("picture", f"colors differ by {error:.0f} of 255", _REPORT)
    latency = f"{statistics.median(times_ms):.1f} ms from publish to decoded pixels"
    return ok("picture", f"{WIDTH}x{HEIGHT} JPEG, {latency}")


def _check_input(stream: Stream) -> CheckResult:
    """Send a click as a page does, and receive it as a notebook does."""
    pointer = {"type": "pointer_down", "x": 123.5, "y": 45, "button": 1, "buttons": [1], "timestamp": time.time()}
    with _connect(stream, stream.token) as viewer:
        started_s = time.perf_counter()
        viewer.send(m.Event(event=pointer))
        while time.perf_counter() < started_s + TIMEOUT_S:
            for event in stream.poll_events():
                if event.type == "pointer_down" and (event.event["x"], event.event["y"]) == (123.5, 45):
                    latency_ms = (time.perf_counter() - started_s) * 1000
                    return ok("input", f"a click arrived after {latency_ms:.1f} ms")
            with contextlib.suppress(TimeoutError):
                viewer.receive(Picture, 0.001)  # raises when the hub closes the connection
    raise TimeoutError


def _check_wrong_token(stream: Stream) -> CheckResult:
    try:
        with _connect(stream, "not-the-token-of-this-stream") as viewer:
            viewer.receive(m.Config)
    except ViewerClosed as exc:
        if exc.code == m.CloseCode.UNAUTHORIZED:
            return ok("token", "a wrong token is rejected")
        raise
    return fail("token", "the hub accepts a wrong token", _REPORT)


@contextlib.contextmanager
def _connect(stream: Stream, token: str) -> Iterator[ProbeViewer]:
    with open_viewer(Address.parse(stream.ws_url), ClientOptions()) as viewer:
        viewer.hello(token)
        yield viewer


def _receive(viewer: ProbeViewer, seq: int) -> PixelArray:
    """Return the pixels of frame `seq`."""
    while True:
        picture = viewer.receive(Picture)
        if picture.header.seq == seq:
            return picture.decode()


def _test_card(number: int) -> PixelArray:
    """Return a picture of four flat quadrants, whose colours rotate with `number`."""
    colors = np.array([[220, 40, 40], [40, 200, 60], [50, 70, 230], [240, 240, 240]], np.uint8)
    quarters = np.roll(colors, number, axis=0).reshape(2, 2, 3)
    return np.repeat(np.repeat(quarters, HEIGHT // 2, axis=0), WIDTH // 2, axis=1)


def _color_error(expected: PixelArray, shown: PixelArray) -> float:
    """Return the largest difference between the mean colours of a quadrant; 255 where the sizes differ."""
    if shown.shape != expected.shape:
        return 255.0
    difference = expected.astype(np.float32) - shown
    means = difference.reshape(2, HEIGHT // 2, 2, WIDTH // 2, 3).mean(axis=(1, 3))
    return float(np.abs(means).max())
