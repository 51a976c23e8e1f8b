import pytest

from marimo_rfb.cli.address import Address
from marimo_rfb.cli.visitor import proxy_of


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "ws_proxy", "wss_proxy", "socks_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", "http://plain:3128")
    monkeypatch.setenv("https_proxy", "secure:3129")


def proxy(url: str) -> str | None:
    found = proxy_of(Address.parse(url))
    return None if found is None else found.geturl()


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
    assert proxy(url) == expected


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "app.localhost"])
@pytest.mark.parametrize("scheme", ["http", "https", "ws", "wss"])
def test_there_is_no_proxy_to_this_machine(scheme: str, host: str) -> None:
    assert proxy(f"{scheme}://{host}:1/x") is None


def test_no_proxy_is_asked_for_what_no_proxy_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "inner.example")
    assert proxy("http://a.inner.example/") is None
    assert proxy("http://outer.example/") == "http://plain:3128"


def test_a_proxy_for_sockets_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ws_proxy", "http://sockets:1")
    assert proxy("ws://example.org/x") == "http://sockets:1"
    assert proxy("wss://example.org/x") == "http://secure:3129"
