"""Examine an address, from this terminal and as a browser would go there."""

from collections.abc import Iterator

from marimo_rfb.cli import page_address, stream_address
from marimo_rfb.cli.address import Address
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.visitor import Visitor

__all__ = ["examine"]


def examine(url: str, *, token: str | None = None, insecure: bool = False) -> Iterator[Finding]:
    """Find out everything about the stream or the notebook's page at `url`, one thing after the other.

    Args:
        url: `ws://` or `wss://` of a stream, `http://` or `https://` of a page.
        token: of the stream, or of the server of the page; the query of a page's address may have it too.
        insecure: go on where a certificate is not to be trusted.

    Raises:
        OptionError: at once, if `url` is no such address.
    """
    address = Address.parse(url)
    if not address.is_page:
        return stream_address.examine(address, Visitor(token=token, insecure=insecure))
    address, printed = address.without_token()
    return page_address.examine(address, Visitor(token=token or printed, insecure=insecure))
