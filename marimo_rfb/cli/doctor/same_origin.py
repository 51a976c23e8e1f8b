"""Whether pictures can travel through the server that the notebook's page came from."""

from collections.abc import Iterator

from marimo_rfb import advice
from marimo_rfb.cli.doctor.check_result import CheckFailed, CheckResult, ok, warn
from marimo_rfb.cli.doctor.client_options import TIMEOUT_S, ClientOptions
from marimo_rfb.cli.doctor.error_texts import connection_to
from marimo_rfb.cli.doctor.http_client import get
from marimo_rfb.cli.doctor.notebook_server import NotebookServer
from marimo_rfb.cli.doctor.probe_viewer import HandshakeFailed, UpgradeRefused, ViewerClosed, open_viewer
from marimo_rfb.errors import WireError
from marimo_rfb.version import SKEW_REMEDY, VERSION, middleware_skew
from marimo_rfb.wire.messages import CloseCode, Config

__all__ = ["NGINX_UPGRADE", "check"]

NGINX_UPGRADE = (
    f"{advice.BLOCKED_UPGRADE_REMEDY} over HTTP/1.1; nginx: proxy_http_version 1.1, "
    "proxy_set_header Upgrade $http_upgrade, proxy_set_header Connection upgrade"
)

# Hubs have names of this form, but no hub has this name.
_UNKNOWN_HUB = "rfb/0000000000000000/doctor"
# No program listens on port 9 today.
_UNUSED_PORT = "proxy/9/doctor"


def check(server: NotebookServer, options: ClientOptions, *, logged_in: bool) -> Iterator[CheckResult]:
    """Check marimo's or Jupyter's server; `logged_in` tells whether it showed the page.

    Raises:
        CheckFailed: pictures cannot travel this way.
    """
    if server.program == "Jupyter":
        yield from _check_jupyter(server, options, logged_in=logged_in)
        return
    with connection_to(server.base, "middleware"):
        response = get(server.at("rfb/health"), options, referer=server.base.url)
    if response.status != 200 or response.json.get("status") != "ok":
        text = f"not in marimo's server ({response.status_line} at {server.base.path}rfb/health)"
        raise CheckFailed("middleware", text, advice.INSTALL_MIDDLEWARE, level="warn")
    yield _middleware_version(response.json.get("version"))
    yield _check_marimo_socket(server, options, logged_in=logged_in)


def _middleware_version(reported: object) -> CheckResult:
    version = reported if isinstance(reported, str) else None
    if not middleware_skew(version, VERSION):
        return ok("middleware", f"marimo's server has marimo-rfb {version}".rstrip())
    # The kernel's version is unknown here; it is probably the one that is installed.
    other = "an older marimo-rfb" if version is None else f"marimo-rfb {ascii(version[:20])[1:-1]}"
    text = f"marimo's server has {other}, this environment has {VERSION}; a kernel with {VERSION} rejects that server"
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
        raise _no_websocket("marimo", exc) from exc
    else:
        raise _no_websocket("marimo", HandshakeFailed("another program answers"))
    if closed.code == CloseCode.UNAUTHORIZED and logged_in:
        text = f"marimo's server rejected the page's WebSocket: {closed.reason}"
        remedy = "make the proxy pass on Host with its port, or list the page's origin in MARIMO_RFB_ORIGINS"
        raise CheckFailed("socket", text, remedy)
    if closed.code == CloseCode.UNAUTHORIZED:
        return ok("socket", "a WebSocket opens; it needs the browser's login")
    if closed.code == CloseCode.NOT_FOUND:
        return ok("socket", "a WebSocket opens")
    raise CheckFailed("socket", f"a WebSocket opens and closes again ({closed})", NGINX_UPGRADE)


def _check_jupyter(server: NotebookServer, options: ClientOptions, *, logged_in: bool) -> Iterator[CheckResult]:
    address = server.at(_UNUSED_PORT).as_websocket()
    installed = ok("proxy", "jupyter-server-proxy is in Jupyter's server")
    try:
        with open_viewer(address, options, origin=server.base.origin, headers=options.authorization):
            yield installed
            yield ok("socket", "a WebSocket opens")
    except UpgradeRefused as exc:
        if exc.response.status == 404:
            text = "jupyter-server-proxy is not in Jupyter's server"
            raise CheckFailed("proxy", text, advice.INSTALL_JUPYTER_PROXY, level="warn") from exc
        if exc.response.status != 403 or logged_in:
            raise _no_websocket("Jupyter", exc) from exc
        yield installed
        yield warn("socket", "a WebSocket needs a login before it opens", "pass the server's token with --token")
    except (HandshakeFailed, OSError) as exc:
        raise _no_websocket("Jupyter", exc) from exc


def _no_websocket(program: str, exc: Exception) -> CheckFailed:
    text = f"{program}'s server answers HTTP requests, but no WebSocket"
    if isinstance(exc, UpgradeRefused):
        target = f" to {exc.response.location}" if exc.response.is_redirect else ""
        text = f"{text} ({exc.response.status_line}{target})"
        reason = advice.BLOCKED_UPGRADE
    else:
        reason = f"no answer within {TIMEOUT_S:.0f} seconds" if isinstance(exc, TimeoutError) else str(exc)
    return CheckFailed("socket", f"{text}: {reason}", NGINX_UPGRADE)
