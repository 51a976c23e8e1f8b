"""What a page would meet at a stream's own address, `ws://host:port/name`."""

import http.client
import statistics
import time
from collections.abc import Generator, Iterator

from marimo_rfb.cli import reach, trouble
from marimo_rfb.cli.address import Address
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.request import Answer, ask
from marimo_rfb.cli.visitor import WAIT_S, Visitor
from marimo_rfb.cli.watcher import Picture, Watcher
from marimo_rfb.cli.websocket import NotOpened, SocketClosed, SocketRefused, WebSocket, open_websocket
from marimo_rfb.errors import WireError
from marimo_rfb.wire import messages as m
from marimo_rfb.wire.messages import CloseCode

__all__ = ["SWALLOWED", "examine"]

PINGS = 5

SWALLOWED = (
    "have the proxy pass the headers Upgrade and Connection on, by HTTP/1.1; "
    "nginx: proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade, proxy_set_header Connection upgrade"
)
_VERSIONS = "the versions at both ends do not fit: pip install --upgrade marimo-rfb, where the stream is served too"
_AGAIN = "run the cell that serves the stream again, and look up stream.ws_url"
_REMEDIES: dict[int, str] = {
    CloseCode.NORMAL: _AGAIN,
    CloseCode.GOING_AWAY: _AGAIN,
    CloseCode.NO_TRANSPORT: 'have the stream offer a picture format: configure(formats=("image/jpeg",))',
    CloseCode.PROTOCOL: _VERSIONS,
    CloseCode.TOO_BIG: _VERSIONS,
    CloseCode.NOT_FOUND: "stream.ws_url is the whole address, with the name; the cell that serves it must have run",
    CloseCode.NO_HELLO: "the way there takes seconds, or a proxy holds messages back",
    CloseCode.TOO_MANY: "close other views of it, or give the stream a larger max_viewers",
}
_MEANINGS: dict[int, str] = {
    CloseCode.NORMAL: "the stream ended",
    CloseCode.GOING_AWAY: "the server went away",
    CloseCode.NO_TRANSPORT: "the server has no picture format in common with a browser",
    CloseCode.PROTOCOL: "the server did not understand",
    CloseCode.TOO_BIG: "the server found a message too big",
    CloseCode.NOT_FOUND: "there is no such stream",
    CloseCode.NO_HELLO: "the server did not hear the hello in time",
    CloseCode.TOO_MANY: "the server has as many viewers as it takes",
}


def examine(address: Address, visitor: Visitor) -> Iterator[Finding]:
    """Go there as a page would, and stop where a page would."""
    if not (yield from reach.examine(address, visitor)):
        return
    try:
        with open_websocket(address, visitor) as socket:
            yield Finding("ok", "socket", "a WebSocket opens")
            if not (yield from _watch(socket, visitor)):
                return
    except SocketRefused as exc:
        yield _refused(exc.answer, address, visitor)
        return
    except NotOpened as exc:
        yield _not_opened(exc, address, visitor)
        return
    except OSError as exc:
        yield trouble.finding("socket", exc, address)
        return
    yield _who_may_come(address)


def _watch(socket: WebSocket, visitor: Visitor) -> Generator[Finding, None, bool]:
    watcher, subject = Watcher(socket), "hello"
    try:
        watcher.greet(visitor.token)
        yield _greeting(watcher)
        subject = "picture"
        yield _picture(watcher)
        if watcher.notice:
            yield Finding("warn", "notice", f"the stream says: {watcher.notice}")
        subject = "round trip"
        yield _round_trip(socket)
    except SocketClosed as exc:
        yield _closed(subject, exc, visitor)
        return False
    except WireError as exc:
        yield Finding("fail", subject, f"what the server sent cannot be read: {exc}", _VERSIONS)
        return False
    except TimeoutError:
        yield Finding("fail", subject, f"the server said nothing for {WAIT_S:.0f} seconds", _VERSIONS)
        return False
    return True


def _greeting(watcher: Watcher) -> Finding:
    config = watcher.await_config()
    offer = f"{config.width}x{config.height} as {config.transport}"
    if config.transports is None:
        return Finding("ok", "hello", f"an older server, or another one of this protocol, offers {offer}")
    return Finding("ok", "hello", f"the stream has {offer}")


def _picture(watcher: Watcher) -> Finding:
    started_s = time.perf_counter()
    try:
        picture = watcher.next_picture()
    except TimeoutError:
        remedy = "publish one: the cell that calls stream.publish must have run"
        return Finding("warn", "picture", f"none came within {WAIT_S:.0f} seconds", remedy)
    came_ms = (time.perf_counter() - started_s) * 1000
    return _decoded(picture, came_ms)


def _decoded(picture: Picture, came_ms: float) -> Finding:
    header, size_kb = picture.header, len(picture.payload) / 1000
    if isinstance(header, m.VideoHeader):
        text = f"{header.width}x{header.height} {header.codec}, {size_kb:.1f} kB, which only a browser decodes"
        return Finding("ok", "picture", f"{text}; it came after {came_ms:.0f} ms")
    started_s = time.perf_counter()
    height, width, _ = picture.decode().shape
    decode_ms = (time.perf_counter() - started_s) * 1000
    kind = header.mime.removeprefix("image/").upper()
    text = f"{width}x{height} {kind}, {size_kb:.1f} kB, came after {came_ms:.0f} ms, decoded in {decode_ms:.0f} ms"
    return Finding("ok", "picture", text)


def _round_trip(socket: WebSocket) -> Finding:
    try:
        times_s = [socket.ping() for _ in range(PINGS)]
    except TimeoutError:
        return Finding("warn", "round trip", f"a ping had no answer for {WAIT_S:.0f} seconds", "try again")
    return Finding("ok", "round trip", f"{statistics.median(times_s) * 1000:.1f} ms")


def _closed(subject: str, closed: SocketClosed, visitor: Visitor) -> Finding:
    if closed.code == CloseCode.UNAUTHORIZED:
        return _unauthorized(subject, closed, visitor)
    meaning = _MEANINGS.get(closed.code, "the connection was lost")
    said = f"; it said: {closed.reason}" if closed.reason else ""
    remedy = _REMEDIES.get(closed.code, "see whether the kernel still runs, and try again")
    return Finding("fail", subject, f"{meaning} (code {closed.code}){said}", remedy)


def _unauthorized(subject: str, closed: SocketClosed, visitor: Visitor) -> Finding:
    # An older server only says that it refuses.
    said = "" if closed.reason in ("", "unauthorized") else f"; it said: {closed.reason}"
    if visitor.token is None:
        return Finding("fail", subject, f"no token was shown{said}", "give it by --token; stream.token in the notebook")
    remedy = "a new one is made whenever the stream is: look up stream.token again"
    return Finding("fail", subject, f"the token was refused{said}", remedy)


def _not_opened(exc: NotOpened, address: Address, visitor: Visitor) -> Finding:
    """Look whether an HTTP server of the old version 1.0 answered, which the handshake does not understand."""
    try:
        answer = ask(address.for_request(), Visitor(insecure=visitor.insecure))
    except (OSError, http.client.HTTPException):
        return trouble.finding("socket", exc, address)
    return _refused(answer, address, visitor)


def _refused(answer: Answer, address: Address, visitor: Visitor) -> Finding:
    if answer.is_redirect:
        return Finding(
            "fail",
            "socket",
            f"what answers sends elsewhere, to {answer.location}: a login, as it seems, which no WebSocket can follow",
            "go through the notebook's own server, which knows who is logged in: let the page find the way itself, "
            "or set base_path",
        )
    if _is_hub(address, visitor):
        text = f"plain HTTP gets through to a hub, but no WebSocket ({answer.in_words}): a proxy swallows it"
        return Finding("fail", "socket", text, SWALLOWED)
    if answer.status in (502, 503, 504):
        text = f"a proxy answers {answer.in_words}: nobody is there behind it"
        return Finding("fail", "socket", text, "see that the kernel runs and that the proxy knows its port")
    return Finding(
        "fail",
        "socket",
        f"an HTTP server answers {answer.in_words}, and opens no WebSocket: no stream is at this address",
        "stream.ws_url is the address; that of a notebook's page starts with http:// or https://",
    )


def _is_hub(address: Address, visitor: Visitor) -> bool:
    """Tell whether a hub answers plain requests, beside the stream that gave no socket."""
    folder = address.path.rstrip("/").rpartition("/")[0]
    try:
        answer = ask(address.for_request().at(f"{folder}/health"), Visitor(insecure=visitor.insecure))
    except (OSError, http.client.HTTPException):
        return False
    return answer.status == 200 and answer.fields == {"status": "ok"}


def _who_may_come(address: Address) -> Finding:
    if address.is_secure:
        return Finding("ok", "browsers", "reach it from pages over http and https")
    if address.is_loopback:
        text = "on this machine reach it; elsewhere they take the notebook's own server, or a tunnel (ssh -L)"
        return Finding("ok", "browsers", text)
    text = "reach it from pages over http; a page over https may not (mixed content), and takes its own server"
    return Finding("ok", "browsers", text)
