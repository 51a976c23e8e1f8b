"""Whatever comes in by the port, the hub stays up and other viewers do not notice."""

import asyncio
import logging
import socket
import struct
from functools import partial
from urllib.parse import quote

import pytest
from carried import Carried
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import EXTENSIONS, IMAGES, RawClient, aeventually, card, eventually, golden, published
from websockets.exceptions import ConnectionClosed

from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import (
    Ack,
    AskTime,
    Capture,
    ClientMessage,
    DecoderReset,
    Hello,
    ImageHeader,
    Inspect,
    LimitRate,
    RequestKeyframe,
    SelectTransport,
    SetViewport,
    Visibility,
)

HANDSHAKE = (
    b"GET /scene HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n"
)


def frame(opcode: int, payload: bytes, *, fin: bool = True, mask: bool = True, claims: int | None = None) -> bytes:
    """Return one WebSocket frame as a client sends it, or as it should not."""
    length = len(payload) if claims is None else claims
    head = bytes([(0x80 if fin else 0) | opcode])
    bit = 0x80 if mask else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 1 << 16:
        head += bytes([bit | 126]) + struct.pack(">H", length)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", length)
    return head + (b"\0\0\0\0" if mask else b"") + payload


HELLO = frame(1, encode_message(Hello(supported=IMAGES)).encode())

BYTES = {
    "nothing": b"",
    "zeros": b"\0" * 5000,
    "noise": bytes((i * 7919) % 256 for i in range(5000)),
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\x01" * 200,
    "a line without end": b"GET /" + b"a" * 100_000,
    "a header without end": b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000,
    "many headers": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "another method": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "another version": b"GET / HTTP/9.9\r\n\r\n",
    "half an upgrade": b"GET /scene HTTP/1.1\r\nConnection: Upgrade\r\n\r\n",
    "no key": HANDSHAKE.replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"") % b"",
    "a bad key": HANDSHAKE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"!!!") % b"",
    "two origins": HANDSHAKE % b"Origin: http://localhost\r\nOrigin: http://evil.example\r\n" + HELLO,
    "an origin that is no ASCII": HANDSHAKE % b"Origin: http://\xff\xfe\xed\xa0\x80\r\n" + HELLO,
    "a cookie that is no ASCII": HANDSHAKE % b"Cookie: a=\xff\xfe; \xed\xa0\x80\r\n" + HELLO,
    "a host that is no host": HANDSHAKE.replace(b"127.0.0.1", b"[[[") % b"Origin: http://x\r\n" + HELLO,
    "a path that is no path": HANDSHAKE.replace(b"/scene", b"//[") % b"",
    "a path that is no ASCII": HANDSHAKE.replace(b"/scene", b"/\xff\xfe") % b"",
    "a text that is no UTF-8": HANDSHAKE % b"" + frame(1, b"\xff\xfe"),
    "half a surrogate pair": HANDSHAKE % b"" + frame(1, b'{"type":"hello","supported":[],"token":"\\ud800"}'),
    "an unmasked frame": HANDSHAKE % b"" + frame(1, b"{}", mask=False),
    "a reserved opcode": HANDSHAKE % b"" + frame(11, b""),
    "a huge frame": HANDSHAKE % b"" + frame(1, b"{", claims=1 << 62),
    "a frame that claims a little more": HANDSHAKE % b"" + frame(1, b"{}", claims=3),
    "fragments without end": HANDSHAKE % b"" + frame(1, b"{", fin=False) + frame(0, b" ", fin=False) * 2000,
    "a continuation of nothing": HANDSHAKE % b"" + frame(0, b"{}"),
    "a long ping": HANDSHAKE % b"" + frame(9, b"x" * 200),
    "a bad close": HANDSHAKE % b"" + frame(8, b"\x00"),
    "a close with a bad code": HANDSHAKE % b"" + frame(8, struct.pack(">H", 5)),
    "pings without end": HANDSHAKE % b"" + frame(9, b"x") * 5000,
}


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as our fault."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def disturb(hub: Hub, data: bytes) -> None:
    """Send bytes, read what comes and leave without a word."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as client:
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
        except OSError:
            pass  # the hub hung up first, as it may


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_client_s_do_no_harm(
    hub: Hub, stream: Stream, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            await client.picture(published(stream, card(seed=1)))
            await asyncio.to_thread(disturb, hub, BYTES[name])
            await client.picture(published(stream, card(seed=2)))
            assert stream.client_count == 1

    asyncio.run(watch())
    assert errors(caplog) == []


texts = st.one_of(
    st.sampled_from(
        [c["text"] for s in ("client", "malformed_client", "ignored_control") for c in golden("wire.json")[s]]
    ),
    st.text(max_size=50).map(lambda text: text.encode(errors="replace").decode()),
    st.builds(
        lambda kind, fields: f'{{"type":"event","event":{{"type":"{kind}",{fields}}}}}',
        st.sampled_from(["pointer_down", "wheel", "key_down", "char", "paste"]),
        st.sampled_from(
            [
                '"x":1e999',
                '"data":"\\ud800"',
                '"x":1' + "0" * 400,
                '"key":"\\ud800"',
                '"touches":{"1":{"x":[]}}',
                '"buttons":[[]]',
            ]
        ),
    ),
    st.builds(
        lambda kind, fields: f'{{"type":"{kind}",{fields}}}',
        st.sampled_from(["inspect", "capture", "limit_rate", "ask_time"]),
        st.sampled_from(
            [
                '"id":9007199254740993,"x":0,"y":0',
                '"id":-9007199254740992,"x":-9007199254740992,"y":9007199254740992',
                '"id":1.5,"x":1e999,"y":{}',
                '"id":{},"sent_ms":[],"fps":"5"',
                '"fps":1e308,"sent_ms":-1e308,"id":0,"x":0,"y":0',
                '"fps":5e-324,"sent_ms":1e999',
                '"fps":null',
            ]
        ),
    ),
)
messages = st.lists(texts | st.binary(max_size=50), min_size=1, max_size=8)


class TestAnyMessages:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(said=messages, let_in=st.booleans())
    def test_whatever_a_client_says_another_sees_the_picture(
        self, stream: Stream, caplog: pytest.LogCaptureFixture, said: list[str | bytes], let_in: bool
    ) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as other:
                async with RawClient.connected(stream.ws_url) as client:
                    if let_in:
                        await client.say(Hello(supported=IMAGES + EXTENSIONS, token=stream.token))
                        await aeventually(lambda: stream.client_count == 2)
                    try:
                        for message in said:
                            await client.socket.send(message)
                    except ConnectionClosed:
                        pass
                    await other.picture(published(stream, card(seed=stream.stats.published)))
                await aeventually(lambda: stream.client_count == 1)

        asyncio.run(watch())
        assert errors(caplog) == []


costly = st.one_of(
    st.builds(SelectTransport, transport=st.sampled_from(IMAGES)),
    st.builds(RequestKeyframe),
    st.builds(DecoderReset),
    st.builds(Visibility, visible=st.booleans()),
    st.builds(SetViewport, width=st.just(9), height=st.just(9), pwidth=st.integers(1, 99), pheight=st.integers(1, 99)),
    st.builds(Ack, seq=st.integers(0, 50)),
)
acts = st.one_of(
    st.tuples(st.sampled_from(["join", "leave", "publish"]), st.just(1), st.just(Ack(seq=0))),
    st.tuples(st.just("say"), st.sampled_from([1, 1, 50]), costly),
)


def shows(client: Carried, mime: str) -> bool:
    header = client.pictures[-1].header
    return isinstance(header, ImageHeader) and header.mime == mime


def has_viewers(stream: Stream, count: int) -> bool:
    return stream.client_count == count


class TestAnyWishes:
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(acts=st.lists(acts, max_size=15))
    def test_whatever_clients_ask_for_other_streams_go_on_and_they_get_what_they_asked_for_last(
        self,
        hub: Hub,
        stream: Stream,
        caplog: pytest.LogCaptureFixture,
        acts: list[tuple[str, int, ClientMessage]],
    ) -> None:
        others = hub.add_stream(f"others-{stream.stats.published}-{len(hub.streams)}", 64, 48)
        other, clients, encoded = Carried.watching(others), [Carried.watching(stream)], stream.stats.encoded
        published, transports = 1, {id(clients[0]): IMAGES[0]}
        stream.publish(card(320, 240, seed=stream.stats.published))
        for act, times, message in acts:
            match act:
                case "join":
                    clients.append(Carried.watching(stream))
                    transports[id(clients[-1])] = IMAGES[0]
                case "leave" if len(clients) > 1:
                    clients.pop(0).bridge.connection_lost()
                    eventually(partial(has_viewers, stream, len(clients)))
                case "publish":
                    stream.publish(card(320, 240, seed=stream.stats.published))
                    published += 1
                case "say":
                    for _ in range(times):
                        clients[-1].say(message)
                    if isinstance(message, SelectTransport):
                        transports[id(clients[-1])] = message.transport
        others.publish(card(seed=1))
        other.newest(1)
        stream.publish(card(320, 240, seed=stream.stats.published))
        for client in clients:
            client.say(Visibility(visible=True))
            assert stream.newest is not None
            client.newest(stream.newest.seq)
            eventually(partial(shows, client, transports[id(client)]))
        assert stream.stats.encoded - encoded <= len(IMAGES) * (published + 1)
        for client in (*clients, other):
            client.bridge.connection_lost()
        eventually(lambda: stream.client_count == 0)
        assert errors(caplog) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.binary(max_size=200), upgrade=st.booleans())
def test_random_bytes_do_no_harm(
    hub: Hub, stream: Stream, caplog: pytest.LogCaptureFixture, data: bytes, upgrade: bool
) -> None:
    disturb(hub, (HANDSHAKE % b"" if upgrade else b"") + data)

    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            await client.picture(published(stream, card(seed=stream.stats.published)))
        await aeventually(lambda: stream.client_count == 0)

    asyncio.run(watch())
    assert errors(caplog) == []


targets = st.one_of(
    st.sampled_from(["/scene", "/", "//[", "*", "http://evil.example/scene", "/scene?" + "a=b&" * 500, "", "/health"]),
    st.text(max_size=80).map(lambda text: "/" + quote(text, errors="surrogatepass")),
    st.text(alphabet="%/?#éü\0[]:@ \t\ud800", max_size=80).map(lambda text: "/" + text),
)
header_names = st.sampled_from(
    [
        *("Host", "Origin", "Cookie", "Connection", "Upgrade", "Authorization", "Content-Length", "Transfer-Encoding"),
        *("Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"),
        *("X-Forwarded-For", "X-Forwarded-Host", "X-Rfb-Origin", "X-Rfb-Remote", "X", "", "é", "a b"),
    ]
)
header_values = st.one_of(
    st.sampled_from(
        [
            *("", "close", "Upgrade", "keep-alive, Upgrade", "websocket", "13", "dGhlIHNhbXBsZSBub25jZQ==", "null"),
            *("http://localhost", "https://evil.example", "http://[", "[[[", "localhost:99999", "a=b; c", "x" * 9000),
            *("Bearer x", "permessage-deflate; client_max_window_bits=99", "own", "127.0.0.1 99999999999", "\u0661"),
        ]
    ),
    st.text(max_size=20),
)


class TestAnyHandshake:
    @settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        method=st.sampled_from(["GET", "GET", "GET", "POST", "HEAD", "get", "", "ü"]),
        target=targets,
        version=st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2", ""]),
        headers=st.lists(st.tuples(header_names, header_values), max_size=6),
        is_upgrade=st.booleans(),
    )
    def test_gets_an_answer_or_a_close_and_another_sees_the_picture(
        self,
        hub: Hub,
        stream: Stream,
        caplog: pytest.LogCaptureFixture,
        method: str,
        target: str,
        version: str,
        headers: list[tuple[str, str]],
        is_upgrade: bool,
    ) -> None:
        lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in headers)]
        head = "\r\n".join(lines).encode(errors="surrogatepass")
        if is_upgrade:
            head += b"\r\n" + HANDSHAKE.partition(b"\r\n")[2][: -len(b"%s\r\n")]
        else:
            head += b"\r\n"

        async def watch() -> bytes:
            async with RawClient.watching(stream) as other:
                reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
                writer.write(head + b"\r\n" + HELLO)
                await other.picture(published(stream, card(seed=stream.stats.published)))
                writer.write_eof()
                try:
                    return await reader.read()
                except ConnectionResetError:
                    return b""
                finally:
                    writer.transport.abort()

        answer = asyncio.run(watch())
        assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
        assert not answer.startswith(b"HTTP/1.1 5") or answer.startswith(b"HTTP/1.1 505 ")
        status, _, frames = answer.partition(b"\r\n\r\n")
        if status.startswith(b"HTTP/1.1 101 "):
            assert frames[:1] in (b"", b"\x88", b"\x81")
            assert b"\x03\xf3" not in frames[:4]  # 1011: an error of ours
        assert errors(caplog) == []


def test_many_clients_that_vanish_leave_no_viewer_behind(hub: Hub, stream: Stream) -> None:
    async def come_and_vanish(number: int) -> None:
        async with RawClient.connected(stream.ws_url) as client:
            await client.say(Hello(supported=IMAGES, token=stream.token))
            if number % 2:
                await client.next_picture()
            client.socket.transport.abort()

    async def watch() -> None:
        stream.publish(card())
        await asyncio.gather(*(come_and_vanish(number) for number in range(40)))
        await aeventually(lambda: stream.client_count == 0)
        async with RawClient.watching(stream) as client:
            assert (await client.next_picture()).seq == 1

    asyncio.run(watch())


def test_a_client_that_asks_for_everything_and_reads_nothing_keeps_nobody_from_the_picture(
    stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as deaf, RawClient.watching(stream) as other:
            deaf.socket.transport.pause_reading()
            for number in range(300):
                await deaf.say(Capture(id=number))
                await deaf.say(Inspect(id=number, x=number % 64, y=number % 48))
                await deaf.say(AskTime(sent_ms=number))
                await deaf.say(LimitRate(fps=1 + number))
                await deaf.say(SelectTransport(transport=IMAGES[number % 3]))
                if number % 20 == 0:
                    await other.picture(published(stream, card(seed=number)))
            deaf.socket.transport.resume_reading()
            await deaf.barrier(stream)  # it was not closed, and is served on
            last = published(stream, card(seed=301))
            await other.picture(last)
            await deaf.say(LimitRate())
            assert (await deaf.picture(last)).seq == last

    asyncio.run(watch())
    assert errors(caplog) == []
