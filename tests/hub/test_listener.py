import asyncio
import http.client
import json
import socket
from typing import Any

import pytest
from carried import Carried
from support import RawClient, aeventually, card, eventually, published

from marimo_rfb.errors import OptionError, PortInUse
from marimo_rfb.hub import admission, listener
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.listener import ListenOptions
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Config, Hello

HANDSHAKE = (
    b"GET /scene HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def get(hub: Hub, target: str, **headers: str) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=20)
    connection.request("GET", target, headers=headers)
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, body


def raw(hub: Hub, data: bytes) -> bytes:
    """Send bytes and return the answer up to its end."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as client:
        client.sendall(data)
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
        return answer


class TestHttp:
    def test_health_tells_that_all_is_well_and_nothing_else(self, hub: Hub) -> None:
        status, headers, body = get(hub, "/health")
        assert (status, body) == (200, {"status": "ok"})
        assert headers["content-type"] == "application/json"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers

    def test_the_list_of_streams_asks_for_the_token(self, hub: Hub, stream: Stream) -> None:
        expected = {"streams": [{"name": "scene", "width": 64, "height": 48, "viewers": 0}]}
        assert get(hub, "/streams")[0] == 401
        assert get(hub, f"/streams?token={stream.token}")[0] == 401
        assert get(hub, f"/streams?token={hub.token}")[::2] == (200, expected)
        assert get(hub, "/streams", Authorization=f"Bearer {hub.token}")[::2] == (200, expected)

    def test_metrics_tell_what_a_stream_does(self, hub: Hub, stream: Stream) -> None:
        async def watch() -> Any:
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card()))
                await aeventually(lambda: core_of(hub).metrics("scene")["viewers"][0]["frames_acked"] == 1)  # type: ignore[index]
                return await asyncio.to_thread(get, hub, f"/streams/scene/metrics?token={hub.token}")

        status, _, body = asyncio.run(watch())
        assert status == 200
        assert (body["name"], body["published"], body["encoded"]) == ("scene", 1, 1)
        (viewer,) = body["viewers"]
        assert viewer["transport"] == "image/jpeg"
        assert (viewer["frames_sent"], viewer["frames_acked"], viewer["in_flight"]) == (1, 1, 0)
        assert viewer["bytes_sent"] > 100

    @pytest.mark.parametrize(
        "headers",
        [
            b"Authorization: Bearer %s\r\nAuthorization: Bearer x",
            b"Authorization: Bearer x\r\nAuthorization: Bearer %s",
            b"Connection: close\r\nConnection: keep-alive\r\nAuthorization: x\r\nAuthorization: y",
        ],
    )
    def test_headers_that_come_twice_are_refused_and_no_error(
        self, hub: Hub, headers: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        headers = headers.replace(b"%s", hub.token.encode())
        answer = raw(hub, b"GET /streams HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert not caplog.records

    @pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "get", "PROPFIND", "\u00fc"])
    def test_only_get_is_answered(self, hub: Hub, method: str, caplog: pytest.LogCaptureFixture) -> None:
        answer = raw(hub, f"{method} /health HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert answer == b"" or answer.startswith(b"HTTP/1.1 405 ")
        assert not caplog.records

    def test_metrics_of_an_unknown_stream_are_not_found(self, hub: Hub) -> None:
        assert get(hub, f"/streams/nobody/metrics?token={hub.token}")[0] == 404
        assert get(hub, "/streams/nobody/metrics")[0] == 401

    @pytest.mark.parametrize("target", ["/", "/scene", "//[", "/favicon.ico"])
    def test_other_addresses_are_not_found(self, hub: Hub, stream: Stream, target: str) -> None:
        assert get(hub, target)[0] == 404

    @pytest.mark.parametrize("header", [b"Authorization: Bearer \xff\xfe", b"Authorization: \xed\xa0\x80", b"X: y"])
    def test_a_header_that_is_no_ascii_is_refused_and_not_an_error(
        self, hub: Hub, header: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = raw(hub, b"GET /streams HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert not caplog.records


class TestSockets:
    def test_deflate_is_not_negotiated_even_when_a_client_offers_it(self, stream: Stream) -> None:
        async def handshake() -> None:
            async with RawClient.connected(stream.ws_url, compression="deflate") as client:
                assert client.socket.request is not None
                assert "permessage-deflate" in client.socket.request.headers["Sec-WebSocket-Extensions"]
                assert client.socket.response is not None
                assert "Sec-WebSocket-Extensions" not in client.socket.response.headers

        asyncio.run(handshake())

    @pytest.mark.parametrize(
        "path", ["nobody", "scene/x", "x" * 500, "%ff", "//[", "a%00b", "default", "%C3%A9" * 60, "%F0%9F%98%80" * 60]
    )
    def test_an_unknown_stream_closes_with_4404(self, stream: Stream, path: str) -> None:
        async def watch() -> tuple[int, str]:
            async with RawClient.connected(f"ws://127.0.0.1:{stream.port}/{path}") as client:
                return await client.close_code()

        code, reason = asyncio.run(watch())
        assert code == 4404
        assert "no stream" in reason

    @pytest.mark.parametrize("path", ["/scene", "//scene/", "/sc%65ne", "/scene?x=1"])
    def test_a_stream_is_found_by_its_path(self, stream: Stream, path: str) -> None:
        async def watch() -> None:
            async with RawClient.connected(f"ws://127.0.0.1:{stream.port}{path}") as client:
                await client.say(Hello(supported=("image/jpeg",), token=stream.token))
                assert await client.next_control(Config)

        asyncio.run(watch())

    @pytest.mark.parametrize("path", ["", "/", "/default", "/?x=1"])
    def test_no_path_is_the_default_stream(self, hub: Hub, path: str) -> None:
        stream = hub.add_stream("default", 8, 8)

        async def watch() -> None:
            async with RawClient.connected(f"ws://127.0.0.1:{hub.port}{path}") as client:
                await client.say(Hello(supported=("image/jpeg",), token=stream.token))
                assert await client.next_control(Config)

        asyncio.run(watch())

    def test_one_connection_too_many_closes_with_4429(self, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(admission, "MAX_CONNECTIONS", 1)

        async def watch() -> tuple[int, str]:
            async with RawClient.watching(stream), RawClient.connected(stream.ws_url) as second:
                await second.say(Hello(supported=("image/jpeg",), token=stream.token))
                return await second.close_code()

        assert asyncio.run(watch())[0] == 4429


class TestWithoutATokenOnLoopback:
    @pytest.fixture
    def hub(self, make_hub: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setattr(listener, "CLOSE_TIMEOUT_S", 0.1)
        return make_hub(token=False, allowed_hosts=("box.lan",))

    @staticmethod
    def upgrade(*hosts: str) -> bytes:
        lines = "".join(f"Host: {host}\r\n" for host in hosts)
        rest = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        return f"GET /scene HTTP/1.1\r\nOrigin: http://{hosts[0] if hosts else 'x'}\r\n{lines}{rest}{key}".encode()

    @pytest.mark.parametrize("target", ["/health", "/streams", "/streams/scene/metrics", "/"])
    def test_a_page_that_had_its_own_name_lead_here_is_told_nothing(self, hub: Hub, target: str) -> None:
        hub.add_stream("scene", 8, 8)
        status, _, body = get(hub, target, Host=f"evil.example:{hub.port}")
        assert status == 403
        assert "allowed_hosts" in body["error"]

    @pytest.mark.parametrize(
        "hosts", [("evil.example",), ("evil.example:80",), (), ("localhost", "evil.example"), ("",)]
    )
    def test_it_sees_no_picture(self, hub: Hub, hosts: tuple[str, ...]) -> None:
        hub.add_stream("scene", 8, 8).publish(card())
        # One byte of length, so the reason is short.
        hello = b'{"type":"hello","supported":["image/png"]}'
        said = raw(hub, self.upgrade(*hosts) + bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
        _, _, frame = said.partition(b"\r\n\r\n")
        assert frame[:4] == bytes([0x88, len(frame) - 2]) + (4401).to_bytes(2, "big")
        assert b"allowed_hosts" in frame

    @pytest.mark.parametrize("host", ["localhost", "a.localhost:5", "127.0.0.1:99", "[::1]", "box.lan", "BOX.lan:8000"])
    def test_names_of_this_machine_and_those_allowed_are_answered(self, hub: Hub, host: str) -> None:
        assert get(hub, "/health", Host=host)[0] == 200

    def test_pictures_come_as_before(self, hub: Hub) -> None:
        stream = hub.add_stream("scene", 8, 8)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card()))

        asyncio.run(watch())


@pytest.mark.parametrize(
    "how", [{}, {"token": False, "authenticate": lambda context: "ann"}, {"token": False, "host": "0.0.0.0"}]
)
@pytest.mark.filterwarnings("ignore:every client that reaches")
def test_where_a_token_or_a_hook_decides_or_all_may_come_any_name_will_do(make_hub: Any, how: dict[str, Any]) -> None:
    assert get(make_hub(**how), "/health", Host="evil.example")[0] == 200


class TestSilence:
    """Clients that connect and say nothing, or half of something."""

    @pytest.mark.parametrize("said", [b"", b"GET /scene HTTP/1.1\r\n", HANDSHAKE])
    def test_keeps_nobody_out(self, hub: Hub, stream: Stream, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(admission, "MAX_WAITING", 20)
        monkeypatch.setattr(listener, "OPEN_TIMEOUT_S", 60.0)

        async def watch() -> None:
            silent = [await asyncio.open_connection("127.0.0.1", hub.port) for _ in range(60)]
            for _, writer in silent:
                writer.write(said)
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card()))
            # The first that came are gone, and most of them have been told nothing.
            await asyncio.gather(*(reader.read() for reader, _ in silent[:30]), return_exceptions=True)
            for _, writer in silent:
                writer.transport.abort()

        asyncio.run(watch())

    def test_by_another_way_than_the_port_keeps_nobody_out_either(
        self, hub: Hub, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(admission, "MAX_WAITING", 20)
        silent = [Carried(hub) for _ in range(60)]
        good = Carried.watching(stream)
        good.newest(published(stream, card()))
        eventually(lambda: silent[39].closed)
        assert silent[0].closed == (4408, "too many connections wait for admission")
        assert silent[-1].closed is None


class TestBinding:
    @pytest.mark.parametrize("port", [-1, 65536, "8000", 1.5, None, True])
    def test_a_port_that_is_none_is_refused(self, port: Any) -> None:
        with pytest.raises(OptionError, match="port is an integer from 0 to 65535"):
            ListenOptions(port=port)

    @pytest.mark.parametrize("host", [None, 5, b"localhost"])
    def test_a_host_that_is_no_text_is_refused(self, host: Any) -> None:
        with pytest.raises(OptionError, match="host is an address or a name"):
            ListenOptions(host=host)

    @pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "host.invalid"])
    def test_a_host_that_is_not_this_machine_is_refused(self, make_hub: Any, host: str) -> None:
        with pytest.raises(OptionError, match="cannot listen on"):
            make_hub(host=host)

    def test_a_taken_port_is_one_clear_error_and_leaves_no_thread(self, make_hub: Any) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(PortInUse, match=f"127.0.0.1:{port} is taken by another program or hub") as caught:
                make_hub(port=port)
            assert caught.value.errno is not None

    def test_the_port_of_another_hub_is_taken_too(self, make_hub: Any, hub: Hub) -> None:
        with pytest.raises(PortInUse):
            make_hub(port=hub.port)
        assert get(hub, "/health")[0] == 200

    def test_a_port_can_be_had_again_after_the_hub_is_closed(self, make_hub: Any) -> None:
        first = make_hub()
        port = first.port
        first.close()
        assert make_hub(port=port).port == port

    def test_localhost_is_one_address(self, make_hub: Any) -> None:
        hub = make_hub(host="localhost")
        assert get(hub, "/health")[0] == 200
        assert core_of(hub).ws_url("scene") == f"ws://localhost:{hub.port}/scene"

    @pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
    def test_an_ipv6_address_is_written_in_brackets(self, make_hub: Any) -> None:
        try:
            hub = make_hub(host="::1")
        except OptionError as exc:
            pytest.skip(f"no IPv6 loopback here: {exc}")
        stream = hub.add_stream("scene", 8, 8)
        assert stream.ws_url == f"ws://[::1]:{hub.port}/scene"

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                assert (await client.picture(published(stream, card()))).seq == 1

        asyncio.run(watch())

    @pytest.mark.parametrize("host", ["", "0.0.0.0"])
    def test_a_wildcard_is_told_as_localhost(self, make_hub: Any, host: str) -> None:
        hub = make_hub(host=host)
        assert core_of(hub).is_wildcard
        assert core_of(hub).ws_url("scene") == f"ws://localhost:{hub.port}/scene"
        assert get(hub, "/health")[0] == 200


def test_a_client_that_only_connects_does_not_keep_the_hub_open(make_hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "OPEN_TIMEOUT_S", 60.0)
    hub = make_hub()
    with socket.create_connection(("127.0.0.1", hub.port)) as idle:
        eventually(lambda: get(hub, "/health")[0] == 200)
        hub.close()
        assert hub.closed
        idle.settimeout(20)
        assert idle.recv(100) == b""
