"""A single GET request: no redirect is followed, and no status is an error."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.client_options import TIMEOUT_S, ClientOptions, Proxy

__all__ = ["CONNECTION_ERRORS", "Response", "get", "open_connection"]

# The second where the answer is not HTTP.
CONNECTION_ERRORS = (OSError, http.client.HTTPException)
MAX_BYTES = 64 * 1024

_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True)
class Response:
    """A response; `body` is at most its first 64 KiB."""

    status: int
    location: str = ""
    body: bytes = b""

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object in the body; empty for anything else."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def status_line(self) -> str:
        """The status with its name, as in `404 Not Found`."""
        return f"{self.status} {http.client.responses.get(self.status, '')}".strip()

    @property
    def is_redirect(self) -> bool:
        return self.status in _REDIRECTS and self.location != ""

    @property
    def wants_login(self) -> bool:
        return self.is_redirect or self.status in (401, 403)

    @property
    def is_bad_gateway(self) -> bool:
        """Whether a proxy answers in place of a server that it cannot reach."""
        return self.status in (502, 503, 504)


def open_connection(address: Address, options: ClientOptions) -> http.client.HTTPConnection:
    """Return a connection to `address`, or to the proxy for it; it connects with its first request."""
    proxy = Proxy.for_address(address)
    server = proxy or address
    if not address.is_secure:
        return http.client.HTTPConnection(server.host, server.port, timeout=TIMEOUT_S)
    context = options.tls_context()
    connection = http.client.HTTPSConnection(server.host, server.port, timeout=TIMEOUT_S, context=context)
    if proxy is not None:
        connection.set_tunnel(address.host, address.port, headers=proxy.authorization)
    return connection


def get(address: Address, options: ClientOptions, *, referer: str = "") -> Response:
    """GET `address`; with `referer`, as a browser does for a page of the same origin.

    Raises:
        OSError: no answer; timeouts, refusals and TLS errors have classes of their own.
        http.client.HTTPException: the answer is not HTTP.
    """
    headers = {"User-Agent": "marimo-rfb doctor", **options.authorization}
    if referer:
        headers |= {"Referer": referer, "Sec-Fetch-Site": "same-origin"}
    proxy = None if address.is_secure else Proxy.for_address(address)
    target = address.url
    if proxy is None:
        target = target.removeprefix(address.origin)
    else:
        headers |= proxy.authorization
    connection = open_connection(address, options)
    try:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        return Response(response.status, response.headers.get("Location", ""), response.read(MAX_BYTES))
    finally:
        connection.close()
