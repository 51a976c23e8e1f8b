"""One plain HTTP request, answered as it is: no redirect is followed and no status is an error."""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from marimo_rfb.cli.address import Address
from marimo_rfb.cli.visitor import WAIT_S, Visitor, proxy_of

__all__ = ["REDIRECTS", "Answer", "ask"]

REDIRECTS = frozenset((301, 302, 303, 307, 308))
MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; of the body no more than its beginning."""

    status: int
    location: str = ""
    body: bytes = b""

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object that the body is; empty for anything else."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def in_words(self) -> str:
        """The status with its name."""
        return f"{self.status} {http.client.responses.get(self.status, '')}".strip()

    @property
    def is_redirect(self) -> bool:
        return self.status in REDIRECTS and self.location != ""


class _AsItIs(urllib.request.HTTPErrorProcessor):
    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        return response

    https_response = http_response


def ask(address: Address, visitor: Visitor, *, page: str = "") -> Answer:
    """GET `address`.

    Args:
        address: what to get.
        visitor: who asks.
        page: say what a browser does along with what a page at this address, of the same origin, asks for.

    Raises:
        OSError: nobody answered; a timeout, a refusal or a trouble of TLS is its own class.
        http.client.HTTPException: what came is not HTTP.
    """
    proxy = proxy_of(address)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({} if proxy is None else {address.scheme: proxy.geturl()}),
        urllib.request.HTTPSHandler(context=visitor.tls()),
        _AsItIs,
    )
    headers = {"User-Agent": "marimo-rfb doctor", **visitor.authorization}
    if page:
        headers |= {"Referer": page, "Sec-Fetch-Site": "same-origin"}
    try:
        with opener.open(urllib.request.Request(address.url, headers=headers), timeout=WAIT_S) as response:
            return Answer(response.status, response.headers.get("Location", ""), response.read(MAX_BYTES))
    except urllib.error.URLError as exc:
        if isinstance(exc.reason, OSError):
            raise exc.reason from exc
        raise
