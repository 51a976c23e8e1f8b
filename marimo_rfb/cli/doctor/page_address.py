"""How pictures will reach a notebook's page, `http://host:port/path`."""

import re
from collections.abc import Generator, Iterator
from urllib.parse import urljoin

from marimo_rfb import advice
from marimo_rfb.cli.doctor import reachability, same_origin
from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.check_result import CheckFailed, CheckResult, fail, ok, warn
from marimo_rfb.cli.doctor.client_options import ClientOptions
from marimo_rfb.cli.doctor.error_texts import connection_to
from marimo_rfb.cli.doctor.http_client import Response, get
from marimo_rfb.cli.doctor.notebook_server import NotebookServer, find_server
from marimo_rfb.errors import OptionError

__all__ = ["check"]

MAX_REDIRECTS = 5

_LOGIN = re.compile(r"log-?in|sign-?in|oauth|auth|sso", re.IGNORECASE)
_BROWSER_ADDRESS = "use the address that the browser shows for the notebook"


def check(address: Address, options: ClientOptions) -> Iterator[CheckResult]:
    """Find out what serves the page, and how its pictures will travel.

    Raises:
        CheckFailed: the page cannot be loaded, or is not a notebook's.
    """
    page, response = yield from _load(address, options)
    with connection_to(page, "page"):
        server = find_server(page, options)
    yield _check_page(response, options, is_server_known=server is not None)
    if server is None or server.program == "hub":
        raise _no_notebook(server, response)
    yield ok("server", f"{server.program} {server.version}".strip() + f" at {server.base.url}")
    try:
        yield from same_origin.check(server, options, logged_in=response.status == 200)
        same_origin_works = True
    except CheckFailed as exc:
        yield exc.result
        same_origin_works = False
    if page.is_secure and same_origin_works:
        yield ok("mixed content", f"{advice.MIXED_CONTENT}; it does not need to")
    elif page.is_secure:
        yield warn("mixed content", advice.MIXED_CONTENT, advice.MIXED_CONTENT_REMEDY)
    yield _transport(page, same_origin_works=same_origin_works)


def _load(address: Address, options: ClientOptions) -> Generator[CheckResult, None, tuple[Address, Response]]:
    """Follow redirects on the same server, and return the last address with its response."""
    origin = ""
    for _ in range(MAX_REDIRECTS + 1):
        if address.origin != origin:
            if origin:
                yield ok("page", f"redirects to {address.origin}")
            yield from reachability.check(address, options)
            origin = address.origin
        with connection_to(address, "page"):
            response = get(address, options)
        target = _redirect_target(address, response)
        if target is None:
            return address, response
        address = target
    raise CheckFailed("page", f"redirects in a loop, last to {address.url}", "correct the proxy's redirects")


def _redirect_target(address: Address, response: Response) -> Address | None:
    """Return where a redirect leads; `None` for a login, or another server, which must not get the token."""
    if not response.is_redirect:
        return None
    try:
        target = Address.parse(urljoin(address.url, response.location))
    except OptionError:
        return None
    upgrades_to_tls = target.scheme == "https" and address.scheme == "http"
    is_same_server = target.host == address.host and (target.origin == address.origin or upgrades_to_tls)
    return target if is_same_server and not _LOGIN.search(target.path) else None


def _check_page(response: Response, options: ClientOptions, *, is_server_known: bool) -> CheckResult:
    if response.status == 200:
        return ok("page", "loads")
    if response.wants_login:
        target = f" to {response.location}" if response.location else ""
        text = f"requires a login ({response.status_line}{target})"
        if options.token is not None:
            return warn("page", f"{text} and rejected this token", "look up the server's token again")
        return ok("page", f"{text}; --token runs the checks with a login" if is_server_known else text)
    if response.is_bad_gateway:
        text = f"a proxy answers {response.status_line}: it cannot reach the notebook's server"
        return fail("page", text, "check that the server runs and that the proxy has its port")
    return warn("page", f"answers {response.status_line}", _BROWSER_ADDRESS)


def _no_notebook(server: NotebookServer | None, response: Response) -> CheckFailed:
    if server is not None:
        remedy = f"use {server.base.as_websocket().url}name"
        return CheckFailed("server", "this is a port for streams, not for a page", remedy)
    if response.wants_login:
        text = "a login page comes before the notebook's server, so this terminal cannot check it"
        return CheckFailed(
            "server", text, "open the notebook in a browser: the status of a view says how its pictures come"
        )
    remedy = f"{_BROWSER_ADDRESS}; an exported page has no server"
    return CheckFailed("server", "neither marimo nor Jupyter answers here", remedy)


def _transport(page: Address, *, same_origin_works: bool) -> CheckResult:
    text = advice.VIA_SAME_ORIGIN if same_origin_works else advice.VIA_COMM
    if not page.is_secure:
        text = f"on another machine {text}"
        if page.is_loopback:
            text = f"in a browser on this machine {advice.VIA_DIRECT}; {text}"
    if same_origin_works:
        return ok("pictures come", text)
    remedy = 'alternatively, open a port that the browser can reach: serve(host="0.0.0.0")'
    return warn("pictures come", text, "" if page.is_secure else remedy)
