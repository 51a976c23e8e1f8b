import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support import RawClient, aeventually, card, noise, published, viewer_metrics
from websockets.exceptions import ConnectionClosed

from marimo_rfb.hub import hub_discovery
from marimo_rfb.hub.access import AuthContext
from marimo_rfb.hub.viewer_socket import ProxyHeader
from marimo_rfb.server import proxy
from marimo_rfb.server.proxy import is_own
from marimo_rfb.stream.stream import Stream
from marimo_rfb.version import VERSION
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, Ack, CloseCode, Config, Hello

HELLO = Hello(supported=("image/png",))


def own(origin: str | None, host: str, *, known: tuple[str, ...] = (), allowed: Any = (), **headers: str) -> bool:
    told = {"host": host, **({} if origin is None else {"origin": origin})}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    app = SimpleNamespace(state=SimpleNamespace(allow_origins=allowed))
    scope = {"headers": [(k.encode(), v.encode("latin-1")) for k, v in told.items()], "app": app}
    return is_own(scope, frozenset(known))


class TestAPageIsTheServersOwn:
    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("http://127.0.0.1:2718", "127.0.0.1:2718"),
            ("http://localhost:2718", "LOCALHOST:2718"),
            ("http://[::1]:2718", "[::1]:2718"),
            ("http://notebook.test", "notebook.test"),
            ("http://notebook.test", "notebook.test:80"),
            ("https://notebook.test", "notebook.test:443"),
            (None, "notebook.test"),
        ],
    )
    def test_when_host_and_port_are(self, origin: str | None, host: str) -> None:
        assert own(origin, host)

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("http://127.0.0.1:9999", "127.0.0.1:2718"),
            ("http://localhost:2718", "127.0.0.1:2718"),
            ("https://notebook.test:444", "notebook.test"),
            ("https://evil.test", "notebook.test:2718"),
            ("https://evil.test", "127.0.0.1:2718"),
            ("https://notebook.test.evil.test", "notebook.test"),
            ("https://evil.test", ""),
            ("null", "127.0.0.1:2718"),
            ("", "127.0.0.1:2718"),
            ("file://", "127.0.0.1:2718"),
            ("http://", ""),
            ("http://[", "127.0.0.1"),
            ("http://127.0.0.1:x", "127.0.0.1"),
            ("http://127.0.0.1", "127.0.0.1:99999"),
            ("http://127.0.0.1", "["),
            ("javascript:alert(1)", "127.0.0.1"),
            ("ü", "127.0.0.1"),
            ("http://127.0.0.1:2718, http://evil.test", "127.0.0.1:2718"),
        ],
    )
    def test_and_a_strangers_when_anything_else_is_said(self, origin: str, host: str) -> None:
        assert not own(origin, host)
        for proxied in ({"x_forwarded_for": "10.0.0.1"}, {"x_real_ip": "10.0.0.1"}, {"x_forwarded_proto": "https"}):
            assert not own(origin, host, known=("https://notebook.test:8443",), **proxied)

    @pytest.mark.parametrize("named", ["notebook.test", "notebook.test, inner"])
    def test_when_a_proxy_says_by_what_name_it_was_asked(self, named: str) -> None:
        assert own("https://notebook.test", "10.1.2.3:2718", x_forwarded_host=named)
        assert not own("https://evil.test", "10.1.2.3:2718", x_forwarded_host=named)

    @pytest.mark.parametrize(
        "host",
        [
            "notebook.test",  # the port was left out
            "notebook.test:443",  # a container's own port
            "127.0.0.1:2718",  # the proxy's name for us
        ],
    )
    def test_behind_a_proxy_that_changes_its_name_when_a_browser_has_vouched_for_it(self, host: str) -> None:
        assert not own("https://notebook.test:8443", host)
        assert own("https://notebook.test:8443", host, known=("https://notebook.test:8443",))
        assert not own("https://notebook.test:8444", host, known=("https://notebook.test:8443",))

    def test_may_be_one_that_somebody_allowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert own("https://a.test", "notebook.test", allowed=("localhost", "https://a.test"))
        assert own("https://a.test", "notebook.test", allowed=("*",))
        assert not own("https://a.test", "notebook.test", allowed=("a.test",))
        monkeypatch.setenv(proxy.ORIGINS, "https://b.test, https://a.test/")
        assert own("https://a.test", "notebook.test")
        assert not own("https://c.test", "notebook.test")


async def test_pictures_come_and_words_go(site: Any, stream: Stream) -> None:
    async with site.watching(stream) as client:
        assert site.tasks != []
        assert (await client.next_control(Config)).width == 64
        for number in range(1, 4):
            pixels = card(seed=number)
            stream.publish(pixels)
            assert np.array_equal((await client.picture(number)).pixels, pixels)
        await client.barrier(stream)
        assert client.socket.response is not None
    await aeventually(lambda: stream.client_count == 0)
    await aeventually(lambda: site.tasks == [])


@pytest.mark.parametrize(
    "path",
    [
        "0000000000000000/scene",
        "HUB/other",
        "HUB",
        "HUB/",
        "HUB/a/b",
        "HUB/.",
        "HUB/..",
        "HUB/%2e%2e",
        "HUB/..%2f..%2fetc%2fpasswd",
        "../HUB/scene",
        "%2e%2e/HUB/scene",
        "HUB%2fscene",
        "HUB.sock/scene",
        "8080/scene",
        "127.0.0.1:22/scene",
        "HUB/" + "a" * 301,
        "HUB/sc%0d%0aX-Rfb-Origin:%20own",
        "HUB/%00",
        "HUB/%ff%fe",
        "HUB/%zz",
        "",
    ],
)
async def test_what_is_not_there_is_refused(site: Any, stream: Stream, path: str) -> None:
    # By hand, because clients tidy paths up.
    target = f"/rfb/{path.replace('HUB', site.hub_id)}"
    assert (await answer_to(site, target, b'{"type":"hello","supported":["image/png"]}'))[0] == 4404


async def answer_to(site: Any, target: str, message: bytes) -> tuple[int, str]:
    """Open a socket at a target as it is written, say something and return how it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: session=theirs\r\nConnection: Upgrade\r\n"
    head += "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(20):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        # Masked with zeros, and one byte of length.
        writer.write(bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message)
        opcode, length = await reader.readexactly(2)
        assert opcode == 0x88
        said = await reader.readexactly(length)
    writer.close()
    return int.from_bytes(said[:2], "big"), said[2:].decode()


class TestWhoMayNot:
    async def test_without_a_login(self, site: Any, stream: Stream) -> None:
        site.headers = {}
        async with site.connected() as client:
            assert await client.close_code() == (4401, "log in to marimo again")

    async def test_a_page_of_another_origin(self, site: Any, stream: Stream) -> None:
        async with site.connected(Origin=f"http://127.0.0.1:{site.port + 1}") as client:
            code, reason = await client.close_code()
            assert code == 4401
            assert "MARIMO_RFB_ORIGINS" in reason

    async def test_without_the_streams_token(self, site: Any, stream: Stream) -> None:
        async with site.connected(Origin=f"http://127.0.0.1:{site.port}") as client:
            await client.say(HELLO)
            assert await client.close_code() == (4401, "the token is missing or wrong")

    async def test_more_than_there_is_room_for(
        self, site: Any, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(proxy, "MAX_SOCKETS", 1)
        async with site.watching(stream), site.connected() as client:
            await client.say(HELLO)
            assert (await client.close_code())[0] == 4429
        await aeventually(lambda: proxy._open_sockets == stream.client_count == 0)
        async with site.watching(stream):
            pass

    async def test_one_that_is_refused_and_does_not_go_takes_no_room(
        self, make_site: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(proxy, "MAX_SOCKETS", 1)
        asked: list[str | None] = []
        site = make_site(authenticate=lambda context: asked.append(context.token) or context.token)
        stream = site.hub.add_stream("scene", 64, 48)
        async with site.connected() as refused:
            refused.socket.transport.pause_reading()  # so it does not answer the close
            await refused.say(HELLO)
            await aeventually(lambda: asked == [None] and proxy._open_sockets == 0)
            async with site.watching(stream):
                pass
            refused.socket.transport.resume_reading()

    async def test_who_says_nothing_and_costs_the_hub_nothing(
        self, site: Any, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(proxy, "HELLO_TIMEOUT_S", 0.1)
        async with site.connected() as client:
            assert await client.close_code() == (4408, "no hello within 0.1 s")
        assert proxy._open_sockets == 0
        await aeventually(lambda: site.tasks == [])

    @pytest.mark.parametrize("access", [{}, {"token": False}, {"authenticate": lambda context: "anybody"}])
    async def test_a_page_of_another_site_although_it_has_cookie_and_token(self, make_site: Any, access: Any) -> None:
        site = make_site(**access)
        stream = site.hub.add_stream("scene", 64, 48)
        for proxied in ({}, {"X-Forwarded-For": "10.0.0.1"}, {"X-Real-IP": "10.0.0.1"}):
            async with site.connected(Origin="https://somewhere.test", **proxied) as client:
                await client.say(Hello(supported=("image/png",), token=stream.token))
                assert (await client.close_code())[0] == 4401
        async with site.watching(stream, Origin=f"http://127.0.0.1:{site.port}"):
            pass

    async def test_a_page_behind_a_nameless_proxy_before_a_browser_has_vouched_for_it(
        self, site: Any, stream: Stream
    ) -> None:
        page = "https://notebook.test:8443"

        async def let_in() -> bool:
            async with site.connected(Origin=page) as client:
                await client.say(Hello(supported=("image/png",), token=stream.token))
                try:
                    await client.next_control(Config)
                except ConnectionClosed:
                    assert (await client.close_code())[0] == 4401
                    return False
                return True

        assert not await let_in()
        # Whoever is not logged in can say anything.
        await asyncio.to_thread(site.get, Origin=page, **{"Sec-Fetch-Site": "same-origin"})
        assert not await let_in()
        await asyncio.to_thread(site.get, Origin=page, **{"Sec-Fetch-Site": "same-origin"}, **site.headers)
        assert await let_in()


@pytest.mark.parametrize("said", ["x" * (MAX_CONTROL_BYTES + 1), "ü" * (MAX_CONTROL_BYTES // 2 + 1)])
@pytest.mark.parametrize("is_first", [True, False])
async def test_too_long_a_message_closes_with_1009(site: Any, stream: Stream, said: str, is_first: bool) -> None:
    opened = site.connected() if is_first else site.watching(stream)
    async with opened as client:
        await client.socket.send(said)
        assert await client.close_code() == (1009, f"a message has at most {MAX_CONTROL_BYTES} bytes")
    await aeventually(lambda: stream.client_count == 0)


class TestAnEndIsToldToTheOther:
    async def test_a_page_that_is_gone_leaves_no_viewer(self, site: Any, stream: Stream) -> None:
        async with site.watching(stream) as client:
            client.socket.transport.abort()
            await aeventually(lambda: stream.client_count == 0)
        await aeventually(lambda: site.tasks == [])

    async def test_a_page_that_closes_leaves_no_viewer(self, site: Any, stream: Stream) -> None:
        async with site.watching(stream) as client:
            await client.socket.close(1000)
            await aeventually(lambda: stream.client_count == 0)

    async def test_a_page_is_told_why_the_hub_closes(self, site: Any, stream: Stream) -> None:
        async with site.watching(stream) as client:
            stream.close()
            code, reason = await client.close_code()
            assert code == 1001
            assert "closed" in reason

    async def test_a_kernel_that_is_killed(self, site: Any) -> None:
        code = (
            "import time; from marimo_rfb import Hub; from marimo_rfb.hub.core import core_of; hub = Hub().start()\n"
            "stream = hub.add_stream('far', 8, 8)\n"
            "print(core_of(hub).id, stream.token, flush=True); time.sleep(60)"
        )
        kernel = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        try:
            assert kernel.stdout is not None
            line = await asyncio.to_thread(kernel.stdout.readline)
            hub_id, token = line.split()
            async with site.connected(site.url("far", hub_id)) as client:
                await client.say(Hello(supported=("image/png",), token=token))
                await client.next_control(Config)
                os.kill(kernel.pid, signal.SIGKILL)
                assert await client.close_code() == (1001, proxy.HUB_GONE)
            async with site.connected(site.url("far", hub_id)) as client:
                await client.say(HELLO)
                assert await client.close_code() == (4404, proxy.HUB_GONE)
        finally:
            kernel.kill()
            kernel.communicate()

    async def test_a_kernel_that_does_not_answer_may_be_asked_again(
        self, site: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(proxy, "OPEN_TIMEOUT_S", 0.1)
        silent = hub_discovery.make_endpoint()
        assert silent is not None
        with silent.socket as listening:
            listening.listen()
            async with site.connected(site.url("scene", silent.hub_id)) as client:
                await client.say(HELLO)
                assert await client.close_code() == (1001, proxy.HUB_SLOW)
        silent.remove()


async def test_a_page_that_does_not_read_is_sent_no_more_than_its_window(site: Any, stream: Stream) -> None:
    async with site.watching(stream) as client:
        for number in range(200):
            stream.publish(card(seed=number))
        await aeventually(lambda: viewer_metrics(stream)[0]["in_flight"] == viewer_metrics(stream)[0]["window"])
        held = viewer_metrics(stream)[0]
        for number in range(200):
            stream.publish(card(seed=number))
        await client.barrier(stream)
        assert viewer_metrics(stream)[0]["frames_sent"] == held["frames_sent"]


async def test_what_a_page_acks_and_does_not_read_waits_in_the_hub_where_it_is_bounded(site: Any) -> None:
    stream = site.hub.add_stream("large", 1000, 1000)  # 3 MB each, as PNG
    async with site.watching(stream) as liar, RawClient.watching(stream, supported=("image/png",)) as other:
        liar.socket.transport.pause_reading()
        for seed in range(10):
            stream.publish(noise(1000, 1000, seed=seed))
            await other.picture(seed + 1)
            await liar.say(Ack(seq=seed + 1))
        sent, all_of_them = sorted(viewer["bytes_sent"] for viewer in viewer_metrics(stream))
        assert all_of_them > 30_000_000
        # What the hub keeps, two messages here, and what the systems' buffers hold.
        assert sent < 24_000_000
        liar.socket.transport.abort()


async def test_the_hook_is_told_what_the_page_said_and_no_more(make_site: Any) -> None:
    told: list[AuthContext] = []
    site = make_site(authenticate=lambda context: told.append(context) or "somebody")
    stream = site.hub.add_stream("scene", 64, 48)
    options = {
        "additional_headers": [("Cookie", "session=theirs"), ("X-Rfb-Remote", "6.6.6.6 1"), ("X-Seen", "by us")],
    }
    async with RawClient.connected(site.url("scene") + "?a=1&b=%0d%0a", **options) as client:
        await client.say(HELLO)
        await aeventually(lambda: stream.client_count == 1)
    (context,) = told
    assert context.cookies == {"session": "theirs"}
    assert context.headers["x-seen"] == "by us"
    assert context.headers["host"] == f"127.0.0.1:{site.port}"
    assert context.path == f"/rfb/{site.hub_id}/scene"
    assert context.query["a"] == "1"
    assert context.remote is not None
    assert context.remote[0] == "127.0.0.1"
    assert not [name for name in context.headers if name.startswith("x-rfb-")]


@pytest.mark.parametrize(("version", "said"), [("0.0.1", "has 0.0.1"), (None, "has an older one"), ("ü" * 60, "has ")])
async def test_a_server_of_another_version_is_named_and_not_used(
    site: Any, stream: Stream, monkeypatch: pytest.MonkeyPatch, version: str | None, said: str
) -> None:
    told = proxy._headers

    def headers(*arguments: Any) -> dict[str, str]:
        others = {name: value for name, value in told(*arguments).items() if name != ProxyHeader.version}
        return others if version is None else {**others, ProxyHeader.version: version}

    monkeypatch.setattr(proxy, "_headers", headers)
    async with site.connected() as client:
        await client.say(HELLO)
        code, reason = await client.close_code()
        assert code == CloseCode.VERSION
        assert reason.startswith(f"the kernel has marimo-rfb {VERSION}, and marimo's server {said}")
        assert len(reason.encode()) <= 123


class TestWithoutUnixSockets:
    @pytest.fixture
    def site(self, make_site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setattr(hub_discovery, "_has_unix_sockets", lambda: False)
        return make_site()

    async def test_pictures_come_all_the_same(self, site: Any, stream: Stream) -> None:
        assert list(rendezvous_files()) == [f"{site.hub_id}.json"]
        async with site.watching(stream) as client:
            stream.publish(card(seed=1))
            await client.picture(1)

    async def test_who_does_not_know_the_secret_is_refused(self, site: Any, stream: Stream) -> None:
        folder = hub_discovery.discovery_folder()
        assert folder is not None
        file = folder / f"{site.hub_id}.json"
        told = json.loads(file.read_text())
        file.write_text(json.dumps(told | {"secret": "0" * 64}))
        async with site.connected() as client:
            await client.say(Hello(supported=("image/png",), token=stream.token))
            assert (await client.close_code())[0] == 4401
        url = f"ws://127.0.0.1:{told['port']}/scene"
        async with RawClient.connected(url) as client:
            assert (await client.close_code())[0] == 4401
        assert stream.client_count == 0


def rendezvous_files() -> list[str]:
    folder = hub_discovery.discovery_folder()
    assert folder is not None
    return [path.name for path in folder.iterdir() if path.name != "lock"]


async def test_a_thousand_sockets_that_come_and_go_leave_nothing(
    site: Any, stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    async def come_and_go(number: int) -> None:
        with contextlib.suppress(ConnectionError):
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            half = f"GET /rfb/{site.hub_id}/scene HTTP/1.1\r\nHost: a\r\nCookie: session=theirs\r\n"
            rest = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            rest += "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            writer.write((half + rest * (number % 2)).encode())
            await writer.drain()
            if number % 2:
                await reader.readline()
            writer.transport.abort()

    with caplog.at_level(logging.WARNING):
        for start in range(0, 1000, 100):
            await asyncio.gather(*(come_and_go(number) for number in range(start, start + 100)))
        async with site.watching(stream) as client:
            stream.publish(card(seed=1))
            await client.picture(1)
    await aeventually(lambda: site.tasks == [])
    await aeventually(lambda: proxy._open_sockets == 0)
    assert caplog.records == []


async def test_what_waits_for_a_page_that_acks_what_it_has_not_read_is_a_few_pictures(
    site: Any, stream: Stream
) -> None:
    async with site.watching(stream) as liar, RawClient.watching(stream) as other:
        # So little that the page's own kernel hardly counts; the rest is what waits in the server and in the hub. Much
        # less, and it would be read in steps that take seconds.
        liar.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        liar.socket.transport.pause_reading()
        sent_bytes = 0
        while sent_bytes < 5 << 20:
            seq = published(stream, noise(320, 240, seed=stream.stats.published))
            sent_bytes += len((await other.picture(seq)).message)
            await liar.ack(seq)
        sent = min(viewer["bytes_sent"] for viewer in viewer_metrics(stream))
        assert sent < sent_bytes / 3
        liar.socket.transport.resume_reading()
        assert (await liar.picture(seq)).seq == seq
