"""The origins of this server's own pages, learned from headers that only browsers set.

Behind three kinds of proxies `Host` does not match the origin of the server's own pages: one replaces it with its own
name for the server (nginx by default), one omits the port (`Host $host`), and one has a container's port in it. Such
pages then look cross-origin. But with other requests browsers report that they are same-origin, which a page cannot
forge.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

__all__ = ["OwnOrigins"]

MAX_ORIGINS = 64

# marimo's pages send this header with every POST. From another origin it triggers a CORS preflight, which is rejected.
_MARIMO_HEADER = "marimo-server-token"


class OwnOrigins:
    """Learns origins from requests; keeps the most recent ones. Server's loop only."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    def __contains__(self, origin: object) -> bool:
        return origin in self._known

    def learn(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Learn from the headers of an HTTP request by a logged-in browser."""
        decoded = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        origin = _same_origin(decoded)
        if origin:
            self._known.pop(origin, None)
            self._known[origin] = None
            if len(self._known) > MAX_ORIGINS:
                del self._known[next(iter(self._known))]


def _same_origin(headers: Mapping[str, str]) -> str:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin", "")
    if site == "same-origin":
        return _origin_of(origin or headers.get("referer", ""))
    # Over plain http to another machine browsers do not send `Sec-Fetch-Site`.
    return _origin_of(origin) if site is None and _MARIMO_HEADER in headers else ""


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()
