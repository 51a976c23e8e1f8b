"""Who knocks at an address, as whom, and by which way."""

import ssl
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from marimo_rfb.cli.address import Address

__all__ = ["WAIT_S", "Visitor", "proxy_of"]

# What a step may take.
WAIT_S = 5.0

# Where the environment names several proxies, the first of these counts.
_PROXIES = {
    "http": ("http",),
    "https": ("https",),
    "ws": ("ws", "socks", "https", "http"),
    "wss": ("wss", "socks", "https"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """What this terminal shows at a server's door.

    Attributes:
        token: of the stream, or of the notebook's server.
        insecure: go on where a certificate is not to be trusted.
    """

    token: str | None = field(default=None, repr=False)
    insecure: bool = False

    @property
    def authorization(self) -> dict[str, str]:
        """The header by which both marimo and Jupyter let a program in."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def proxy_of(address: Address) -> SplitResult | None:
    """Return the proxy that the environment names for `address`; none for this machine, whose loopback it knows not."""
    if address.is_loopback or urllib.request.proxy_bypass(f"{address.host}:{address.port}"):
        return None
    named = urllib.request.getproxies()
    url = next((named[scheme] for scheme in _PROXIES[address.scheme] if named.get(scheme)), None)
    if url is None:
        return None
    return urlsplit(url if "://" in url else f"http://{url}")
