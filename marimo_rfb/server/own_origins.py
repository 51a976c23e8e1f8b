"""The origins of this server's own pages, as browsers have vouched for them.

Three kinds of proxy change what a server can tell its pages by: one puts its own name for the server in the place of
`Host` (nginx, when nobody tells it to keep it), one leaves the port out (`Host $host`), and one has a container's port
there. Pages then look like those of a stranger, and differ from them only in what browsers say along with other
requests: that these come from the same origin, which no page can say of itself.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

__all__ = ["OwnOrigins"]

MAX_ORIGINS = 64

# marimo's pages send it with whatever they post. With it a page of another origin is asked first, and refused.
_MARIMOS = "marimo-server-token"


class OwnOrigins:
    """Learns from requests; the origins that were heard of last are kept. Used on the server's loop only."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    def __contains__(self, origin: object) -> bool:
        return origin in self._known

    def learn(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take in what a browser that is logged in said along with a plain request."""
        told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        origin = _vouched_for(told)
        if origin:
            self._known.pop(origin, None)
            self._known[origin] = None
            if len(self._known) > MAX_ORIGINS:
                del self._known[next(iter(self._known))]


def _vouched_for(headers: Mapping[str, str]) -> str:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin", "")
    if site == "same-origin":
        return _origin_of(origin or headers.get("referer", ""))
    # Over plain http to another machine browsers do not say it.
    return _origin_of(origin) if site is None and _MARIMOS in headers else ""


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()
