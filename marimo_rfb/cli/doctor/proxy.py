"""The proxy that the environment names for an address."""

import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from marimo_rfb.cli.doctor.address import Address

__all__ = ["Proxy"]

# Several may be set; the first of these is used.
_VARIABLES = {
    "http": ("http",),
    "https": ("https",),
    "ws": ("ws", "socks", "https", "http"),
    "wss": ("wss", "socks", "https"),
}
_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080


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
        url = next((proxies[name] for name in _VARIABLES[address.scheme] if proxies.get(name)), None)
        if url is None:
            return None
        url = url if "://" in url else f"http://{url}"
        parts, authorization = urlsplit(url), {}
        if parts.username is not None:
            login = b64encode(f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()).decode()
            authorization = {"Proxy-Authorization": f"Basic {login}"}
        port = parts.port or _PORTS.get(parts.scheme, _SOCKS_PORT)
        return cls(parts.scheme, parts.hostname or "", port, url, authorization)
