"""Whether pictures can travel through the server that the notebook's page came from."""

from collections.abc import Generator

from marimo_rfb import advice
from marimo_rfb.cli.doctor.check_result import CheckResult, fail, ok, warn
from marimo_rfb.cli.doctor.client_options import TIMEOUT_S, ClientOptions
from marimo_rfb.cli.doctor.error_texts import connection_failed
from marimo_rfb.cli.doctor.http_client import CONNECTION_ERRORS, get
from marimo_rfb.cli.doctor.notebook_server import NotebookServer
from marimo_rfb.cli.doctor.probe_viewer import HandshakeFailed, UpgradeRefused, ViewerClosed, open_viewer
from marimo_rfb.errors import WireError
from marimo_rfb.version import SKEW_REMEDY, VERSION, middleware_skew
from marimo_rfb.wire.messages import CloseCode, Config

__all__ = ["NGINX_UPGRADE", "check"]

NGINX_UPGRADE = (
    "make the proxy pass on the headers Upgrade and Connection over HTTP/1.1; nginx: proxy_http_version 1.1, "
    "proxy_set_header Upgrade $http_upgrade, proxy_set_header Connection upgrade"
)

# Hubs have names of this form, but no hub has this name.
_UNKNOWN_HUB = "rfb/0000000000000000/doctor"
# No program listens on port 9 today.
_UNUSED_PORT = "proxy/9/doctor"


def check(server: NotebookServer, options: ClientOptions, *, logged_in: bool) -> Generator[CheckResult, None, bool]:
    """Check without a stream, and return whether pictures will travel this way.

    Args:
        server: marimo's or Jupyter's.
        options: with the token of that server.
        logged_in: whether that server showed the page.
    """
    if server.program == "Jupyter":
        return (yield from _check_jupyter(server, options, logged_in=logged_in))
    try:
        response = get(server.at("rfb/health"), options, referer=server.base.url)
    except CONNECTION_ERRORS as exc:
        yield connection_failed("middleware", exc, server.base)
        return False
    if response.status != 200 or response.json.get("status") != "ok":
        text = f"not in marimo's server ({response.status_line} at {server.base.path}rfb/health)"
        yield warn("middleware", text, advice.INSTALL_MIDDLEWARE)
        return False
    yield _middleware_version(response.json.get("version"))
    result = _check_marimo_socket(server, options, logged_in=logged_in)
    yield result
    return result.level == "ok"


def _middleware_version(reported: object) -> CheckResult:
    version = reported if isinstance(reported, str) else None
    if not middleware_skew(version, VERSION):
        return ok("middleware", f"marimo's server has marimo-rfb {version}".rstrip())
    # The kernel's version is unknown here; it is probably the one that is installed.
    other = "an older marimo-rfb" if version is None else f"marimo-rfb {ascii(version[:20])[1:-1]}"
    text = f"marimo's server has {other}, this environment has {VERSION}; a kernel of {VERSION} refuses that server"
    return warn("middleware", text, SKEW_REMEDY)


def _check_marimo_socket(server: NotebookServer, options: ClientOptions, *, logged_in: bool) -> CheckResult:
    """Ask for a hub that does not exist: only the middleware itself can say so."""
    address = server.at(_UNKNOWN_HUB).as_websocket()
    try:
        with open_viewer(address, options, origin=server.base.origin, headers=options.authorization) as viewer:
            # The middleware looks for the hub when it has the hello.
            viewer.hello(None)
            viewer.receive(Config)
    except ViewerClosed as exc:
        closed = exc
    except (UpgradeRefused, HandshakeFailed, OSError, WireError) as exc:
        return _no_websocket("marimo", exc)
    else:
        return _no_websocket("marimo", HandshakeFailed("another program answers"))
    if closed.code == CloseCode.UNAUTHORIZED and logged_in:
        text = f"marimo's server rejected the page's WebSocket: {closed.reason}"
        remedy = "make the proxy pass on Host with its port, or list the page's origin in MARIMO_RFB_ORIGINS"
        return fail("socket", text, remedy)
    if closed.code == CloseCode.UNAUTHORIZED:
        return ok("socket", "a WebSocket opens; it needs the browser's login")
    if closed.code == CloseCode.NOT_FOUND:
        return ok("socket", "a WebSocket opens")
    return fail("socket", f"a WebSocket opens and closes again ({closed})", NGINX_UPGRADE)


def _check_jupyter(
    server: NotebookServer, options: ClientOptions, *, logged_in: bool
) -> Generator[CheckResult, None, bool]:
    address = server.at(_UNUSED_PORT).as_websocket()
    installed = ok("proxy", "jupyter-server-proxy is in Jupyter's server")
    try:
        with open_viewer(address, options, origin=server.base.origin, headers=options.authorization):
            yield installed
            yield ok("socket", "a WebSocket opens")
            return True
    except UpgradeRefused as exc:
        if exc.response.status == 404:
            yield warn("proxy", "jupyter-server-proxy is not in Jupyter's server", advice.INSTALL_JUPYTER_PROXY)
        elif exc.response.status == 403 and not logged_in:
            yield installed
            yield warn("socket", "a WebSocket needs a login before it opens", "pass the server's token with --token")
            return True
        else:
            yield _no_websocket("Jupyter", exc)
    except (HandshakeFailed, OSError) as exc:
        yield _no_websocket("Jupyter", exc)
    return False


def _no_websocket(program: str, exc: Exception) -> CheckResult:
    reason = f"no answer within {TIMEOUT_S:.0f} seconds" if isinstance(exc, TimeoutError) else str(exc)
    if isinstance(exc, UpgradeRefused):
        reason = exc.response.status_line + (f" to {exc.response.location}" if exc.response.is_redirect else "")
        reason = f"{reason}: {advice.BLOCKED_UPGRADE}"
    return fail("socket", f"{program}'s server answers HTTP requests, but no WebSocket: {reason}", NGINX_UPGRADE)
