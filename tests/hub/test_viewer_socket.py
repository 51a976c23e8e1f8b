from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.hub.viewer_socket import (
    MAX_UNREAD_TEXT_BYTES,
    MAX_UNSENT_BYTES,
    CountedSendBuffer,
    Handshake,
    ProxyHeader,
    SendBuffer,
    combine_headers,
    network_of,
)


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

    @pytest.mark.parametrize("value", ["", "abc", "a b", 'say "hi"', "a;b,c", "back\\slash", "ü", "x=y"])
    def test_a_cookie_is_read_as_it_was_written(self, value: str) -> None:
        written = SimpleCookie({"name": value})["name"].OutputString()
        said = {"cookie": f"first=1; {written}; odd; =; last=2"}
        assert Handshake(said).context(token=None, stream="").cookies == {"first": "1", "name": value, "last": "2"}

    def test_a_long_cookie_takes_no_time_to_speak_of(self) -> None:
        # It took minutes where each escape made a copy of all the rest.
        for quoted in ("\\" * 999_998, "\\1" * 500_000, '"' * 1_000_000):
            cookies = Handshake({"cookie": f'a="{quoted}"'}).context(token=None, stream="").cookies
            assert cookies.keys() == {"a"}

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


class TestSendBuffer:
    def test_there_is_room_for_a_picture_only_when_nothing_waits(self) -> None:
        buffer = SendBuffer()
        assert buffer.accepts(bytes(5000), 0)
        assert buffer.has_room(0)
        assert not buffer.has_room(1)

    def test_it_is_congested_when_two_megabytes_wait(self) -> None:
        buffer = SendBuffer()
        assert buffer.accepts(bytes(5000), 0)
        assert not buffer.is_congested(MAX_UNSENT_BYTES - 1)
        assert buffer.is_congested(MAX_UNSENT_BYTES)

    def test_there_is_room_for_an_answer_behind_a_picture_however_large_that_is(self) -> None:
        buffer = SendBuffer()
        assert buffer.accepts(bytes(2 * MAX_UNSENT_BYTES), 0)
        assert not buffer.is_congested(2 * MAX_UNSENT_BYTES)
        assert buffer.is_congested(2 * MAX_UNSENT_BYTES + 1)

    def test_words_may_wait_behind_the_pictures_and_then_it_takes_no_more(self) -> None:
        buffer = SendBuffer()
        assert buffer.accepts(bytes(5000), 0)
        assert buffer.accepts(bytes(10), 0)
        most = MAX_UNSENT_BYTES + 5000 + MAX_UNREAD_TEXT_BYTES
        assert buffer.accepts("words", most)
        assert not buffer.accepts("words", most + 1)

    @given(
        acts=st.lists(
            st.one_of(
                st.tuples(st.just("picture"), st.integers(1, 3 * MAX_UNSENT_BYTES)),
                st.tuples(st.just("answer"), st.integers(1, 3 * MAX_UNSENT_BYTES)),
                st.tuples(st.just("words"), st.integers(1, 65_536)),
                st.tuples(st.just("read"), st.integers(0, MAX_UNSENT_BYTES)),
            ),
            max_size=60,
        )
    )
    def test_whatever_a_viewer_reads_no_more_waits_than_is_said(self, acts: list[tuple[str, int]]) -> None:
        buffer, unsent, largest = SendBuffer(), 0, 0
        for kind, size in acts:
            if kind == "read":
                unsent = max(0, unsent - size)
            elif kind == "words" and buffer.accepts("x" * size, unsent):
                unsent += size
            elif (kind == "picture" and buffer.has_room(unsent)) or (
                kind == "answer" and not buffer.is_congested(unsent)
            ):
                largest = max(largest, size)
                assert buffer.accepts(bytes(size), unsent)
                unsent += size
                # Two pictures, or four megabytes.
                assert unsent <= 2 * max(MAX_UNSENT_BYTES, largest)
            assert unsent <= 2 * max(MAX_UNSENT_BYTES, largest) + MAX_UNREAD_TEXT_BYTES + 65_536


class TestCountedSendBuffer:
    def test_who_found_no_room_is_called_once_when_there_is_some(self) -> None:
        calls: list[str] = []
        buffer = CountedSendBuffer(lambda: calls.append("room"))
        assert buffer.has_room
        for message in ("words", bytes(7)):
            assert buffer.queue(message)
        assert not buffer.has_room
        buffer.on_sent(5)
        assert calls == []
        buffer.on_sent(7)
        assert calls == ["room"]
        assert buffer.has_room

    def test_who_did_not_look_for_room_is_not_called(self) -> None:
        calls: list[str] = []
        buffer = CountedSendBuffer(lambda: calls.append("room"))
        assert buffer.queue(bytes(7))
        buffer.on_sent(7)
        assert calls == []

    def test_words_that_nobody_reads_have_a_limit(self) -> None:
        buffer = CountedSendBuffer(lambda: None)
        assert not buffer.is_congested
        number = 0
        while buffer.queue("x" * 65_536):
            number += 1
        assert buffer.is_congested
        assert number * 65_536 <= MAX_UNSENT_BYTES + MAX_UNREAD_TEXT_BYTES + 65_536


class TestClient:
    def test_it_is_the_address(self) -> None:
        headers = {"x-forwarded-for": "10.9.9.9"}
        assert Handshake(headers, remote=("8.8.8.8", 1)).client == Handshake({}, remote=("8.8.8.8", 2)).client
        assert Handshake({}, remote=("8.8.8.8", 1)).client != Handshake({}, remote=("9.9.9.9", 1)).client

    def test_behind_a_proxy_it_is_who_that_speaks_for(self) -> None:
        def client(said: str, remote: tuple[str, int] | None = ("127.0.0.1", 1)) -> str:
            return Handshake({"x-forwarded-for": said}, remote=remote).client

        assert client("10.0.0.7") != client("10.0.0.8")
        assert client("10.0.0.8, 10.0.0.7") == client("10.0.0.9,10.0.0.7")  # before the last anybody can write
        assert client("10.0.0.7", ("::1", 1)) != client("10.0.0.8", ("::1", 1))
        assert client("10.0.0.7", ("172.18.0.2", 1)) != client("10.0.0.8", ("172.18.0.2", 1))
        assert client("10.0.0.7", None) != client("10.0.0.8", None)  # a unix socket has no address

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("10.0.0.7", "10.0.0.7/32"),
            ("::ffff:10.0.0.7", "10.0.0.7/32"),
            ("::1", "::1/128"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:db8::2", "2001:db8::/64"),
            ("2001:db8:0:1::2", "2001:db8:0:1::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("", ""),
            ("testclient", ""),
        ],
    )
    def test_of_ipv6_one_has_a_whole_network(self, address: str, network: str) -> None:
        assert network_of((address, 1)) == network


class TestHeaders:
    def test_those_of_one_name_are_one(self) -> None:
        said = [("Cookie", "a=1"), ("HOST", "x"), ("cookie", "b=2"), ("Origin", "http://a"), ("origin", "http://b")]
        assert combine_headers(said) == {"cookie": "a=1; b=2", "host": "x", "origin": "http://a, http://b"}


@pytest.mark.parametrize(
    ("said", "hello_s"), [("60", 0.06), ("0", 0.0), ("", 0.0), ("-5", 0.0), ("1e9", 0.0), ("9" * 6, 0.0), ("٣", 0.0)]
)
def test_a_server_before_us_says_for_how_long_it_waited_for_the_hello(said: str, hello_s: float) -> None:
    assert Handshake.proxied({ProxyHeader.hello_ms: said}).hello_s == hello_s
