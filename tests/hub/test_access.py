from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.errors import OptionError
from marimo_rfb.hub.access import (
    AccessOptions,
    AuthContext,
    host_fits,
    is_loopback,
    is_own_page,
    make_token,
    origin_fits,
    same_token,
)
from marimo_rfb.wire.messages import Hello

TOKEN = "a-token-of-this-stream"


class TestTokens:
    def test_each_token_is_new_and_holds_at_least_128_bits(self) -> None:
        tokens = {make_token(AccessOptions()) for _ in range(50)}
        assert len(tokens) == 50
        assert all(len(token) * 6 >= 128 for token in tokens)  # base64: six bits a character

    def test_a_token_that_was_given_is_used(self) -> None:
        assert make_token(AccessOptions(token="x" * 16)) == "x" * 16

    @pytest.mark.parametrize("token", ["", "x" * 15])
    def test_a_token_that_can_be_guessed_is_refused(self, token: str) -> None:
        with pytest.raises(OptionError, match="at least 16 characters"):
            AccessOptions(token=token)

    def test_only_the_same_token_is_the_same(self) -> None:
        assert same_token(TOKEN, TOKEN)
        assert not same_token(None, TOKEN)
        assert not same_token("", TOKEN)
        assert not same_token(TOKEN[:-1], TOKEN)
        assert not same_token(TOKEN + "x", TOKEN)

    @pytest.mark.parametrize("presented", ["ü", "\ud800", "\udcff" * 5, "\x00"])
    def test_a_token_that_is_no_ascii_is_just_wrong(self, presented: str) -> None:
        assert not same_token(presented, TOKEN)


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "is_open"),
        [
            ({}, False),
            ({"token": False}, True),
            ({"token": "x" * 16}, False),
            ({"token": False, "authenticate": str}, False),
        ],
    )
    def test_a_hub_is_open_when_nothing_is_asked(self, options: dict[str, Any], is_open: bool) -> None:
        assert AccessOptions(**options).is_open is is_open

    def test_a_hook_that_cannot_be_called_is_refused(self) -> None:
        with pytest.raises(OptionError, match="authenticate is a function of an AuthContext, got str"):
            AccessOptions(authenticate="ann")  # type: ignore[arg-type]

    @pytest.mark.parametrize("origin", ["example.org", "", "//example.org", "http:/x", "localhost"])
    def test_an_origin_without_a_scheme_is_refused(self, origin: str) -> None:
        with pytest.raises(OptionError, match=r'an origin looks like "https://example\.org"'):
            AccessOptions(origins=(origin,))

    @pytest.mark.parametrize("host", ["box.lan:80", "http://a", "", "a b", "::1", "*.", "*lan", "a*.lan", "b", 5, None])
    def test_an_allowed_host_that_is_none_is_refused(self, host: Any) -> None:
        with pytest.raises(OptionError, match=r'an allowed host looks like "box\.lan", without a port'):
            AccessOptions(allowed_hosts=(host,))


class TestHost:
    @pytest.mark.parametrize(
        "name", ["localhost", "LocalHost", "localhost.", "app.localhost", "127.0.0.1", "127.8.8.8", "[::1]"]
    )
    @pytest.mark.parametrize("port", ["", ":", ":8000"])
    def test_names_of_this_machine_fit(self, name: str, port: str) -> None:
        assert host_fits(name + port, allowed=())

    @pytest.mark.parametrize(
        "host", ["box.lan", "BOX.lan:8000", "box.lan.", "a.example.org", "a.b.example.org:1", "[fd00::1]:80"]
    )
    def test_names_that_are_allowed_fit(self, host: str) -> None:
        assert host_fits(host, allowed=("Box.lan", "*.example.org", "[fd00::1]"))
        assert not host_fits(host, allowed=())

    @pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "127.0.0.1.evil", "192.168.0.1"])
    @pytest.mark.parametrize("port", ["", ":80"])
    def test_names_of_other_machines_do_not(self, name: str, port: str) -> None:
        assert not host_fits(name + port, allowed=("box.lan", "*.example.org"))

    @pytest.mark.parametrize(
        "host",
        [
            *("notlocalhost", "evilbox.lan", "box.lan.evil.example", "example.org", "evilexample.org"),
            *("localhost@evil.example", "evil.example#localhost", "localhost,evil.example", "localhost evil.example"),
            *("localhost:80:80", "localhost:x", "localhost\n", "localhost\0", " localhost", "local\xadhost", "\u0131"),
            *(
                "",
                "0.0.0.0",
                "[::]",
                "::1",
                "[::1]x",
                "[fd00::1",
                "[localhost]",
                "[[[",
                "[",
                "]",
                "127.1",
                "2130706433",
            ),
        ],
    )
    def test_any_other_does_not(self, host: str) -> None:
        assert not host_fits(host, allowed=("box.lan", "*.example.org"))

    def test_a_star_lets_all_fit(self) -> None:
        assert host_fits("evil.example", allowed=("*",))

    @given(host=st.text(max_size=30), allowed=st.sampled_from([(), ("box.lan",), ("*.lan",)]))
    def test_no_host_raises(self, host: str, allowed: tuple[str, ...]) -> None:
        assert host_fits(host, allowed=allowed) in (True, False)


class TestOrigin:
    @pytest.mark.parametrize(
        ("origin", "host", "fits"),
        [
            (None, "127.0.0.1:8000", True),
            ("http://localhost:2718", "127.0.0.1:8000", True),
            ("http://127.0.0.1:2718", "localhost:8000", True),
            ("https://[::1]:2718", "127.0.0.1:8000", True),
            ("http://app.localhost", "127.0.0.1:8000", True),
            ("http://box.lan:2718", "box.lan:8000", True),
            ("https://box.lan", "box.lan:8000", True),
            ("http://BOX.lan", "box.LAN:8000", True),
            ("vscode-webview://1a2b3c", "127.0.0.1:8000", True),
            ("https://allowed.example", "127.0.0.1:8000", True),
            ("https://evil.example", "127.0.0.1:8000", False),
            ("https://allowed.example.evil.example", "127.0.0.1:8000", False),
            ("http://allowed.example", "127.0.0.1:8000", False),
            ("http://box.lan.evil.example", "box.lan:8000", False),
            ("http://localhost.evil.example", "localhost:8000", False),
            ("http://127.0.0.1.evil.example", "127.0.0.1:8000", False),
            ("http://localhost@evil.example", "localhost:8000", False),
            ("file://", "127.0.0.1:8000", False),
            ("null", "127.0.0.1:8000", False),
            ("", "127.0.0.1:8000", False),
            ("", "", False),
            ("http://", "", False),
            ("http://[", "127.0.0.1:8000", False),
            ("javascript:alert(1)", "127.0.0.1:8000", False),
            ("data:text/html,x", "127.0.0.1:8000", False),
            ("http://evil.example", "", False),
            ("\udcff", "127.0.0.1", False),
        ],
    )
    def test_pages_of_this_machine_of_the_same_host_and_those_allowed_fit(
        self, origin: str | None, host: str, fits: bool
    ) -> None:
        assert origin_fits(origin, host=host, allowed=("https://allowed.example",)) is fits

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://["])
    def test_a_star_lets_in_every_page(self, origin: str) -> None:
        assert origin_fits(origin, host="127.0.0.1", allowed=("*",))

    @pytest.mark.parametrize(
        ("host", "loopback"),
        [
            ("localhost", True),
            ("a.localhost", True),
            ("127.0.0.1", True),
            ("127.8.8.8", True),
            ("::1", True),
            ("0.0.0.0", False),
            ("::", False),
            ("192.168.0.1", False),
            ("example.org", False),
            ("", False),
            ("notlocalhost", False),
        ],
    )
    def test_loopback_is_this_machine_alone(self, host: str, loopback: bool) -> None:
        assert is_loopback(host) is loopback


class TestOwnPage:
    @pytest.mark.parametrize(
        ("origin", "host", "fits"),
        [
            (None, "app.example", True),  # no browser, and so no cookies but those it means to send
            ("https://app.example", "app.example", True),
            ("https://app.example", "app.example:443", True),
            ("http://app.example", "app.example:80", True),
            ("http://localhost:8000", "localhost:8000", True),
            ("http://[::1]:8000", "[::1]:8000", True),
            ("https://APP.example", "app.Example", True),
            ("https://app.example:8443", "app.example", True),  # of a proxy that leaves the port out
            ("https://allowed.example", "app.example", True),
            ("http://localhost:8001", "localhost:8000", False),
            ("http://localhost", "localhost:8000", False),
            ("http://localhost:8000", "127.0.0.1:8000", False),
            ("http://app.example", "app.example:443", False),
            ("https://sub.app.example", "app.example", False),
            ("https://app.example.evil.example", "app.example", False),
            ("https://app.example@evil.example", "app.example", False),
            ("vscode-webview://app.example", "app.example", False),
            ("null", "app.example", False),
            ("", "app.example", False),
            ("", "", False),
            ("https://", "", False),
            ("http://[", "app.example", False),
            ("https://app.example", "[", False),
            ("https://app.example:99999", "app.example", False),
            ("https://app.example", "app.example:x", False),
        ],
    )
    def test_it_has_the_host_and_the_port_that_were_asked(self, origin: str | None, host: str, fits: bool) -> None:
        assert is_own_page(origin, host=host, allowed=("https://allowed.example/",)) is fits

    def test_all_pages_may_be_let_in(self) -> None:
        assert is_own_page("https://evil.example", host="app.example", allowed=("*",))


def test_what_opens_doors_is_not_printed() -> None:
    secret = "a token that somebody chose"
    headers = {"authorization": secret, "cookie": f"session={secret}"}
    context = AuthContext(token=secret, headers=headers, cookies={"session": secret}, path="/scene")
    for each in (AccessOptions(token=secret), context, Hello(supported=(), token=secret)):
        assert secret not in repr(each)
    assert "/scene" in repr(context)
