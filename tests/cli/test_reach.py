import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import answering
from relay import Certificate, relay

from marimo_rfb.cli import reach
from marimo_rfb.cli.address import Address
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.visitor import Visitor


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Give a port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path)


def examined(url: str, *, insecure: bool = False) -> tuple[list[Finding], bool]:
    steps = reach.examine(Address.parse(url), Visitor(insecure=insecure))
    findings: list[Finding] = []
    while True:
        try:
            findings.append(next(steps))
        except StopIteration as end:
            return findings, end.value


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def test_a_port_that_takes_connections_is_reached(listening: socket.socket) -> None:
    (port,), reached = examined(f"ws://127.0.0.1:{port_of(listening)}/x")
    assert (port.subject, port.level, reached) == ("port", "ok", True)


def test_a_name_is_told_with_what_it_stands_for(listening: socket.socket) -> None:
    (name, port), reached = examined(f"http://localhost:{port_of(listening)}/x")
    assert (name.subject, name.level) == ("name", "ok")
    assert "127.0.0.1" in name.text
    assert (port.level, reached) == ("ok", True)


def test_a_port_where_nobody_listens_ends_it(listening: socket.socket) -> None:
    number = port_of(listening)
    listening.close()
    (port,), reached = examined(f"ws://127.0.0.1:{number}/x")
    assert (port.level, reached) == ("fail", False)
    assert port.text == f"nobody listens at 127.0.0.1:{number}"
    assert "ssh -L" in port.remedy


@pytest.mark.parametrize("host", ["rfb-nowhere.invalid", "a..b.invalid"])
def test_a_name_that_nobody_knows_ends_it(host: str) -> None:
    (name,), reached = examined(f"ws://{host}:1/x")
    assert (name.level, reached) == ("fail", False)
    assert f"nobody knows the name {host}" in name.text


@pytest.mark.skipif(sys.platform != "linux", reason="a full backlog drops connections on Linux only")
def test_a_port_that_is_silent_is_a_firewall_perhaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "WAIT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        # A queue that is full answers nobody, as a firewall that drops.
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        (port,), reached = examined(f"ws://127.0.0.1:{port_of(server)}/x")
    assert (port.level, reached) == ("fail", False)
    assert "did not answer" in port.text
    assert "firewall" in port.remedy


def test_a_certificate_that_nobody_vouches_for_ends_it(certificate: Certificate, listening: socket.socket) -> None:
    with relay(port_of(listening), tls=certificate) as port:
        (_, found), reached = examined(f"wss://127.0.0.1:{port}/x")
    assert (found.subject, found.level, reached) == ("certificate", "fail", False)
    assert "self-signed certificate" in found.text
    assert "--insecure" in found.remedy


def test_insecure_goes_on_and_warns(certificate: Certificate, listening: socket.socket) -> None:
    with relay(port_of(listening), tls=certificate) as port:
        (_, found), reached = examined(f"https://127.0.0.1:{port}/x", insecure=True)
    assert (found.subject, found.level, reached) == ("certificate", "warn", True)
    assert "self-signed certificate" in found.text
    assert "--insecure" not in found.remedy


def test_a_trusted_certificate_is_fine(
    certificate: Certificate, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with relay(port_of(listening), tls=certificate) as port:
        (_, found), reached = examined(f"wss://127.0.0.1:{port}/x")
    assert (found.level, reached) == ("ok", True)
    assert "TLSv1" in found.text


def test_a_certificate_of_another_name_ends_it(
    certificate: Certificate, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with relay(port_of(listening), tls=certificate) as port:
        (_, _, found), reached = examined(f"wss://localhost:{port}/x")
    assert (found.level, reached) == ("fail", False)
    assert "localhost" in found.text


def test_a_server_without_tls_is_told_from_one_that_is_not_trusted() -> None:
    with answering(lambda target, headers: (200, {}, b"")) as port:
        (_, found), reached = examined(f"wss://127.0.0.1:{port}/x")
    assert (found.subject, found.level, reached) == ("tls", "fail", False)
    assert found.text == f"127.0.0.1:{port} does not speak TLS"
    assert found.remedy == "try ws:// in place of wss://"


def test_a_proxy_of_the_environment_is_told_and_asked(
    certificate: Certificate, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with relay(port_of(listening), tls=certificate) as server, relay(server) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy}")
        (told, port, found), reached = examined("https://rfb.test/x")
    assert f"http://127.0.0.1:{proxy}" in told.text
    assert f"127.0.0.1:{proxy}" in port.text
    assert (found.subject, found.level, reached) == ("certificate", "ok", True)
