"""DNS, TCP and TLS: what pages and streams need alike."""

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Iterator

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.check_result import CheckFailed, CheckResult, ok, warn
from marimo_rfb.cli.doctor.client_options import TIMEOUT_S, ClientOptions, Proxy
from marimo_rfb.cli.doctor.error_texts import connection_failed, connection_to
from marimo_rfb.cli.doctor.http_client import open_connection

__all__ = ["check"]


def check(address: Address, options: ClientOptions) -> Iterator[CheckResult]:
    """Check the name, the port and the certificate.

    Raises:
        CheckFailed: one of them keeps a browser from connecting.
    """
    proxy, server = Proxy.for_address(address), address
    if proxy is not None:
        server = Address(scheme="http", host=proxy.host, port=proxy.port)
        text = f"the environment sets the proxy {proxy.scheme}://{server.host_port}; NO_PROXY lists the exceptions"
        yield ok("proxy", text)
    if not _is_ip_address(server.host):
        yield _resolve(server)
    yield _connect(server)
    if address.is_secure and (proxy is None or proxy.scheme == "http"):
        yield _verify_certificate(address, options)


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _resolve(address: Address) -> CheckResult:
    answers: queue.Queue[list[str] | OSError] = queue.Queue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except OSError as exc:
            answers.put(exc)
        except UnicodeError as exc:  # a label that is empty or too long
            answers.put(socket.gaierror(socket.EAI_NONAME, str(exc)))

    # `getaddrinfo` has no timeout, and its thread must not keep the program from ending.
    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=TIMEOUT_S)
    except queue.Empty:
        text = f"DNS lookup for {address.host} timed out after {TIMEOUT_S:.0f} seconds"
        raise CheckFailed("name", text, "check the network and the name server of this machine") from None
    if isinstance(answer, OSError):
        raise connection_failed("name", answer, address)
    return ok("name", f"{address.host} is {', '.join(answer[:3])}")


def _connect(address: Address) -> CheckResult:
    server = (address.host, address.port)
    with connection_to(address, "port"), socket.create_connection(server, timeout=TIMEOUT_S):
        return ok("port", f"{address.host_port} accepts connections")


def _verify_certificate(address: Address, options: ClientOptions) -> CheckResult:
    with connection_to(address, "tls"), contextlib.closing(open_connection(address, ClientOptions())) as connection:
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as exc:
            browser = "asks whether to continue" if address.is_page else "refuses the connection without asking"
            text = f"not trusted: {exc.verify_message}; a browser {browser}"
            remedy = "install a certificate that your machines trust, or make them trust its issuer"
            if options.insecure:
                return warn("certificate", text, remedy)
            raise CheckFailed("certificate", text, f"{remedy}; --insecure runs the other checks anyway") from exc
        assert isinstance(connection.sock, ssl.SSLSocket)
        return ok("certificate", f"trusted; {connection.sock.version()}")
