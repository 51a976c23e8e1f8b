import contextlib
import io
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from answers import answering
from PIL import Image
from relay import Certificate, relay
from support import card, eventually
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from marimo_rfb.cli.doctor import probe_viewer
from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.check_result import CheckResult
from marimo_rfb.cli.doctor.client_options import ClientOptions
from marimo_rfb.cli.doctor.url import check_url
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire import messages as m
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.json_codec import encode_message

Results = dict[str, CheckResult]


@pytest.fixture
def scene(hub: Hub) -> Stream:
    stream = hub.add_stream("scene", 64, 48)
    stream.publish(card())
    return stream


def check(url: str, token: str | None = None, *, insecure: bool = False) -> Results:
    results = list(check_url(url, token=token, insecure=insecure))
    assert len({result.subject for result in results}) == len(results)
    return {result.subject: result for result in results}


def last(results: Results) -> CheckResult:
    return list(results.values())[-1]


@contextlib.contextmanager
def serving(handler: Callable[[ServerConnection], None]) -> Iterator[str]:
    """Serve sockets by `handler`, and yield the address."""
    with serve(handler, "127.0.0.1", 0, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/scene"
        finally:
            server.shutdown()
            thread.join()


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def drain(connection: ServerConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            connection.recv()


def test_a_stream_is_checked_down_to_its_pixels(scene: Stream) -> None:
    results = check(scene.ws_url, scene.token)
    assert list(results) == ["port", "socket", "hello", "picture", "round trip", "browsers"]
    assert {result.level for result in results.values()} == {"ok"}
    assert results["hello"].text == "the stream is 64x48, sent as image"
    assert re.fullmatch(r"64x48 PNG, \d+\.\d kB, came after \d+ ms, decoded in \d+ ms", results["picture"].text)
    assert re.fullmatch(r"\d+\.\d ms", results["round trip"].text)
    assert "only on this machine" in results["browsers"].text


def test_the_viewer_is_closed_afterwards(scene: Stream) -> None:
    check(scene.ws_url, scene.token)
    eventually(lambda: scene.client_count == 0)


def test_a_png_is_decoded_too(hub: Hub) -> None:
    stream = hub.add_stream("drawing", 64, 48, formats=("image/png",))
    stream.publish(card())
    assert "64x48 PNG" in check(stream.ws_url, stream.token)["picture"].text


def test_a_missing_token_says_where_to_find_it(scene: Stream) -> None:
    found = last(check(scene.ws_url))
    assert (found.subject, found.level) == ("hello", "fail")
    assert found.text == "the server requires a token: the token is missing or wrong"
    assert "--token" in found.remedy
    assert "stream.token" in found.remedy


def test_a_wrong_token_says_that_they_change(scene: Stream) -> None:
    found = last(check(scene.ws_url, "x" * 32))
    assert (found.subject, found.level) == ("hello", "fail")
    assert found.text == "the server rejected this token: the token is wrong"
    assert "stream.token" in found.remedy


def test_an_unknown_stream_is_reported_with_the_servers_reason(scene: Stream) -> None:
    found = last(check(scene.ws_url.replace("scene", "szene"), scene.token))
    assert (found.subject, found.level) == ("hello", "fail")
    assert found.text == "no such stream (code 4404, no stream 'szene' here)"
    assert "stream.ws_url" in found.remedy


def test_a_stream_with_its_maximum_of_viewers_is_reported(hub: Hub) -> None:
    stream = hub.add_stream("small", 64, 48, max_viewers=1)
    with probe_viewer.open_viewer(Address.parse(stream.ws_url), ClientOptions()) as first:
        first.hello(stream.token)
        first.receive(m.Config)
        found = last(check(stream.ws_url, stream.token))
    assert (found.subject, found.level) == ("hello", "fail")
    assert "4429" in found.text
    assert "max_viewers" in found.remedy


def test_a_stream_without_pictures_is_a_warning(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_viewer, "TIMEOUT_S", 0.3)
    stream = hub.add_stream("empty", 64, 48)
    results = check(stream.ws_url, stream.token)
    assert results["picture"].level == "warn"
    assert "stream.publish" in results["picture"].remedy
    assert results["round trip"].level == "ok"


def test_a_notice_of_the_stream_is_shown() -> None:
    def send_notice(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(encode_message(m.Config(transport="image", width=64, height=48, transports=("image/jpeg",))))
        connection.send(encode_message(m.Notice(text="render() raised KeyError")))
        header = m.ImageHeader(seq=1, timestamp_us=1, width=64, height=48, mime="image/png")
        connection.send(pack(header, png(card())))
        drain(connection)

    with serving(send_notice) as url:
        results = check(url)
    assert results["picture"].level == "ok"
    assert (results["notice"].level, results["notice"].text) == ("warn", "the stream reports: render() raised KeyError")


def test_an_open_stream_needs_no_token() -> None:
    with contextlib.closing(Hub(access=AccessOptions(token=False))) as hub:
        hub.start()
        stream = hub.add_stream("open", 64, 48)
        stream.publish(card())
        assert last(check(stream.ws_url)).subject == "browsers"


# Other servers of the protocol.


def test_an_older_server_is_recognised_by_what_its_config_lacks() -> None:
    def older(connection: ServerConnection) -> None:
        hello = json.loads(connection.recv())
        assert hello["supported"][:3] == ["image/jpeg", "image/png", "image/webp"]
        connection.send('{"type":"config","transport":"h264","width":16,"height":8,"coords":"frame-pixels"}')
        header = m.VideoHeader(
            seq=1, timestamp_us=1, width=16, height=8, codec="avc1.42E01F", bitstream="annexb", keyframe=True
        )
        connection.send(pack(header, b"\x00" * 1000))
        drain(connection)

    with serving(older) as url:
        results = check(url)
    assert "older server" in results["hello"].text
    assert "16x8 avc1.42E01F, 1.0 kB" in results["picture"].text
    assert last(results).subject == "browsers"


def test_an_older_server_that_gives_no_reason_is_understood() -> None:
    with serving(lambda connection: connection.close(4401, "unauthorized")) as url:
        assert last(check(url)).text == "the server requires a token"
        assert last(check(url, "x" * 32)).text == "the server rejected this token"


@pytest.mark.parametrize(
    ("code", "reason", "text", "remedy"),
    [
        (1000, "the stream ended", "the stream ended (code 1000, the stream ended)", "run the cell"),
        (1001, "", "the server shut down (code 1001)", "run the cell"),
        (
            1003,
            "no transport in common",
            "no picture format in common with a browser (code 1003, no transport in common)",
            "formats=",
        ),
        (1008, "type is missing", "did not understand a message (code 1008, type is missing)", "upgrade"),
        (4408, "", "did not receive the hello in time (code 4408)", "proxy"),
        (1011, "oops", "the connection was lost (code 1011, oops)", "kernel"),
    ],
)
def test_each_close_code_has_a_text_and_a_remedy(code: int, reason: str, text: str, remedy: str) -> None:
    def refuse(connection: ServerConnection) -> None:
        connection.recv()
        connection.close(code, reason)

    with serving(refuse) as url:
        found = last(check(url))
    assert (found.subject, found.level) == ("hello", "fail")
    assert text in found.text
    assert remedy in found.remedy


@pytest.mark.parametrize(
    "message",
    ["not json", '{"type":"config","transport":3,"width":1,"height":1}', b"\x01", b"\xff\xff\xff\xff{}"],
)
def test_an_invalid_message_suggests_an_upgrade(message: str | bytes) -> None:
    def send_invalid(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(message)
        drain(connection)

    with serving(send_invalid) as url:
        found = last(check(url))
    assert (found.subject, found.level) == ("hello", "fail")
    assert "a message of the server is invalid" in found.text
    assert "upgrade" in found.remedy


def test_a_payload_that_is_not_an_image_is_reported() -> None:
    def send_corrupt(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(encode_message(m.Config(transport="image", width=1, height=1)))
        connection.send(pack(m.ImageHeader(seq=1, timestamp_us=1, width=1, height=1, mime="image/jpeg"), b"no picture"))
        drain(connection)

    with serving(send_corrupt) as url:
        found = last(check(url))
    assert (found.subject, found.level) == ("picture", "fail")
    assert "cannot be decoded" in found.text


def test_a_server_that_does_not_answer_the_hello_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_viewer, "TIMEOUT_S", 0.2)
    with serving(drain) as url:
        found = last(check(url))
    assert (found.subject, found.level) == ("hello", "fail")
    assert "did not answer" in found.text


# Proxies and other servers.


def test_a_proxy_that_blocks_websockets_is_recognised_by_the_hub_behind_it(hub: Hub, scene: Stream) -> None:
    with relay(hub.port, swallows=True) as port:
        found = last(check(f"ws://127.0.0.1:{port}/scene", scene.token))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "the hub answers HTTP requests, but no WebSocket" in found.text
    assert "a proxy blocks WebSockets" in found.text
    assert "Upgrade" in found.remedy


def test_a_redirect_to_a_login_is_not_followed() -> None:
    with answering(lambda target, headers: (302, {"Location": "https://login.example/?next=x"}, b"")) as port:
        found = last(check(f"ws://127.0.0.1:{port}/scene"))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "redirects to https://login.example/?next=x, probably a login" in found.text
    assert "the notebook's own server" in found.remedy


def test_a_bad_gateway_is_reported() -> None:
    with answering(lambda target, headers: (502, {}, b"")) as port:
        found = last(check(f"ws://127.0.0.1:{port}/scene"))
    assert "502 Bad Gateway: it cannot reach the stream's server" in found.text


def test_another_http_server_has_no_stream() -> None:
    with answering(lambda target, headers: (404, {}, b"<html>")) as port:
        found = last(check(f"ws://127.0.0.1:{port}/scene"))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "404 Not Found" in found.text
    assert "http://" in found.remedy


def test_a_server_of_another_protocol_is_reported() -> None:
    def hang_up(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=hang_up, args=(server,))
        thread.start()
        try:
            found = last(check(f"ws://127.0.0.1:{server.getsockname()[1]}/scene"))
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
    assert (found.subject, found.level) == ("socket", "fail")
    assert "another program" in found.remedy


def test_a_server_that_never_answers_the_handshake_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_viewer, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = last(check(f"ws://127.0.0.1:{server.getsockname()[1]}/scene"))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "did not answer" in found.text


def test_a_tls_server_that_is_asked_without_tls_is_reported(tmp_path: Path, hub: Hub, scene: Stream) -> None:
    with relay(hub.port, tls=Certificate(tmp_path)) as port:
        found = last(check(f"ws://127.0.0.1:{port}/scene", scene.token))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "wss://" in found.remedy


def test_an_untrusted_stream_is_checked_with_insecure(tmp_path: Path, hub: Hub, scene: Stream) -> None:
    with relay(hub.port, tls=Certificate(tmp_path)) as port:
        url = f"wss://127.0.0.1:{port}/scene"
        assert list(check(url, scene.token)) == ["port", "certificate"]
        results = check(url, scene.token, insecure=True)
    assert results["certificate"].level == "warn"
    assert results["picture"].level == "ok"
    assert "http and https pages" in results["browsers"].text


def test_a_stream_is_reached_by_the_proxy_of_the_environment(
    hub: Hub, scene: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relay(hub.port) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("https_proxy", "")
        results = check("ws://rfb.test/scene", scene.token)
    assert list(results) == ["proxy", "port", "socket", "hello", "picture", "round trip", "browsers"]
    assert "mixed content" in results["browsers"].text
