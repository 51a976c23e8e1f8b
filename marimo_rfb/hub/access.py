"""Who may watch: tokens, the `authenticate` hook and the Origin check."""

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
# What `Host` may hold; anything else no browser sends.
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{0,5})?")
_ALLOWED_HOST = re.compile(r"\*|(?:\*\.)?[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True, slots=True)
class AuthContext:
    """What is known of a client that wants to watch, for the hook `AccessOptions.authenticate`.

    Attributes:
        token: what the client sent in its hello.
        headers: of the handshake, lower-case names.
        cookies: of the handshake.
        path: of the request, without the query.
        query: the query's fields, the last one of a name.
        remote: address and port of the peer.
        stream: name of the stream it wants.
    """

    # What opens doors is not to be printed with the rest: it would end in logs.
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
    """Who may watch the streams of a hub, and click in them.

    `serve` and `serve_server` take its fields as keywords, a hub of one's own takes it whole:
    `rfb.Hub(access=rfb.AccessOptions(origins=("https://example.org",)))`. `Hub.access` is what a hub has.

    Attributes:
        authenticate: called with an `AuthContext` for each client, sync (then on a thread of its own) or async. What
            it returns becomes `InputEvent.principal`; `None` or an exception refuses. It alone decides: the token is
            for it to look at. `None` unless given: the token decides.
        token: `True`, as it is unless given, makes an unguessable one for each stream, a string of at least 16
            characters is used for all of them, `False` lets in whoever reaches the port.
        origins: further origins (`https://example.org`) whose pages may connect, or `"*"` for all; none unless given.
            Pages of this machine and of the host that the page itself was loaded from always may.
        allowed_hosts: further names (`"box.lan"`, `"*.example.org"`) by which the hub may be asked for, or `"*"` for
            all; none unless given. They count where there is neither token nor hook and the hub listens on loopback,
            which then is what keeps strangers out: it takes only names of this machine and these, because a page of
            another site can have its own name lead here (DNS rebinding).

    Raises:
        OptionError: a value makes no sense.
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
            # One letter is no name, but what a text becomes that is given in place of a list.
            if not isinstance(host, str) or not _ALLOWED_HOST.fullmatch(host) or (len(host) == 1 and host != "*"):
                raise OptionError(f'an allowed host looks like "box.lan", without a port, got {host!r}')

    @property
    def is_open(self) -> bool:
        """Whether whoever reaches the port may watch."""
        return self.token is False and self.authenticate is None


class _Refused:
    """The type of `REFUSED`."""


REFUSED = _Refused()


def make_token(options: AccessOptions) -> str:
    """Return the token of a new stream: 256 bits, or the one that was given."""
    return options.token if isinstance(options.token, str) else secrets.token_urlsafe(32)


def same_token(presented: str | None, expected: str) -> bool:
    """Compare in constant time."""
    # A hostile token may hold half a surrogate pair, which has no proper UTF-8.
    return presented is not None and hmac.compare_digest(presented.encode(errors="surrogatepass"), expected.encode())


def origin_fits(origin: str | None, *, host: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether a page of `origin` may connect.

    Args:
        origin: the `Origin` header; `None` from a client that is not a browser, which the token must stop.
        host: the `Host` header.
        allowed: further origins, or `"*"`.
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
    """Tell whether a page of `origin` comes from the server that it now asks, at `host`.

    Stricter than `origin_fits`, for where a cookie may be all that is asked for: browsers send the cookies of a host to
    all of its ports, so a page of another port, or of another program of this machine, would be let in by them.

    Args:
        origin: the `Origin` header; `None` from a client that is not a browser and sends no cookies by itself.
        host: the `Host` header, or one that a proxy has kept; without a port it stands for all of them, because some
            proxies leave it out.
        allowed: further origins, or `"*"`.
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
    """Tell whether a hub that asks for nothing else may be asked for by this name.

    Args:
        host: the `Host` header.
        allowed: names besides those of this machine, `*.name` for all below one, or `"*"`.
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
    """Tell whether `host` names this machine alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
