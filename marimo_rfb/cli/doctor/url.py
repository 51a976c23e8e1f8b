"""Check an address: of a stream or of a notebook's page."""

from collections.abc import Iterator

from marimo_rfb.cli.doctor import page_address, stream_address
from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.check_result import CheckFailed, CheckResult
from marimo_rfb.cli.doctor.client_options import ClientOptions

__all__ = ["check_url"]


def check_url(url: str, *, token: str | None = None, insecure: bool = False) -> Iterator[CheckResult]:
    """Check the stream or the notebook's page at `url`, step by step.

    Args:
        url: `ws://` or `wss://` of a stream, `http://` or `https://` of a page.
        token: of the stream, or of the page's server; a page's address may contain it too.
        insecure: continue although a certificate is not trusted.

    Raises:
        OptionError: at once, if `url` is not such an address.
    """
    address = Address.parse(url)
    if not address.is_page:
        return _until_failure(stream_address.check(address, ClientOptions(token=token, insecure=insecure)))
    address, printed_token = address.split_token()
    return _until_failure(page_address.check(address, ClientOptions(token=token or printed_token, insecure=insecure)))


def _until_failure(results: Iterator[CheckResult]) -> Iterator[CheckResult]:
    try:
        yield from results
    except CheckFailed as exc:
        yield exc.result
