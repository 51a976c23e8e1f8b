"""The way to a server, as far as it is the same for pages and streams: name, port, certificate."""

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Generator
from urllib.parse import SplitResult, unquote

from marimo_rfb.cli import trouble
from marimo_rfb.cli.address import Address
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.visitor import WAIT_S, Visitor, proxy_of

__all__ = ["examine"]

_PROXY_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080


def examine(address: Address, visitor: Visitor) -> Generator[Finding, None, bool]:
    """Go as far as an open, encrypted connection, and return whether one can be had."""
    proxy, target = proxy_of(address), address
    if proxy is not None:
        target = Address(scheme="http", host=proxy.hostname or "", port=_port_of(proxy))
        shown = f"{proxy.scheme}://{target.place}"
        yield Finding(
            "ok", "proxy", f"{shown} stands between, by the environment; NO_PROXY names whom to reach without"
        )
    for step in (_find_name, _find_port):
        found = step(target)
        if found is not None:
            yield found
            if found.level == "fail":
                return False
    if address.is_secure and (proxy is None or proxy.scheme == "http"):
        found = _find_certificate(address, visitor, proxy)
        yield found
        return found.level != "fail"
    return True


def _find_name(address: Address) -> Finding | None:
    if _is_number(address.host):
        return None
    answers: queue.Queue[list[str] | OSError] = queue.Queue()
    # Asking for a name knows no time limit, and its thread must not keep the program from ending.
    threading.Thread(target=_resolve, args=(address, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=WAIT_S)
    except queue.Empty:
        remedy = "see that this machine has a network and a name server"
        return Finding("fail", "name", f"nobody says who {address.host} is, for {WAIT_S:.0f} seconds", remedy)
    if isinstance(answer, OSError):
        return trouble.finding("name", answer, address)
    return Finding("ok", "name", f"{address.host} is {', '.join(answer[:3])}")


def _resolve(address: Address, answers: "queue.Queue[list[str] | OSError]") -> None:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    except OSError as exc:
        answers.put(exc)
    except UnicodeError as exc:  # a label that is empty or too long
        answers.put(socket.gaierror(socket.EAI_NONAME, str(exc)))


def _find_port(address: Address) -> Finding:
    try:
        with socket.create_connection((address.host, address.port), timeout=WAIT_S):
            return Finding("ok", "port", f"{address.place} takes connections")
    except OSError as exc:
        return trouble.finding("port", exc, address)


def _find_certificate(address: Address, visitor: Visitor, proxy: SplitResult | None) -> Finding:
    try:
        version = _shake_hands(address, ssl.create_default_context(), proxy)
    except ssl.SSLCertVerificationError as exc:
        found = trouble.certificate(exc, address)
        return Finding("warn", found.subject, found.text, found.remedy.partition(";")[0]) if visitor.insecure else found
    except (OSError, http.client.HTTPException) as exc:
        return trouble.finding("tls", exc, address)
    return Finding("ok", "certificate", f"to be trusted; {version}")


def _shake_hands(address: Address, context: ssl.SSLContext, proxy: SplitResult | None) -> str:
    if proxy is None:
        connection = http.client.HTTPSConnection(address.host, address.port, timeout=WAIT_S, context=context)
    else:
        connection = http.client.HTTPSConnection(proxy.hostname or "", _port_of(proxy), timeout=WAIT_S, context=context)
        connection.set_tunnel(address.host, address.port, headers=_proxy_login(proxy))
    try:
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        return connection.sock.version() or "TLS"
    finally:
        connection.close()


def _proxy_login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(login.encode()).decode()}"}


def _port_of(proxy: SplitResult) -> int:
    return proxy.port or _PROXY_PORTS.get(proxy.scheme, _SOCKS_PORT)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
