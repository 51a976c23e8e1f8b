"""Whether pictures can come through the server that the notebook's page came from."""

import http.client
from collections.abc import Generator

from marimo_rfb.cli import trouble
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.notebook_host import NotebookHost
from marimo_rfb.cli.request import ask
from marimo_rfb.cli.stream_address import SWALLOWED
from marimo_rfb.cli.visitor import WAIT_S, Visitor
from marimo_rfb.cli.websocket import NotOpened, SocketClosed, SocketRefused, open_websocket
from marimo_rfb.version import SKEW_REMEDY, VERSION, middleware_skew
from marimo_rfb.wire.messages import Capability, CloseCode, Hello

__all__ = ["examine"]

# As hubs are called, and none is called so.
_NO_HUB = "rfb/0000000000000000/doctor"
# A port that no program of our days has.
_NO_PORT = "proxy/9/doctor"


def examine(host: NotebookHost, visitor: Visitor, *, logged_in: bool) -> Generator[Finding, None, bool]:
    """Try it without a stream, and return whether pictures will come this way.

    Args:
        host: the notebook's server.
        visitor: who asks.
        logged_in: whether that server showed the page.
    """
    if host.program == "marimo":
        return (yield from _through_marimo(host, visitor, logged_in=logged_in))
    return (yield from _through_jupyter(host, visitor, logged_in=logged_in))


def _through_marimo(host: NotebookHost, visitor: Visitor, *, logged_in: bool) -> Generator[Finding, None, bool]:
    try:
        answer = ask(host.at("rfb/health"), visitor, page=host.base.url)
    except (OSError, http.client.HTTPException) as exc:
        yield trouble.finding("middleware", exc, host.base)
        return False
    if answer.status != 200 or answer.fields is None or answer.fields.get("status") != "ok":
        yield Finding(
            "warn",
            "middleware",
            f"marimo's server passes no pictures on ({answer.in_words} at {host.base.path}rfb/health)",
            "pip install marimo-rfb where marimo itself runs, not in the notebook's sandbox alone, start it again, and "
            "see that MARIMO_SERVER_ASGI_MIDDLEWARE_DENYLIST does not name marimo-rfb",
        )
        return False
    yield _middleware(answer.fields.get("version"))
    closed = _knock(host, visitor)
    if isinstance(closed, Finding):
        yield closed
        return False
    if closed.code == CloseCode.UNAUTHORIZED and logged_in:
        yield Finding(
            "fail",
            "socket",
            f"marimo's server refuses the page's sockets: {closed.reason}",
            "have the proxy pass Host on with its port, or name the page's origin in MARIMO_RFB_ORIGINS",
        )
        return False
    if closed.code not in (CloseCode.NOT_FOUND, CloseCode.UNAUTHORIZED):
        text = f"a WebSocket opens and is closed again (code {closed.code}): {closed.reason or 'without a word'}"
        yield Finding("fail", "socket", text, SWALLOWED)
        return False
    if closed.code == CloseCode.UNAUTHORIZED:
        yield Finding("ok", "socket", "a WebSocket comes through; it needs the login that the browser has")
    else:
        yield Finding("ok", "socket", "a WebSocket comes through")
    return True


def _middleware(said: object) -> Finding:
    version = said if isinstance(said, str) else None
    skew = middleware_skew(version, VERSION)
    if skew:
        # Of the notebook's kernel nobody tells; what was installed last is here, and what it will be.
        text = f"{skew.replace('the kernel has', 'here is')}; a kernel that has what is here takes no sockets from it"
        return Finding("warn", "middleware", text, SKEW_REMEDY)
    return Finding("ok", "middleware", f"marimo-rfb {version} is in marimo's server".replace("  ", " "))


def _knock(host: NotebookHost, visitor: Visitor) -> SocketClosed | Finding:
    """Ask for a hub that is not there, and return how that was refused, or why nobody refused it."""
    address = host.at(_NO_HUB).for_socket()
    try:
        with open_websocket(address, visitor, origin=host.base.origin, headers=visitor.authorization) as socket:
            try:
                # Nobody asks for a hub before the page has said something.
                socket.say(Hello(supported=(Capability.JPEG,)))
                while True:
                    socket.hear()
            except SocketClosed as exc:
                return exc
            except TimeoutError:
                text = f"a WebSocket opens, but nothing comes through it for {WAIT_S:.0f} seconds"
                return Finding("fail", "socket", text, SWALLOWED)
    except SocketRefused as exc:
        return _swallowed("marimo", exc)
    except (NotOpened, OSError) as exc:
        return _cut_off("marimo", exc)


def _through_jupyter(host: NotebookHost, visitor: Visitor, *, logged_in: bool) -> Generator[Finding, None, bool]:
    address = host.at(_NO_PORT).for_socket()
    try:
        with open_websocket(address, visitor, origin=host.base.origin, headers=visitor.authorization):
            yield Finding("ok", "proxy", "jupyter-server-proxy is in Jupyter's server")
            yield Finding("ok", "socket", "a WebSocket comes through")
            return True
    except SocketRefused as exc:
        if exc.answer.status == 404:
            yield Finding(
                "warn",
                "proxy",
                "Jupyter's server passes no pictures on: jupyter-server-proxy is not there",
                "pip install jupyter-server-proxy where Jupyter's server itself runs, and start it again",
            )
            return False
        if exc.answer.status == 403 and not logged_in:
            yield Finding("ok", "proxy", "jupyter-server-proxy is in Jupyter's server")
            text = "asked for, but it needs a login before it opens"
            yield Finding("warn", "socket", f"a WebSocket was {text}", "give the server's token by --token")
            return True
        yield _swallowed("Jupyter", exc)
    except (NotOpened, OSError) as exc:
        yield _cut_off("Jupyter", exc)
    return False


def _swallowed(program: str, refused: SocketRefused) -> Finding:
    where = f", and sends to {refused.answer.location}" if refused.answer.is_redirect else ""
    text = (
        f"{program}'s server answers plain requests, but opens no WebSocket ({refused.answer.in_words}{where}): "
        "a proxy between here and there swallows it"
    )
    return Finding("fail", "socket", text, SWALLOWED)


def _cut_off(program: str, exc: Exception) -> Finding:
    words = f"nothing came for {WAIT_S:.0f} seconds" if isinstance(exc, TimeoutError) else str(exc)
    text = f"{program}'s server answers plain requests, but opens no WebSocket: {words}"
    return Finding("fail", "socket", text, SWALLOWED)
