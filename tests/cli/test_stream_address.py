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

from marimo_rfb.cli import stream_address, watcher, websocket
from marimo_rfb.cli.address import Address
from marimo_rfb.cli.finding import Finding
from marimo_rfb.cli.visitor import Visitor
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire import messages as m
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.json_codec import encode_message

Findings = dict[str, Finding]


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    hub.start()
    yield hub
    hub.close()


@pytest.fixture
def scene(hub: Hub) -> Stream:
    stream = hub.add_stream("scene", 64, 48)
    stream.publish(card())
    return stream


def examined(url: str, token: str | None = None, *, insecure: bool = False) -> Findings:
    findings = list(stream_address.examine(Address.parse(url), Visitor(token=token, insecure=insecure)))
    assert len({finding.subject for finding in findings}) == len(findings)
    return {finding.subject: finding for finding in findings}


def last(findings: Findings) -> Finding:
    return list(findings.values())[-1]


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


def test_a_stream_is_seen_down_to_its_pixels(scene: Stream) -> None:
    findings = examined(scene.ws_url, scene.token)
    assert list(findings) == ["port", "socket", "hello", "picture", "round trip", "browsers"]
    assert {finding.level for finding in findings.values()} == {"ok"}
    assert findings["hello"].text == "the stream has 64x48 as image"
    assert re.fullmatch(r"64x48 PNG, \d+\.\d kB, came after \d+ ms, decoded in \d+ ms", findings["picture"].text)
    assert re.fullmatch(r"\d+\.\d ms", findings["round trip"].text)
    assert "on this machine" in findings["browsers"].text


def test_nobody_watches_any_more_when_it_is_over(scene: Stream) -> None:
    examined(scene.ws_url, scene.token)
    eventually(lambda: scene.client_count == 0)


def test_a_png_is_seen_too(hub: Hub) -> None:
    stream = hub.add_stream("drawing", 64, 48, formats=("image/png",))
    stream.publish(card())
    assert "64x48 PNG" in examined(stream.ws_url, stream.token)["picture"].text


def test_a_missing_token_says_where_there_is_one(scene: Stream) -> None:
    found = last(examined(scene.ws_url))
    assert (found.subject, found.level) == ("hello", "fail")
    assert found.text == "no token was shown; it said: the token is missing or wrong"
    assert "--token" in found.remedy
    assert "stream.token" in found.remedy


def test_a_wrong_token_says_that_they_change(scene: Stream) -> None:
    found = last(examined(scene.ws_url, "x" * 32))
    assert (found.subject, found.level) == ("hello", "fail")
    assert found.text == "the token was refused; it said: the token is wrong"
    assert "stream.token" in found.remedy


def test_an_unknown_stream_is_told_as_the_server_tells_it(scene: Stream) -> None:
    found = last(examined(scene.ws_url.replace("scene", "szene"), scene.token))
    assert (found.subject, found.level) == ("hello", "fail")
    assert found.text == "there is no such stream (code 4404); it said: no stream 'szene' here"
    assert "stream.ws_url" in found.remedy


def test_a_stream_with_all_its_viewers_is_told(hub: Hub) -> None:
    stream = hub.add_stream("small", 64, 48, max_viewers=1)
    with websocket.open_websocket(Address.parse(stream.ws_url), Visitor()) as first:
        watching = watcher.Watcher(first)
        watching.greet(stream.token)
        watching.await_config()
        found = last(examined(stream.ws_url, stream.token))
    assert (found.subject, found.level) == ("hello", "fail")
    assert "4429" in found.text
    assert "max_viewers" in found.remedy


def test_a_stream_without_pictures_is_a_warning_and_the_rest_goes_on(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "WAIT_S", 0.3)
    stream = hub.add_stream("empty", 64, 48)
    findings = examined(stream.ws_url, stream.token)
    assert findings["picture"].level == "warn"
    assert "stream.publish" in findings["picture"].remedy
    assert findings["round trip"].level == "ok"


def test_what_the_stream_says_over_its_picture_is_repeated() -> None:
    def tell(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(encode_message(m.Config(transport="image", width=64, height=48, transports=("image/jpeg",))))
        connection.send(encode_message(m.Notice(text="render() raised KeyError")))
        header = m.ImageHeader(seq=1, timestamp_us=1, width=64, height=48, mime="image/png")
        connection.send(pack(header, png(card())))
        drain(connection)

    with serving(tell) as url:
        findings = examined(url)
    assert findings["picture"].level == "ok"
    assert (findings["notice"].level, findings["notice"].text) == ("warn", "the stream says: render() raised KeyError")


def test_an_open_stream_wants_no_token() -> None:
    with contextlib.closing(Hub(access=AccessOptions(token=False))) as hub:
        hub.start()
        stream = hub.add_stream("open", 64, 48)
        stream.publish(card())
        assert last(examined(stream.ws_url)).subject == "browsers"


# Other servers of the protocol.


def test_an_older_server_is_known_by_what_its_config_lacks() -> None:
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
        findings = examined(url)
    assert "older server" in findings["hello"].text
    assert "16x8 avc1.42E01F, 1.0 kB" in findings["picture"].text
    assert last(findings).subject == "browsers"


def test_an_older_server_that_only_refuses_is_understood() -> None:
    with serving(lambda connection: connection.close(4401, "unauthorized")) as url:
        assert last(examined(url)).text == "no token was shown"
        assert last(examined(url, "x" * 32)).text == "the token was refused"


@pytest.mark.parametrize(
    ("code", "reason", "text", "remedy"),
    [
        (1000, "the stream ended", "the stream ended (code 1000)", "run the cell"),
        (1001, "", "the server went away (code 1001)", "run the cell"),
        (1003, "no transport in common", "no picture format in common with a browser (code 1003)", "formats="),
        (1008, "type is missing", "did not understand (code 1008); it said: type is missing", "upgrade"),
        (4408, "", "did not hear the hello in time (code 4408)", "proxy"),
        (1011, "oops", "the connection was lost (code 1011); it said: oops", "kernel"),
    ],
)
def test_each_way_to_be_refused_has_its_words(code: int, reason: str, text: str, remedy: str) -> None:
    def refuse(connection: ServerConnection) -> None:
        connection.recv()
        connection.close(code, reason)

    with serving(refuse) as url:
        found = last(examined(url))
    assert (found.subject, found.level) == ("hello", "fail")
    assert text in found.text
    assert remedy in found.remedy


@pytest.mark.parametrize(
    "message",
    ["not json", '{"type":"config","transport":3,"width":1,"height":1}', b"\x01", b"\xff\xff\xff\xff{}"],
)
def test_what_breaks_the_protocol_is_said_to_fit_not(message: str | bytes) -> None:
    def babble(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(message)
        drain(connection)

    with serving(babble) as url:
        found = last(examined(url))
    assert (found.subject, found.level) == ("hello", "fail")
    assert "cannot be read" in found.text
    assert "upgrade" in found.remedy


def test_a_payload_that_is_no_picture_is_told() -> None:
    def spoil(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(encode_message(m.Config(transport="image", width=1, height=1)))
        connection.send(pack(m.ImageHeader(seq=1, timestamp_us=1, width=1, height=1, mime="image/jpeg"), b"no picture"))
        drain(connection)

    with serving(spoil) as url:
        found = last(examined(url))
    assert (found.subject, found.level) == ("picture", "fail")
    assert "cannot be decoded" in found.text


def test_a_server_that_says_nothing_to_a_hello_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "WAIT_S", 0.2)
    with serving(drain) as url:
        found = last(examined(url))
    assert (found.subject, found.level) == ("hello", "fail")
    assert "said nothing" in found.text


# What stands between.


def test_a_proxy_that_swallows_sockets_is_known_by_the_hub_behind_it(hub: Hub, scene: Stream) -> None:
    with relay(hub.port, swallows=True) as port:
        found = last(examined(f"ws://127.0.0.1:{port}/scene", scene.token))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "plain HTTP gets through to a hub, but no WebSocket" in found.text
    assert "a proxy swallows it" in found.text
    assert "Upgrade" in found.remedy


def test_a_login_is_not_followed_but_told() -> None:
    with answering(lambda target, headers: (302, {"Location": "https://login.example/?next=x"}, b"")) as port:
        found = last(examined(f"ws://127.0.0.1:{port}/scene"))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "to https://login.example/?next=x: a login" in found.text
    assert "the notebook's own server" in found.remedy


def test_a_proxy_with_nobody_behind_it_is_told() -> None:
    with answering(lambda target, headers: (502, {}, b"")) as port:
        found = last(examined(f"ws://127.0.0.1:{port}/scene"))
    assert "502 Bad Gateway: nobody is there behind it" in found.text


def test_another_http_server_has_no_stream() -> None:
    with answering(lambda target, headers: (404, {}, b"<html>")) as port:
        found = last(examined(f"ws://127.0.0.1:{port}/scene"))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "404 Not Found" in found.text
    assert "http://" in found.remedy


def test_a_server_of_another_kind_is_told() -> None:
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
            found = last(examined(f"ws://127.0.0.1:{server.getsockname()[1]}/scene"))
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
    assert (found.subject, found.level) == ("socket", "fail")
    assert "another program" in found.remedy


def test_a_server_that_takes_connections_and_never_answers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "WAIT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = last(examined(f"ws://127.0.0.1:{server.getsockname()[1]}/scene"))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "did not answer" in found.text


def test_an_encrypted_stream_asked_without_encryption_is_told(tmp_path: Path, hub: Hub, scene: Stream) -> None:
    with relay(hub.port, tls=Certificate(tmp_path)) as port:
        found = last(examined(f"ws://127.0.0.1:{port}/scene", scene.token))
    assert (found.subject, found.level) == ("socket", "fail")
    assert "wss://" in found.remedy


def test_an_untrusted_stream_is_seen_when_that_is_asked_for(tmp_path: Path, hub: Hub, scene: Stream) -> None:
    with relay(hub.port, tls=Certificate(tmp_path)) as port:
        url = f"wss://127.0.0.1:{port}/scene"
        assert list(examined(url, scene.token)) == ["port", "certificate"]
        findings = examined(url, scene.token, insecure=True)
    assert findings["certificate"].level == "warn"
    assert findings["picture"].level == "ok"
    assert "pages over http and https" in findings["browsers"].text


def test_a_stream_is_reached_by_the_proxy_of_the_environment(
    hub: Hub, scene: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relay(hub.port) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("https_proxy", "")
        findings = examined("ws://rfb.test/scene", scene.token)
    assert list(findings) == ["proxy", "port", "socket", "hello", "picture", "round trip", "browsers"]
    assert "mixed content" in findings["browsers"].text
