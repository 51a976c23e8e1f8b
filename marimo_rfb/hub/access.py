"""Access control: tokens, the `authenticate` hook, and the `Origin` and `Host` checks."""

import hmac
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from marimo_rfb.errors import OptionError

__all__ = [
    "REFUSED",
    "AccessOptions",
    "AuthContext",
    "Authenticate",
    "host_fits",
    "is_loopback",
    "is_own_page",
    "make_token",
    "origin_fits",
    "same_token",
]

MIN_TOKEN_CHARACTERS = 16
_PORTS = {"http": 80, "https": 443}
# Every `Host` header that browsers send.
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{0,5})?")
_ALLOWED_HOST = re.compile(r"\*|(?:\*\.)?[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True, slots=True)
class AuthContext:
    """A client's request for access, as passed to the hook `AccessOptions.authenticate`.

    Attributes:
        token: the token in the client's hello.
        headers: of the handshake, with lower-case names.
        cookies: of the handshake.
        path: of the request, without the query.
        query: the query's parameters; of several with one name, the last.
        remote: address and port of the peer.
        stream: name of the requested stream.
    """

    # Credentials have `repr=False`, so that they do not end up in logs.
    token: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    remote: tuple[str, int] | None = None
    stream: str = ""


Authenticate = Callable[[AuthContext], Any | Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOptions:
    """Who may watch the streams of a hub, and send input to them.

    `serve` and `serve_server` take its fields as keywords; `Hub` takes the object:
    `rfb.Hub(access=rfb.AccessOptions(origins=("https://example.org",)))`. `Hub.access` returns it.

    Attributes:
        authenticate: called with an `AuthContext` for each client; sync (on a thread of its own) or async. Its return
            value becomes `InputEvent.principal`; `None` or an exception rejects the client. Replaces the token check;
            the token is `AuthContext.token`. Default `None`: the token decides.
        token: `True`, the default, makes an unguessable token for each stream; a string of at least 16 characters is
            the token of all streams; `False` accepts every client that reaches the port.
        origins: additional origins (`https://example.org`) whose pages may connect, or `"*"` for all; default none.
            Pages of this machine, and of the host that the page itself was loaded from, may always connect.
        allowed_hosts: additional host names (`"box.lan"`, `"*.example.org"`) for the HTTP Host header, or `"*"` for
            all; default none. They apply to a hub on loopback with neither token nor hook, which accepts only
            names of this machine and these: otherwise a page of another site could reach it by a name of its own that
            resolves to loopback (DNS rebinding).

    Raises:
        OptionError: a value is invalid.
    """

    authenticate: Authenticate | None = None
    token: bool | str = field(default=True, repr=False)
    origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.token, str) and len(self.token) < MIN_TOKEN_CHARACTERS:
            raise OptionError(
                f"a token has at least {MIN_TOKEN_CHARACTERS} characters, got {len(self.token)}; True makes one"
            )
        if self.authenticate is not None and not callable(self.authenticate):
            raise OptionError(f"authenticate is a function of an AuthContext, got {type(self.authenticate).__name__}")
        for origin in self.origins:
            if origin != "*" and not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", origin):
                raise OptionError(f'an origin looks like "https://example.org", got {origin!r}')
        for host in self.allowed_hosts:
            # A single letter is no host name; it comes from a string passed in place of a list.
            if not isinstance(host, str) or not _ALLOWED_HOST.fullmatch(host) or (len(host) == 1 and host != "*"):
                raise OptionError(f'an allowed host looks like "box.lan", without a port, got {host!r}')

    @property
    def is_open(self) -> bool:
        """Whether every client that reaches the port may watch."""
        return self.token is False and self.authenticate is None


class _Refused:
    """The type of `REFUSED`."""


REFUSED = _Refused()


def make_token(options: AccessOptions) -> str:
    """Return the token of a new stream: the configured one, or 256 random bits."""
    return options.token if isinstance(options.token, str) else secrets.token_urlsafe(32)


def same_token(presented: str | None, expected: str) -> bool:
    """Compare two tokens in constant time."""
    # A hostile token may contain a lone surrogate, which has no UTF-8.
    return presented is not None and hmac.compare_digest(presented.encode(errors="surrogatepass"), expected.encode())


def origin_fits(origin: str | None, *, host: str, allowed: tuple[str, ...]) -> bool:
    """Return whether a page of `origin` may connect.

    Args:
        origin: the `Origin` header; `None` from a client that is not a browser, which only the token can reject.
        host: the `Host` header.
        allowed: additional origins, or `"*"`.
    """
    if origin is None or "*" in allowed or origin in (a.rstrip("/") for a in allowed):
        return True
    try:
        page = urlsplit(origin)
        page_host = page.hostname or ""
        own_host = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if page.scheme == "vscode-webview":
        return True
    return page.scheme in ("http", "https") and (is_loopback(page_host) or page_host == own_host != "")


def is_own_page(origin: str | None, *, host: str, allowed: tuple[str, ...]) -> bool:
    """Return whether a page of `origin` is same-origin with the server at `host`.

    Stricter than `origin_fits`, for servers that a cookie alone may authenticate to: browsers send the cookies of a
    host to all of its ports, so they would authenticate a page of another port, or of another program on this machine.

    Args:
        origin: the `Origin` header; `None` from a client that is not a browser and sends no cookies by itself.
        host: the `Host` header, or one that a proxy preserved; without a port it matches every port, because some
            proxies omit it.
        allowed: additional origins, or `"*"`.
    """
    if origin is None or "*" in allowed or origin in (a.rstrip("/") for a in allowed):
        return True
    try:
        page, own = urlsplit(origin), urlsplit(f"//{host}")
        page_port = page.port or _PORTS.get(page.scheme)
        return page.scheme in _PORTS and page.hostname == own.hostname is not None and own.port in (None, page_port)
    except ValueError:
        return False


def host_fits(host: str, *, allowed: tuple[str, ...]) -> bool:
    """Return whether a hub without other access control accepts this `Host` header.

    Args:
        host: the `Host` header.
        allowed: host names besides those of this machine, `*.name` for all subdomains of one, or `"*"`.
    """
    if "*" in allowed:
        return True
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = (found[1] or found[2]).lower().removesuffix(".")
    return is_loopback(name) or any(_is_named(name, each.strip("[]").lower().removesuffix(".")) for each in allowed)


def _is_named(name: str, allowed: str) -> bool:
    return name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed


def is_loopback(host: str) -> bool:
    """Return whether `host` is a loopback name or address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
