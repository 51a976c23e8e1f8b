import pytest

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.client_options import Proxy


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "ws_proxy", "wss_proxy", "socks_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", "http://plain:3128")
    monkeypatch.setenv("https_proxy", "secure:3129")


def proxy_for(url: str) -> str | None:
    found = Proxy.for_address(Address.parse(url))
    return None if found is None else found.url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.org/", "http://plain:3128"),
        ("https://example.org/", "http://secure:3129"),
        ("ws://example.org/x", "http://secure:3129"),
        ("wss://example.org/x", "http://secure:3129"),
    ],
)
def test_the_environment_names_the_proxy(url: str, expected: str) -> None:
    assert proxy_for(url) == expected


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "app.localhost"])
@pytest.mark.parametrize("scheme", ["http", "https", "ws", "wss"])
def test_loopback_needs_no_proxy(scheme: str, host: str) -> None:
    assert proxy_for(f"{scheme}://{host}:1/x") is None


def test_no_proxy_lists_the_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "inner.example")
    assert proxy_for("http://a.inner.example/") is None
    assert proxy_for("http://outer.example/") == "http://plain:3128"


def test_a_websocket_proxy_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ws_proxy", "http://sockets:1")
    assert proxy_for("ws://example.org/x") == "http://sockets:1"
    assert proxy_for("wss://example.org/x") == "http://secure:3129"
