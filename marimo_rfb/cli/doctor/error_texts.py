"""What a failed connection means, and what to do about it."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.check_result import CheckFailed
from marimo_rfb.cli.doctor.client_options import TIMEOUT_S
from marimo_rfb.cli.doctor.http_client import CONNECTION_ERRORS

__all__ = ["connection_failed", "connection_to"]

_START_SERVER = (
    "start the server, or look up the address again: a restarted kernel has another port; "
    "to reach a server on another machine's 127.0.0.1, use ssh -L"
)
_FIREWALL = "a firewall may drop the packets: open the port, or forward it with ssh -L"
_OTHER_PROGRAM = "look up the address again: another program may use this port"


@contextlib.contextmanager
def connection_to(address: Address, subject: str) -> Iterator[None]:
    """Turn a connection error of the body into a failed check of `subject`."""
    try:
        yield
    except CONNECTION_ERRORS as exc:
        raise connection_failed(subject, exc, address) from exc


def connection_failed(subject: str, exc: Exception, address: Address) -> CheckFailed:
    """Explain `exc`, which was raised while connecting to `address`."""
    # A server that hangs up may be noticed as an end or as a reset of the connection, which is chance.
    if subject == "tls" and isinstance(exc, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError)):
        return CheckFailed(subject, *_explain_hang_up(address))
    return CheckFailed(subject, *_explain(exc, address))


def _explain_hang_up(address: Address) -> tuple[str, str]:
    plain = "http" if address.is_page else "ws"
    remedy = f"it may not speak TLS: try {plain}:// instead of {address.scheme}://"
    return f"{address.host_port} closed the connection during the TLS handshake", remedy


def _explain(exc: Exception, address: Address) -> tuple[str, str]:
    server, plain = address.host_port, "http" if address.is_page else "ws"
    maybe_tls = "" if address.is_secure else f", or the server expects TLS: try {plain}s://"
    match exc:
        case ssl.SSLError() if "WRONG_VERSION" in str(exc) or "HTTP_REQUEST" in str(exc):
            return f"{server} does not speak TLS", f"try {plain}:// instead of {address.scheme}://"
        case ssl.SSLError():
            return f"TLS handshake with {server} failed: {exc}", "check the server's TLS settings and its log"
        case TimeoutError():
            return f"{server} did not answer within {TIMEOUT_S:.0f} seconds", _FIREWALL
        case ConnectionRefusedError():
            return f"nothing listens on {server}", _START_SERVER
        case socket.gaierror():
            remedy = "check the spelling; an internal name may need a VPN"
            return f"DNS lookup for {address.host} failed: {exc.strerror}", remedy
        case ConnectionError() | EOFError():
            remedy = f"a firewall may have closed it, or the server speaks another protocol{maybe_tls}"
            return f"{server} closed the connection without an answer", remedy
        case http.client.HTTPException():
            return f"{server} does not speak HTTP", _OTHER_PROGRAM
        case OSError():
            return f"cannot connect to {server}: {exc.strerror or exc}", "check the network of this machine"
        case _:
            return f"cannot open a WebSocket to {server}: {exc}", f"{_OTHER_PROGRAM}{maybe_tls}"
