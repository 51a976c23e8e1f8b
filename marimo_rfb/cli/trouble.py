"""What keeps a connection from coming about, in words and with a remedy."""

import http.client
import socket
import ssl

from marimo_rfb.cli.address import Address
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.visitor import WAIT_S

__all__ = ["certificate", "finding"]

_LISTENS = (
    "start what serves there, or look up the address again: a restarted kernel has another port; "
    "a server that listens at 127.0.0.1 is reached from its own machine alone, from others by ssh -L"
)
_BLOCKED = "a firewall may drop what is sent there: open the port, or bring it here by ssh -L"


def finding(subject: str, exc: Exception, address: Address) -> Finding:
    """Return the finding that `exc` is, raised on the way to `address`."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return certificate(exc, address)
    return Finding("fail", subject, *_words(exc, address))


def certificate(exc: ssl.SSLCertVerificationError, address: Address) -> Finding:
    """Return the finding that a browser would not trust the server."""
    asks = "asks whether to go on" if address.is_page else "refuses it and does not even ask"
    return Finding(
        "fail",
        "certificate",
        f"not to be trusted: {exc.verify_message}; a browser {asks}",
        "give the server a certificate that your machines trust, or let them trust its issuer; "
        "--insecure examines the rest all the same",
    )


def _words(exc: Exception, address: Address) -> tuple[str, str]:
    plain = "http" if address.is_page else "ws"
    match exc:
        case ssl.SSLError() if "WRONG_VERSION" in str(exc) or "HTTP_REQUEST" in str(exc):
            return f"{address.place} does not speak TLS", f"try {plain}:// in place of {address.scheme}://"
        case ssl.SSLError():
            return (
                f"no TLS with {address.place}: {exc}",
                "see what ends TLS there: its log, its certificate, its versions",
            )
        case TimeoutError():
            return f"{address.place} did not answer within {WAIT_S:.0f} seconds", _BLOCKED
        case ConnectionRefusedError():
            return f"nobody listens at {address.place}", _LISTENS
        case socket.gaierror():
            return f"nobody knows the name {address.host}: {exc.strerror}", (
                "look at its spelling; a name of an inner network needs its VPN"
            )
        case ConnectionError() | EOFError():
            return f"{address.place} hung up without a word", (
                "what listens there speaks something else, or a firewall cut in"
                if address.is_secure
                else f"it may speak TLS: try {plain}s://; or a firewall cut in"
            )
        case http.client.HTTPException():
            return (
                f"what {address.place} answers is not HTTP",
                "look up the address again: another program has the port",
            )
        case OSError():
            return f"there is no way to {address.place}: {exc.strerror or exc}", "see that this machine has a network"
        case _:
            remedy = "look up the address again: another program may have the port"
            if not address.is_secure:
                remedy = f"{remedy}, or it may speak TLS: try {plain}s://"
            return f"no connection to {address.place}: {exc}", remedy
