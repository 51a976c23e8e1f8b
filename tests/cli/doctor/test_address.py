import pytest

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.errors import OptionError


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ws://127.0.0.1:2718/scene", "ws://127.0.0.1:2718/scene"),
        ("  wss://Example.org/a%20b?k=v ", "wss://example.org/a%20b?k=v"),
        ("http://localhost", "http://localhost/"),
        ("https://example.org:443/x", "https://example.org/x"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("ws://[::1]:81/x", "ws://[::1]:81/x"),
        ("http://bücher.example/größe?ä=1", "http://xn--bcher-kva.example/gr%C3%B6%C3%9Fe?%C3%A4=1"),
        ("127.0.0.1:2718", "http://127.0.0.1:2718/"),
        ("localhost:8888/lab?next=http://x", "http://localhost:8888/lab?next=http://x"),
        ("[::1]:81/x", "http://[::1]:81/x"),
        ("example.org", "http://example.org/"),
        ("http://localhost:1/a#b", "http://localhost:1/a"),
    ],
)
def test_an_address_is_parsed_as_a_browser_does(typed: str, read: str) -> None:
    assert Address.parse(typed).url == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ftp://example.org/x",
        "ws:///x",
        "ws://:80/x",
        "http://exa mple.org/",
        "http://example.org/\x00",
        "http:\\\\example.org",
        "ws://host:port/x",
        "ws://host:70000/x",
        "ws://host:0/x",
        "ws://host:-1/x",
        "http://[::1/x",
        "http://" + "ü" * 80 + ".example/",
    ],
)
def test_an_invalid_address_is_rejected_with_what_is_expected(typed: str) -> None:
    with pytest.raises(OptionError, match=r"expected a stream's ws://host:port/name or .*; "):
        Address.parse(typed)


@pytest.mark.parametrize("server", ["example.org", "example.org:x", "exa mple.org", "[::1", ""])
def test_a_password_is_not_repeated(server: str) -> None:
    with pytest.raises(OptionError, match="user name") as raised:
        Address.parse(f"http://ada:secret@{server}/")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("name", ["token", "access_token"])
def test_the_token_that_a_server_prints_is_taken_out_of_the_address(name: str) -> None:
    address, token = Address.parse(f"http://localhost:1/lab?file=a%20b&{name}=s3cret").split_token()
    assert (address.url, token) == ("http://localhost:1/lab?file=a+b", "s3cret")


def test_an_address_without_a_token_stays_as_it_is() -> None:
    address = Address.parse("http://localhost:1/lab?file=a%20b")
    assert address.split_token() == (address, None)


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.9", True), ("[::1]", True), ("10.0.0.1", False)])
def test_loopback_hosts_are_recognised(host: str, expected: bool) -> None:
    assert Address.parse(f"ws://{host}:1/x").is_loopback is expected
