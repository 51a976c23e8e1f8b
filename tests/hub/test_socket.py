import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.hub.socket import Handshake


class TestContext:
    def test_it_tells_what_the_browser_said(self) -> None:
        headers = {"cookie": "session=abc; theme=dark", "x-user": "bob"}
        handshake = Handshake(headers, target="/rfb/scene?room=7&room=8&q=%3F", remote=("10.0.0.7", 4000))
        context = handshake.context(token="t", stream="scene")
        assert (context.token, context.stream) == ("t", "scene")
        assert (context.path, context.query) == ("/rfb/scene", {"room": "8", "q": "?"})
        assert context.headers == headers
        assert context.cookies == {"session": "abc", "theme": "dark"}
        assert context.remote == ("10.0.0.7", 4000)

    def test_one_that_said_nothing_has_nothing(self) -> None:
        context = Handshake({}).context(token=None, stream="scene")
        assert (context.token, context.path, context.query, context.cookies, context.remote) == (None, "", {}, {}, None)

    @given(cookie=st.text(max_size=60), target=st.text(max_size=60))
    def test_nothing_a_browser_says_raises(self, cookie: str, target: str) -> None:
        context = Handshake({"cookie": cookie}, target=target).context(token=None, stream="scene")
        assert all(isinstance(value, str) for value in context.cookies.values())
        assert "?" not in context.path


class TestHosts:
    @pytest.mark.parametrize(
        ("headers", "hosts"),
        [
            ({}, ("",)),
            ({"host": "a:1"}, ("a:1",)),
            ({"host": "a", "x-forwarded-host": "b"}, ("a", "b")),
            ({"host": "a", "x-forwarded-host": "b:2, c ,,"}, ("a", "b:2", "c")),
        ],
    )
    def test_they_are_host_and_what_proxies_say_it_was(self, headers: dict[str, str], hosts: tuple[str, ...]) -> None:
        assert Handshake(headers).hosts == hosts
