"""What every connection of the doctor has in common: log-in, trust, timeout, proxy."""

import ssl
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from marimo_rfb.cli.doctor.address import Address

__all__ = ["TIMEOUT_S", "ClientOptions", "Proxy"]

# Of each step.
TIMEOUT_S = 5.0

# Several may be set; the first of these is used.
_PROXY_VARIABLES = {
    "http": ("http",),
    "https": ("https",),
    "ws": ("ws", "socks", "https", "http"),
    "wss": ("wss", "socks", "https"),
}
_PROXY_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How to log in, and whom to trust.

    Attributes:
        token: of the stream, or of the notebook's server.
        insecure: continue although a certificate is not trusted.
    """

    token: str | None = field(default=None, repr=False)
    insecure: bool = False

    @property
    def authorization(self) -> dict[str, str]:
        """The header with which marimo and Jupyter accept a token."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; `authorization` is the header that logs in to it."""

    scheme: str
    host: str
    port: int
    url: str = field(repr=False)
    authorization: dict[str, str] = field(repr=False)

    @classmethod
    def for_address(cls, address: Address) -> Self | None:
        """Return the proxy to use; none for this machine, which a proxy cannot reach."""
        if address.is_loopback or urllib.request.proxy_bypass(address.host_port):
            return None
        proxies = urllib.request.getproxies()
        url = next((proxies[name] for name in _PROXY_VARIABLES[address.scheme] if proxies.get(name)), None)
        if url is None:
            return None
        url = url if "://" in url else f"http://{url}"
        parts, authorization = urlsplit(url), {}
        if parts.username is not None:
            login = b64encode(f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()).decode()
            authorization = {"Proxy-Authorization": f"Basic {login}"}
        port = parts.port or _PROXY_PORTS.get(parts.scheme, _SOCKS_PORT)
        return cls(parts.scheme, parts.hostname or "", port, url, authorization)
