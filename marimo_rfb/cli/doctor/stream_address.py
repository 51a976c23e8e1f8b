"""What a page meets at a stream's own address, `ws://host:port/name`."""

import statistics
import time
from collections.abc import Iterator

from marimo_rfb import advice
from marimo_rfb.cli.doctor import reachability
from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.check_result import CheckFailed, CheckResult, ok, warn
from marimo_rfb.cli.doctor.client_options import TIMEOUT_S, ClientOptions
from marimo_rfb.cli.doctor.error_texts import connection_failed, connection_to
from marimo_rfb.cli.doctor.http_client import CONNECTION_ERRORS, Response, get
from marimo_rfb.cli.doctor.probe_viewer import (
    HandshakeFailed,
    Picture,
    ProbeViewer,
    UpgradeRefused,
    ViewerClosed,
    open_viewer,
)
from marimo_rfb.cli.doctor.same_origin import NGINX_UPGRADE
from marimo_rfb.errors import WireError
from marimo_rfb.wire import messages as m
from marimo_rfb.wire.messages import CloseCode

__all__ = ["check"]

PINGS = 5

_UPGRADE = "the versions at both ends differ: pip install --upgrade marimo-rfb, also where the stream is served"
_RERUN = "run the cell that serves the stream again, and look up stream.ws_url"
# What each code means, and what to do.
_CLOSE_CODES: dict[int, tuple[str, str]] = {
    CloseCode.NORMAL: ("the stream ended", _RERUN),
    CloseCode.GOING_AWAY: ("the server shut down", _RERUN),
    CloseCode.NO_TRANSPORT: (
        "the server has no picture format in common with a browser",
        'add a picture format to the stream: configure(formats=("image/jpeg",))',
    ),
    CloseCode.PROTOCOL: ("the server did not understand a message", _UPGRADE),
    CloseCode.TOO_BIG: ("the server rejected a message as too big", _UPGRADE),
    CloseCode.NOT_FOUND: (
        "no such stream",
        "use stream.ws_url, which ends with the stream's name; the cell that serves the stream must have run",
    ),
    CloseCode.NO_HELLO: ("the server did not receive the hello in time", "the network or a proxy delays messages"),
    CloseCode.TOO_MANY: (
        "the server has its maximum of viewers",
        "close other views, or raise the stream's max_viewers",
    ),
}
_CONNECTION_LOST = ("the connection was lost", "check that the kernel runs, and try again")


def check(address: Address, options: ClientOptions) -> Iterator[CheckResult]:
    """Connect as a page does.

    Raises:
        CheckFailed: no picture comes.
    """
    yield from reachability.check(address, options)
    try:
        with connection_to(address, "socket"), open_viewer(address, options) as viewer:
            yield ok("socket", "a WebSocket opens")
            yield from _check_stream(viewer, options)
    except UpgradeRefused as exc:
        raise _upgrade_refused(exc.response, address, options) from exc
    except HandshakeFailed as exc:
        # The handshake rejects HTTP 1.0, in which some servers still answer.
        response = _get_without_token(address, options)
        if response is None:
            raise connection_failed("socket", exc, address) from exc
        raise _upgrade_refused(response, address, options) from exc
    yield _allowed_pages(address)


def _check_stream(viewer: ProbeViewer, options: ClientOptions) -> Iterator[CheckResult]:
    subject = "hello"
    try:
        viewer.hello(options.token)
        yield _describe_config(viewer.receive(m.Config))
        subject = "picture"
        yield _receive_picture(viewer)
        if viewer.notice:
            yield warn("notice", f"the stream reports: {viewer.notice}")
        subject = "round trip"
        yield _measure_round_trip(viewer)
    except ViewerClosed as exc:
        raise _closed(subject, exc, options) from exc
    except WireError as exc:
        raise CheckFailed(subject, f"a message of the server is invalid: {exc}", _UPGRADE) from exc
    except TimeoutError as exc:
        text = f"the server did not answer within {TIMEOUT_S:.0f} seconds"
        raise CheckFailed(subject, text, _UPGRADE) from exc


def _describe_config(config: m.Config) -> CheckResult:
    # Only marimo-rfb answers with `transports`.
    server = "the stream is" if config.transports is not None else "an older server, or another implementation, has"
    return ok("hello", f"{server} {config.width}x{config.height}, sent as {config.transport}")


def _receive_picture(viewer: ProbeViewer) -> CheckResult:
    started_s = time.perf_counter()
    try:
        picture = viewer.receive(Picture)
    except TimeoutError:
        remedy = "publish one: the cell that calls stream.publish must have run"
        return warn("picture", f"none came within {TIMEOUT_S:.0f} seconds", remedy)
    received_s = time.perf_counter()
    header = picture.header
    text = f"{len(picture.payload) / 1000:.1f} kB, came after {(received_s - started_s) * 1000:.0f} ms"
    if isinstance(header, m.VideoHeader):
        text = f"{header.width}x{header.height} {header.codec}, {text}, not decoded: that takes a browser"
        return ok("picture", text)
    height, width, _ = picture.decode().shape
    decode_ms = (time.perf_counter() - received_s) * 1000
    codec = header.mime.removeprefix("image/").upper()
    return ok("picture", f"{width}x{height} {codec}, {text}, decoded in {decode_ms:.0f} ms")


def _measure_round_trip(viewer: ProbeViewer) -> CheckResult:
    try:
        times_s = [viewer.ping() for _ in range(PINGS)]
    except TimeoutError:
        return warn("round trip", f"no pong within {TIMEOUT_S:.0f} seconds", "try again")
    return ok("round trip", f"{statistics.median(times_s) * 1000:.1f} ms")


def _closed(subject: str, closed: ViewerClosed, options: ClientOptions) -> CheckFailed:
    if closed.code == CloseCode.UNAUTHORIZED:
        # An older server gives no other reason.
        reason = "" if closed.reason in ("", "unauthorized") else f": {closed.reason}"
        if options.token is None:
            remedy = "pass the token with --token; in the notebook it is stream.token"
            return CheckFailed(subject, f"the server requires a token{reason}", remedy)
        remedy = "look up stream.token again: it changes whenever the stream is made again"
        return CheckFailed(subject, f"the server rejected this token{reason}", remedy)
    meaning, remedy = _CLOSE_CODES.get(closed.code, _CONNECTION_LOST)
    return CheckFailed(subject, f"{meaning} ({closed})", remedy)


def _upgrade_refused(response: Response, address: Address, options: ClientOptions) -> CheckFailed:
    if response.is_redirect:
        text = f"the server redirects to {response.location}, probably a login; a WebSocket cannot follow"
        remedy = "connect through the notebook's own server, which has the login: omit url and host, or set base_path"
        return CheckFailed("socket", text, remedy)
    status = response.status_line
    folder = address.path.rstrip("/").rpartition("/")[0]
    health = _get_without_token(address.at(f"{folder}/health"), options)
    if health is not None and health.status == 200 and health.json == {"status": "ok"}:
        text = f"the hub answers HTTP requests, but no WebSocket ({status}): {advice.BLOCKED_UPGRADE}"
        return CheckFailed("socket", text, NGINX_UPGRADE)
    if response.is_bad_gateway:
        text = f"a proxy answers {status}: it cannot reach the stream's server"
        return CheckFailed("socket", text, "check that the kernel runs and that the proxy has its port")
    text = f"an HTTP server answers {status}: there is no stream at this address"
    return CheckFailed(
        "socket", text, "use stream.ws_url; the address of a notebook's page starts with http:// or https://"
    )


def _get_without_token(address: Address, options: ClientOptions) -> Response | None:
    try:
        return get(address.as_http(), ClientOptions(insecure=options.insecure))
    except CONNECTION_ERRORS:
        return None


def _allowed_pages(address: Address) -> CheckResult:
    if address.is_secure:
        return ok("browsers", "http and https pages can open it")
    if address.is_loopback:
        text = f"only on this machine; others connect {advice.VIA_SAME_ORIGIN}, or a tunnel (ssh -L)"
        return ok("browsers", text)
    return ok("browsers", f"only http pages can open it; https pages (mixed content) connect {advice.VIA_SAME_ORIGIN}")
