import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import answering
from relay import Certificate, relay

from marimo_rfb.cli.doctor import reachability
from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.check_result import CheckFailed, CheckResult
from marimo_rfb.cli.doctor.client_options import ClientOptions
from marimo_rfb.hub.hub import Hub


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Return a port that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path)


def check(url: str, *, insecure: bool = False) -> tuple[list[CheckResult], bool]:
    results: list[CheckResult] = []
    try:
        for result in reachability.check(Address.parse(url), ClientOptions(insecure=insecure)):
            results.append(result)
    except CheckFailed as exc:
        return [*results, exc.result], False
    return results, True


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def test_a_port_that_accepts_connections_is_reached(listening: socket.socket) -> None:
    (port,), reached = check(f"ws://127.0.0.1:{port_of(listening)}/x")
    assert (port.subject, port.level, reached) == ("port", "ok", True)


def test_a_name_is_shown_with_its_address(listening: socket.socket) -> None:
    (name, port), reached = check(f"http://localhost:{port_of(listening)}/x")
    assert (name.subject, name.level) == ("name", "ok")
    assert "127.0.0.1" in name.text
    assert (port.level, reached) == ("ok", True)


def test_a_port_without_a_listener_ends_it(listening: socket.socket) -> None:
    number = port_of(listening)
    listening.close()
    (port,), reached = check(f"ws://127.0.0.1:{number}/x")
    assert (port.level, reached) == ("fail", False)
    assert port.text == f"nothing listens on 127.0.0.1:{number}"
    assert "ssh -L" in port.remedy


@pytest.mark.parametrize("host", ["rfb-nowhere.invalid", "a..b.invalid"])
def test_an_unknown_name_ends_it(host: str) -> None:
    (name,), reached = check(f"ws://{host}:1/x")
    assert (name.level, reached) == ("fail", False)
    assert f"DNS lookup for {host} failed" in name.text


@pytest.mark.skipif(sys.platform != "linux", reason="a full backlog drops connections on Linux only")
def test_a_port_that_does_not_answer_may_be_behind_a_firewall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        # A full backlog answers nobody, like a firewall that drops packets.
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        (port,), reached = check(f"ws://127.0.0.1:{port_of(server)}/x")
    assert (port.level, reached) == ("fail", False)
    assert "did not answer" in port.text
    assert "firewall" in port.remedy


def test_an_untrusted_certificate_ends_it(certificate: Certificate, listening: socket.socket) -> None:
    with relay(port_of(listening), tls=certificate) as port:
        (_, result), reached = check(f"wss://127.0.0.1:{port}/x")
    assert (result.subject, result.level, reached) == ("certificate", "fail", False)
    assert "self-signed certificate" in result.text
    assert "--insecure" in result.remedy


def test_insecure_continues_with_a_warning(certificate: Certificate, listening: socket.socket) -> None:
    with relay(port_of(listening), tls=certificate) as port:
        (_, result), reached = check(f"https://127.0.0.1:{port}/x", insecure=True)
    assert (result.subject, result.level, reached) == ("certificate", "warn", True)
    assert "self-signed certificate" in result.text
    assert "--insecure" not in result.remedy


def test_a_trusted_certificate_is_ok(
    certificate: Certificate, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with relay(port_of(listening), tls=certificate) as port:
        (_, result), reached = check(f"wss://127.0.0.1:{port}/x")
    assert (result.level, reached) == ("ok", True)
    assert "TLSv1" in result.text


def test_a_certificate_of_another_name_ends_it(
    certificate: Certificate, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with relay(port_of(listening), tls=certificate) as port:
        (_, _, result), reached = check(f"wss://localhost:{port}/x")
    assert (result.level, reached) == ("fail", False)
    assert "localhost" in result.text


def test_a_server_without_tls_is_recognised() -> None:
    with answering(lambda target, headers: (200, {}, b"")) as port:
        (_, result), reached = check(f"wss://127.0.0.1:{port}/x")
    assert (result.subject, result.level, reached) == ("tls", "fail", False)
    assert result.text == f"127.0.0.1:{port} does not speak TLS"
    assert result.remedy == "try ws:// instead of wss://"


def test_a_server_that_hangs_up_on_tls_may_not_speak_it(hub: Hub) -> None:
    (_, result), reached = check(f"wss://127.0.0.1:{hub.port}/x")
    assert (result.subject, result.level, reached) == ("tls", "fail", False)
    assert result.text == f"127.0.0.1:{hub.port} closed the connection during the TLS handshake"
    assert "try ws:// instead of wss://" in result.remedy


def test_a_proxy_of_the_environment_is_shown_and_used(
    certificate: Certificate, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with relay(port_of(listening), tls=certificate) as server, relay(server) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy}")
        (proxied, port, result), reached = check("https://rfb.test/x")
    assert f"http://127.0.0.1:{proxy}" in proxied.text
    assert f"127.0.0.1:{proxy}" in port.text
    assert (result.subject, result.level, reached) == ("certificate", "ok", True)
