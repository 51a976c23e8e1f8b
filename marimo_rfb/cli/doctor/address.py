"""The address to check."""

import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from marimo_rfb.errors import OptionError
from marimo_rfb.hub.access import is_loopback

__all__ = ["Address"]

_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}
_EXPECTED = "expected a stream's ws://host:port/name or a notebook's page http://host:port/path, or wss:// or https://"
# As Jupyter and marimo print it.
_TOKEN_FIELDS = ("token", "access_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL in its parts; `host` has no brackets, `path` starts with a slash and is quoted."""

    scheme: str
    host: str
    port: int
    path: str = "/"
    query: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Parse what a user typed; `http://` is the default, as in a browser.

        Raises:
            OptionError: it is not the address of a stream or a page; the message says what is expected.
        """
        url = url.strip()
        try:
            if re.search(r"[\s\x00-\x1f\x7f\\]", url):
                raise ValueError("it contains a space, a control character or a backslash")
            parts = urlsplit(url if re.match(r"[a-zA-Z][\w+.-]*:/", url) else f"http://{url}")
            if parts.username is None:
                return cls._from_parts(parts)
        except ValueError as exc:
            shown = "an address with a user name" if "@" in url else repr(url)  # it may contain a password
            raise OptionError(f"{_EXPECTED}; got {shown}: {exc}") from exc
        raise OptionError("the address must not contain a user name or a password; pass the token with --token")

    @classmethod
    def _from_parts(cls, parts: SplitResult) -> Self:
        host, port, default_port = parts.hostname or "", parts.port, _PORTS.get(parts.scheme)
        if not host or default_port is None or port == 0:
            raise ValueError("its scheme, host or port is wrong")
        return cls(
            scheme=parts.scheme,
            host=host if host.isascii() else host.encode("idna").decode(),
            port=port or default_port,
            path=quote(parts.path, safe="/%:@!$&'()*+,;=~") or "/",
            query=quote(parts.query, safe="/%:@!$&'()*+,;=~?"),
        )

    @property
    def url(self) -> str:
        return f"{self.origin}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def origin(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self._bracketed_host}{port}"

    @property
    def host_port(self) -> str:
        return f"{self._bracketed_host}:{self.port}"

    @property
    def is_page(self) -> bool:
        return self.scheme in ("http", "https")

    @property
    def is_secure(self) -> bool:
        return self.scheme in ("wss", "https")

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def at(self, path: str) -> Self:
        """Return the address of another path on the same server."""
        return replace(self, path=path, query="")

    def as_websocket(self) -> Self:
        return replace(self, scheme="wss" if self.is_secure else "ws")

    def as_http(self) -> Self:
        return replace(self, scheme="https" if self.is_secure else "http")

    def split_token(self) -> tuple[Self, str | None]:
        """Return the address without the token in its query, and that token."""
        fields = parse_qsl(self.query, keep_blank_values=True)
        tokens = [value for name, value in fields if name in _TOKEN_FIELDS]
        if not tokens:
            return self, None
        others = [field for field in fields if field[0] not in _TOKEN_FIELDS]
        return replace(self, query=urlencode(others)), tokens[0] or None

    @property
    def _bracketed_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host
