"""What pictures would meet on their way to a notebook's page, `http://host:port/path`."""

import http.client
import re
from collections.abc import Generator, Iterator
from urllib.parse import urljoin

from marimo_rfb.cli import notebook_host, reach, same_origin, trouble
from marimo_rfb.cli.address import Address
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.notebook_host import NotebookHost
from marimo_rfb.cli.request import Answer, ask
from marimo_rfb.cli.visitor import Visitor
from marimo_rfb.errors import OptionError

__all__ = ["examine"]

MAX_REDIRECTS = 5

_LOGIN = re.compile(r"log-?in|sign-?in|oauth|auth|sso", re.IGNORECASE)
_SLOWLY = "over the kernel's channel, which is slow and so carries few and small pictures"


def examine(address: Address, visitor: Visitor) -> Iterator[Finding]:
    """Find out what serves the page, and which way its pictures will take."""
    visit = yield from _visit(address, visitor)
    if visit is None:
        return
    page, answer = visit
    try:
        host = notebook_host.find(page, visitor)
    except (OSError, http.client.HTTPException) as exc:
        yield trouble.finding("page", exc, page)
        return
    yield _page(answer, host, visitor)
    if host is None or host.program == "stream":
        yield _no_host(host, answer)
        return
    yield Finding("ok", "server", f"{host.program} {host.version}".strip() + f" at {host.base.url}")
    through = yield from same_origin.examine(host, visitor, logged_in=answer.status == 200)
    if page.is_secure:
        yield _mixed_content(through=through)
    yield _way(page, through=through)


def _visit(address: Address, visitor: Visitor) -> Generator[Finding, None, tuple[Address, Answer] | None]:
    """Go to a page and where it sends a browser, and return where that ended and with what answer."""
    origin = ""
    for _ in range(MAX_REDIRECTS + 1):
        if address.origin != origin:
            if origin:
                yield Finding("ok", "page", f"goes on at {address.origin}")
            if not (yield from reach.examine(address, visitor)):
                return None
            origin = address.origin
        try:
            answer = ask(address, visitor)
        except (OSError, http.client.HTTPException) as exc:
            yield trouble.finding("page", exc, address)
            return None
        target = _target(address, answer)
        if target is None:
            return address, answer
        address = target
    yield Finding("fail", "page", f"sends a browser in circles, last to {address.url}", "mend the proxy's redirects")
    return None


def _target(address: Address, answer: Answer) -> Address | None:
    """Return where a redirect leads, unless that is a login, or another server, which must not get the token."""
    if not answer.is_redirect:
        return None
    try:
        target = Address.parse(urljoin(address.url, answer.location))
    except OptionError:
        return None
    encrypts = target.scheme == "https" and address.scheme == "http"
    stays = target.host == address.host and (target.origin == address.origin or encrypts)
    return target if stays and not _LOGIN.search(target.path) else None


def _page(answer: Answer, host: NotebookHost | None, visitor: Visitor) -> Finding:
    if answer.status == 200:
        return Finding("ok", "page", "answers")
    if answer.is_redirect or answer.status in (401, 403):
        wants = f"wants a login ({answer.in_words}{f', to {answer.location}' if answer.location else ''})"
        if visitor.token is not None:
            return Finding("warn", "page", f"{wants}, and takes not this token", "look up the server's token again")
        if host is not None:
            return Finding("ok", "page", f"{wants}; with --token the rest is tried as whoever has it")
        return Finding("ok", "page", wants)
    if answer.status in (502, 503, 504):
        text = f"a proxy answers {answer.in_words}: the notebook's server is not there behind it"
        return Finding("fail", "page", text, "see that it runs, and that the proxy knows its port")
    remedy = "give the address that the browser shows above the notebook"
    return Finding("warn", "page", f"answers {answer.in_words}", remedy)


def _no_host(host: NotebookHost | None, answer: Answer) -> Finding:
    if host is not None:
        stream = f"{host.base.for_socket().url}name"
        return Finding("fail", "server", "this is the port of streams, not of a page", f"give {stream}")
    if answer.is_redirect or answer.status in (401, 403):
        return Finding(
            "fail",
            "server",
            "somebody before the notebook's server wants a login, so that a terminal gets no further",
            "log in with a browser and open the notebook: the status of a picture there says which way it came",
        )
    return Finding(
        "fail",
        "server",
        "neither marimo nor Jupyter answers here",
        "give the address that the browser shows above the notebook; a page that was exported has no server",
    )


def _mixed_content(*, through: bool) -> Finding:
    text = "the page is https, so a browser refuses ws:// to a port of the kernel's own"
    if through:
        return Finding("ok", "mixed content", f"{text}; none is needed")
    return Finding("warn", "mixed content", text, "mend the way through the notebook's own server, or give url=wss://…")


def _way(page: Address, *, through: bool) -> Finding:
    elsewhere = "to a browser on another machine"
    if page.is_loopback:
        elsewhere = f"directly to a browser on this machine, {elsewhere}"
    if through:
        return Finding("ok", "pictures go", f"{elsewhere} through the notebook's own server")
    if page.is_secure:
        return Finding("warn", "pictures go", f"{elsewhere} {_SLOWLY}")
    return Finding(
        "warn",
        "pictures go",
        f"{elsewhere} {_SLOWLY}",
        'or directly, where the stream has a port that it can reach: serve(host="0.0.0.0")',
    )
