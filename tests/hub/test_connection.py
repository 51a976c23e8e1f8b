import asyncio
import json
import logging
import socket
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from carried import Carried
from support import (
    EXTENSIONS,
    IMAGES,
    RawClient,
    aeventually,
    card,
    eventually,
    golden,
    noise,
    psnr_db,
    published,
    viewer_metrics,
)

from marimo_rfb.flow.layer_controller import MIN_WINDOW
from marimo_rfb.flow.quality_level import COMM_LAYERS
from marimo_rfb.hub import connection
from marimo_rfb.hub.access import AccessOptions, AuthContext
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.viewer_socket import ViewerWebSocket
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import (
    MAX_CONTROL_BYTES,
    Ack,
    AskTime,
    Bye,
    ClientMessage,
    Clipboard,
    Config,
    Event,
    Hello,
    ImageHeader,
    LimitRate,
    SelectTransport,
    SetViewport,
    Stats,
    Time,
    Visibility,
)


def closes(stream: Stream, *said: ClientMessage | str | bytes, url: str = "", **options: Any) -> tuple[int, str]:
    """Say something to the hub and return how it closed, before any picture."""

    async def talk() -> tuple[int, str]:
        async with RawClient.connected(url or stream.ws_url, **options) as client:
            for message in said:
                await client.socket.send(message if isinstance(message, (str, bytes)) else encode_message(message))
            code = await client.close_code()
            assert not client.pictures
            return code

    stream.publish(card())
    return asyncio.run(talk())


def hello(stream: Stream, *supported: str) -> Hello:
    return Hello(supported=supported or IMAGES + EXTENSIONS, token=stream.token)


class TestTicket:
    def test_it_opens_the_stream_that_it_was_issued_for_and_no_other(self, stream: Stream) -> None:
        other = stream.server.add_stream("other", 8, 8)
        ticket = core_of(stream.server).issue_ticket(stream, stream.token)

        async def watch() -> None:
            async with RawClient.connected(stream.ws_url) as client:
                await client.say(Hello(supported=IMAGES, token=ticket))
                await client.next_control(Config)

        asyncio.run(watch())
        assert closes(other, Hello(supported=IMAGES, token=ticket)) == (4401, "the token is wrong")

    def test_one_for_a_wrong_token_opens_nothing(self, stream: Stream) -> None:
        ticket = core_of(stream.server).issue_ticket(stream, "not the token")
        assert closes(stream, Hello(supported=IMAGES, token=ticket)) == (4401, "the token is wrong")

    def test_the_hook_is_told_the_token_that_it_stands_for(self) -> None:
        told = list[str | None]()
        hub = Hub(access=AccessOptions(authenticate=lambda context: told.append(context.token) or "somebody")).start()
        stream = hub.add_stream("default", 8, 8)

        async def watch() -> None:
            async with RawClient.connected(stream.ws_url) as client:
                await client.say(Hello(supported=IMAGES, token=core_of(hub).issue_ticket(stream, "the token of ann")))
                await client.next_control(Config)

        asyncio.run(watch())
        hub.close()
        assert told == ["the token of ann"]

    def test_none_is_issued_where_nobody_can_connect(self, stream: Stream) -> None:
        hub = Hub()
        unserved = hub.add_stream("default", 8, 8)
        assert core_of(hub).issue_ticket(unserved, "token") == ""
        assert core_of(stream.server).issue_ticket(unserved, "token") == ""
        server = stream.server
        server.close()
        assert core_of(server).issue_ticket(stream, "token") == ""


class TestHello:
    def test_a_viewer_with_the_token_gets_config_and_picture(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream, supported=IMAGES) as client:
                assert await client.next_control(Config) == Config(transport="image", width=64, height=48)
                stream.publish(card(320, 240, seed=2))
                picture = await client.next_picture()
                header = picture.header
                assert isinstance(header, ImageHeader)
                assert (header.seq, header.width, header.height, header.mime) == (1, 320, 240, "image/jpeg")
                assert header.pixel_ratio is None
                assert picture.pixels.shape == (240, 320, 3)

        asyncio.run(watch())

    def test_a_viewer_that_knows_transports_is_told_which_there_are_and_which_it_has(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                config = await client.next_control(Config)
                assert (config.codec, config.transports, config.extras) == ("image/jpeg", IMAGES, EXTENSIONS)

        asyncio.run(watch())

    @pytest.mark.parametrize("token", [None, "", "wrong", "\ud800", "ü" * 40])
    def test_a_missing_or_wrong_token_closes_with_4401_before_any_picture(
        self, stream: Stream, token: str | None
    ) -> None:
        message = json.dumps({"type": "hello", "supported": list(IMAGES), "token": token})
        code, reason = closes(stream, message)
        assert code == 4401
        assert "token" in reason
        assert stream.client_count == 0
        assert stream.stats.encoded == 0

    def test_the_token_of_another_stream_does_not_fit(self, hub: Hub, stream: Stream) -> None:
        other = hub.add_stream("other", 8, 8)
        assert closes(stream, hello(other))[0] == 4401

    def test_the_tokens_of_a_hub_differ_from_stream_to_stream(self, hub: Hub, stream: Stream) -> None:
        other = hub.add_stream("other", 8, 8)
        assert len({hub.token, stream.token, other.token}) == 3

    def test_a_token_in_the_address_is_not_enough(self, stream: Stream) -> None:
        message = Hello(supported=IMAGES)
        assert closes(stream, message, url=f"{stream.ws_url}?token={stream.token}")[0] == 4401

    def test_no_hello_in_time_closes_with_4408(self, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection, "HELLO_TIMEOUT_S", 0.05)
        assert closes(stream) == (4408, "no hello within 0.05 s")

    @pytest.mark.parametrize("first", [b"\x00", b"", encode_message(Hello(supported=IMAGES)).encode()])
    def test_bytes_instead_of_a_hello_close_with_1008(self, stream: Stream, first: bytes) -> None:
        assert closes(stream, first)[0] == 1008

    @pytest.mark.parametrize("first", ["", "hello", "[]", '{"type":"hello"}', '{"type":"ack","seq":1}'])
    def test_another_first_message_closes_with_1008(self, stream: Stream, first: str) -> None:
        assert closes(stream, first)[0] == 1008

    def test_no_transport_in_common_closes_with_1003_and_says_what_there_is(self, stream: Stream) -> None:
        assert closes(stream, hello(stream, "webcodecs/av1")) == (
            1003,
            "no codec in common; this stream offers image/jpeg, image/png, image/webp",
        )

    def test_one_viewer_too_many_closes_with_4429(self, hub: Hub) -> None:
        stream = hub.add_stream("small", 8, 8, max_viewers=1)

        async def watch() -> tuple[int, str]:
            async with RawClient.watching(stream), RawClient.connected(stream.ws_url) as second:
                await second.say(hello(stream))
                return await second.close_code()

        assert asyncio.run(watch())[0] == 4429

    def test_a_place_that_was_left_can_be_taken(self, hub: Hub) -> None:
        stream = hub.add_stream("small", 8, 8, max_viewers=1)

        async def watch() -> None:
            for _ in range(3):
                async with RawClient.watching(stream) as client:
                    await client.next_control(Config)
                await aeventually(lambda: stream.client_count == 0)

        asyncio.run(watch())

    def test_a_client_that_goes_before_its_hello_is_forgotten(
        self, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def come_and_go() -> None:
            async with RawClient.connected(stream.ws_url):
                pass
            async with RawClient.connected(stream.ws_url) as client:
                client.socket.transport.abort()
            async with RawClient.watching(stream):
                pass

        asyncio.run(come_and_go())
        assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


class TestAuthenticate:
    def admitted(self, make_hub: Any, authenticate: Any, *, token: str | None = None, **headers: str) -> Any:
        """Return the principal of a viewer that pressed a key, or the close code."""
        stream = make_hub(authenticate=authenticate).add_stream("scene", 8, 8)

        async def watch() -> Any:
            url, extra = (
                f"{stream.ws_url}?room=7&room=8",
                {"X-User": "bob", "Cookie": "session=abc; theme=dark", **headers},
            )
            async with RawClient.connected(url, additional_headers=extra) as client:
                await client.say(Hello(supported=IMAGES, token=token))
                await client.say(Event(event={"type": "key_down", "key": "a"}))
                if not stream.client_count:
                    reading = asyncio.create_task(client.close_code())
                    await aeventually(lambda: stream.client_count or reading.done())
                    if reading.done():
                        return reading.result()[0]
                    reading.cancel()
                events: list[Any] = []
                await aeventually(lambda: events.extend(stream.poll_events()) or events)
                return events[0].principal

        return asyncio.run(watch())

    def test_a_sync_hook_runs_off_the_hub_thread_and_gives_the_principal(self, make_hub: Any) -> None:
        threads: list[str] = []

        def ask(context: AuthContext) -> dict[str, str]:
            threads.append(threading.current_thread().name)
            return {"name": "ann"}

        assert self.admitted(make_hub, ask) == {"name": "ann"}
        assert threads != ["rfb-hub"]

    def test_an_async_hook_gives_the_principal(self, make_hub: Any) -> None:
        async def ask(context: AuthContext) -> str:
            await asyncio.sleep(0)
            return "ann"

        assert self.admitted(make_hub, ask) == "ann"

    def test_none_and_an_exception_close_with_4401(self, make_hub: Any) -> None:
        def fail(context: AuthContext) -> str:
            raise LookupError("who?")

        async def refuse(context: AuthContext) -> None:
            return None

        assert self.admitted(make_hub, fail) == 4401
        assert self.admitted(make_hub, refuse) == 4401
        assert self.admitted(make_hub, lambda context: None) == 4401

    def test_the_hook_sees_the_handshake(self, make_hub: Any) -> None:
        seen: list[AuthContext] = []

        def ask(context: AuthContext) -> str:
            seen.append(context)
            return "ann"

        self.admitted(make_hub, ask, token="from the page")
        (context,) = seen
        assert context.token == "from the page"
        assert context.headers["x-user"] == "bob"
        assert context.cookies == {"session": "abc", "theme": "dark"}
        assert (context.path, context.query, context.stream) == ("/scene", {"room": "8"}, "scene")
        assert context.remote is not None
        assert context.remote[0] == "127.0.0.1"

    def test_a_cookie_that_is_none_is_left_out(self, make_hub: Any) -> None:
        seen: list[AuthContext] = []
        self.admitted(make_hub, lambda context: seen.append(context) or "ann", Cookie='a[]=1; =; ;;; "')
        assert len(seen) == 1


class TestOrigin:
    def code(self, stream: Stream, origin: str) -> int:
        async def watch() -> int:
            async with RawClient.connected(stream.ws_url, additional_headers={"Origin": origin}) as client:
                await client.say(hello(stream))
                reading = asyncio.create_task(client.close_code())
                await aeventually(lambda: stream.client_count or reading.done())
                if reading.done():
                    return reading.result()[0]
                reading.cancel()
                return 0

        return asyncio.run(watch())

    @pytest.mark.parametrize("origin", ["http://localhost:2718", "https://127.0.0.1", "vscode-webview://x"])
    def test_pages_of_this_machine_may_watch(self, stream: Stream, origin: str) -> None:
        assert self.code(stream, origin) == 0

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "http://" + "e" * 4000])
    def test_other_pages_are_refused_with_4401_even_with_the_token(self, stream: Stream, origin: str) -> None:
        assert self.code(stream, origin) == 4401

    def test_an_origin_that_was_allowed_may_watch(self, make_hub: Any) -> None:
        stream = make_hub(origins=("https://app.example",)).add_stream("scene", 8, 8)
        assert self.code(stream, "https://app.example") == 0
        assert self.code(stream, "https://other.example") == 4401


class TestMessages:
    @pytest.mark.parametrize(
        "case", [pytest.param(c["text"], id=c["name"]) for c in golden("wire.json")["malformed_client"]]
    )
    def test_a_malformed_message_closes_with_1008(self, stream: Stream, case: str) -> None:
        assert closes_while_watching(stream, case)[0] == 1008

    def test_a_binary_message_closes_with_1008(self, stream: Stream) -> None:
        assert closes_while_watching(stream, b"\x00\x01") == (1008, "control messages are text")

    def test_a_message_of_more_than_64_kib_closes_with_1009(self, stream: Stream) -> None:
        text = '{"type":"decoder_reset","x":"' + "y" * MAX_CONTROL_BYTES + '"}'
        assert closes_while_watching(stream, text)[0] == 1009
        assert closes(stream, text)[0] == 1009

    def test_a_message_of_64_kib_in_characters_and_more_in_bytes_closes_too(self, stream: Stream) -> None:
        text = '{"type":"decoder_reset","x":"' + "☂" * 30_000 + '"}'
        assert closes_while_watching(stream, text)[0] == 1009

    def test_more_than_2000_messages_a_second_close_with_1008(
        self, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # All of them in one second: a machine that is busy elsewhere may take longer.
        clock = SimpleNamespace(time=lambda: 1_700_000_000.0, monotonic=time.monotonic)
        monkeypatch.setattr(connection, "time", clock)
        code, reason = closes_while_watching(stream, *['{"type":"ack","seq":0}'] * 2_001)
        assert code == 1008
        assert reason == "more than 2000 messages a second"

    def test_unknown_types_are_ignored_and_counted(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                for case in golden("wire.json")["ignored_control"]:
                    await client.socket.send(case["text"])
                await client.say(Event(event={"type": "hologram"}))
                await aeventually(lambda: viewer_metrics(stream)[0]["ignored_messages"] == 5)
                stream.publish(card())
                assert (await client.next_picture()).seq == 1

        asyncio.run(watch())

    def test_a_transport_can_be_chosen_and_the_newest_frame_comes_in_it(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.publish(card(320, 240, seed=4))
                first = await client.next_picture()
                await client.ack(1)
                await client.next_control(Config)
                await client.say(SelectTransport(transport="image/png"))
                again = await client.next_picture()
                # Before the picture, or a page would take it for an old one.
                assert [(c.codec, c.width, c.height) for c in client.control if isinstance(c, Config)] == [
                    ("image/png", 320, 240)
                ]
                assert (first.header.mime, again.header.mime) == ("image/jpeg", "image/png")  # type: ignore[union-attr]
                assert again.seq == 1
                assert (again.pixels == card(320, 240, seed=4)).all()
                assert viewer_metrics(stream)[0]["transport"] == "image/png"

        asyncio.run(watch())

    def test_transports_can_be_changed_while_pictures_come_and_none_is_shown_twice_in_one(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                assert (await client.next_control(Config)).codec == IMAGES[0]
                for round_ in range(1, 13):
                    mime = IMAGES[round_ % 3]
                    await client.say(SelectTransport(transport=mime))
                    assert (await client.next_control(Config)).codec == mime
                    client.pictures.clear()
                    seq = published(stream, card(320, 240, seed=round_))
                    picture = await client.picture(seq)
                    assert picture.header.mime == mime  # type: ignore[union-attr]
                    assert psnr_db(picture.pixels, card(320, 240, seed=round_)) > 25

        asyncio.run(watch())

    def test_the_time_is_asked_for_and_told(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.publish(card())
                picture = await client.next_picture()
                await client.say(AskTime(sent_ms=1.5))
                answer = await client.next_control(Time)
                assert answer.sent_ms == 1.5
                # The clock that frames are stamped by.
                assert picture.header.timestamp_us <= answer.server_us  # type: ignore[union-attr]
                stream.publish(card(seed=1))
                later = await client.next_picture()
                assert answer.server_us <= later.header.timestamp_us + 1  # type: ignore[union-attr]

        asyncio.run(watch())

    @pytest.mark.parametrize("fps", [0, -1])
    def test_a_limit_that_lets_nothing_through_closes_with_1008(self, stream: Stream, fps: float) -> None:
        code, reason = closes_while_watching(stream, LimitRate(fps=fps))
        assert (code, reason.partition(";")[0]) == (1008, f"limit_rate: fps must be at least 0.1, got {fps}")

    def test_a_transport_that_was_not_offered_closes_with_1008(self, stream: Stream) -> None:
        assert closes_while_watching(stream, SelectTransport(transport="webcodecs/av1"))[0] == 1008


class TestEvents:
    def test_events_come_with_viewer_principal_and_time(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(SetViewport(width=320, height=240, pwidth=640, pheight=480, ratio=2))
                await client.say(Event(event={"type": "pointer_down", "x": 5, "y": 6, "button": 1, "buttons": [1]}))
                events: list[Any] = []
                await aeventually(lambda: events.extend(stream.poll_events()) or len(events) == 2)
                assert [e.type for e in events] == ["resize", "pointer_down"]
                assert events[1].event["x"] == 5
                assert len({e.viewer for e in events}) == 1
                assert events[0].principal is None
                assert events[0].received_us > 1_700_000_000_000_000

        asyncio.run(watch())

    def test_a_viewer_that_goes_releases_what_it_holds_and_says_close(self, stream: Stream) -> None:
        events: list[Any] = []

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(Event(event={"type": "key_down", "key": "Shift"}))
                await client.say(Event(event={"type": "pointer_down", "x": 5, "y": 6, "button": 1, "buttons": [1]}))
                await aeventually(lambda: events.extend(stream.poll_events()) or len(events) == 2)
                client.socket.transport.abort()
                await aeventually(lambda: events.extend(stream.poll_events()) or len(events) == 5)

        asyncio.run(watch())
        assert [e.type for e in events[2:]] == ["key_up", "pointer_up", "close"]
        assert stream.client_count == 0

    def test_two_viewers_have_two_names(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as one, RawClient.watching(stream) as other:
                for client in (one, other):
                    await client.say(Event(event={"type": "key_down", "key": "a"}))
                events: list[Any] = []
                await aeventually(lambda: events.extend(stream.poll_events()) or len(events) == 2)
                assert len({e.viewer for e in events}) == 2

        asyncio.run(watch())


class TestStatistics:
    def test_a_viewer_is_told_what_was_measured(self, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection, "STATS_INTERVAL_S", 0.02)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                reading = asyncio.create_task(client.next_control(Stats))
                for seed in range(10_000):
                    if reading.done():
                        break
                    stream.publish(card(seed=seed))
                    while client.pictures:
                        await client.ack(client.pictures.popleft().seq)
                    await asyncio.sleep(0)
                stats = await reading
                assert stats.fps_sent is not None
                assert stats.bitrate_bps is not None
                assert stats.encode_ms is not None
                assert stats.window is not None
                assert stats.window >= 2
                await aeventually(lambda: viewer_metrics(stream)[0]["rtt_s"] is not None)

        asyncio.run(watch())


class TestVisibility:
    def test_a_hidden_viewer_gets_nothing_and_when_it_is_shown_the_newest(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as hidden, RawClient.watching(stream) as shown:
                await hidden.say(Visibility(visible=False))
                await aeventually(lambda: sorted(v["visible"] for v in viewer_metrics(stream)) == [False, True])
                for seed in range(3):
                    await shown.picture(published(stream, card(seed=seed)))
                await hidden.barrier(stream)
                assert not hidden.pictures
                await hidden.say(Visibility(visible=True))
                assert (await hidden.next_picture()).seq == 3

        asyncio.run(watch())

    def test_a_stream_that_only_hidden_viewers_have_encodes_nothing(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.publish(card(seed=0))
                await client.picture(1)
                await client.say(Visibility(visible=False))
                await aeventually(lambda: not viewer_metrics(stream)[0]["visible"])
                # The viewer had asked for the next frame already; that one may be encoded.
                for seed in range(1, 20):
                    stream.publish(card(seed=seed))
                await client.say(Visibility(visible=True))
                await client.picture(20)
                assert stream.stats.encoded <= 3

        asyncio.run(watch())


class TestRelayed:
    """Somebody else has the socket, so that a ping would measure the way to them."""

    def test_the_way_is_measured_by_acks(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        assert viewer_metrics(stream)[0]["rtt_s"] is None
        stream.publish(card())
        eventually(lambda: viewer.pictures)
        viewer.barrier(stream)
        assert viewer_metrics(stream)[0]["rtt_s"] is None
        viewer.ack(1)
        eventually(lambda: viewer_metrics(stream)[0]["rtt_s"] is not None)

    def test_what_browsers_need_to_show_a_picture_is_no_part_of_the_way(
        self, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connection, "DISPLAY_TIME_S", 1000.0)
        viewer = Carried.watching(stream)
        viewer.newest(published(stream, card()))
        eventually(lambda: viewer_metrics(stream)[0]["rtt_s"] == 0.0)

    def test_its_pictures_are_as_good_as_any(self, stream: Stream) -> None:
        Carried.watching(stream)
        assert viewer_metrics(stream)[0]["quality"] == 100


class TestShared:
    """A channel that was made for other things: few pictures, and small ones."""

    def test_at_most_two_pictures_are_on_the_way_however_long_it_is(
        self, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connection, "DISPLAY_TIME_S", -1.0)  # so much longer is the way
        viewer, other = Carried.watching(stream, is_shared=True), Carried.watching(stream)

        def shared() -> dict[str, Any]:
            return next(each for each in viewer_metrics(stream) if each["quality"] != 100)

        def fill() -> bool:
            other.newest(published(stream, card(seed=stream.stats.published)))
            return bool(shared()["in_flight"] == 2)

        for seed in range(10):
            seq = published(stream, card(seed=seed))
            other.newest(seq)
            viewer.newest(seq)
        eventually(lambda: max(each["window"] for each in viewer_metrics(stream)) > 4)
        assert shared()["window"] == 2
        eventually(fill)
        for _ in range(10):
            fill()
        viewer.barrier(stream)
        assert shared()["in_flight"] <= 2
        seq = stream.stats.published
        viewer.ack(viewer.pictures[-1].seq)
        assert viewer.newest(seq).seq == seq

    def test_its_pictures_are_smaller_and_others_are_not(self, hub: Hub) -> None:
        stream = hub.add_stream("large", 1920, 1080, quality=95)
        pixels = card(1920, 1080, seed=3)
        shared, full = Carried.watching(stream, is_shared=True), Carried.watching(stream)
        seq = published(stream, pixels)
        small, large = shared.newest(seq), full.newest(seq)
        assert large.pixels.shape == (1080, 1920, 3)
        assert small.pixels.shape == (720, 1280, 3)
        assert len(small.message) < len(large.message)
        # Pages place what people do by the frame that was published.
        assert (small.header.width, small.header.height) == (1920, 1080)
        assert psnr_db(small.pixels, card(1280, 720, seed=3)) > 30
        assert sorted(viewer["quality"] for viewer in viewer_metrics(stream)) == [COMM_LAYERS[0].quality, 100]

    def test_what_a_page_said_while_the_kernel_was_busy_may_come_at_once(self, stream: Stream) -> None:
        viewer = Carried.watching(stream, is_shared=True)
        for _ in range(5_000):
            viewer.bridge.data_received('{"type":"ack","seq":0}')
        seq = published(stream, card())
        assert viewer.newest(seq).seq == seq

    def test_two_of_a_grade_share_the_encoding(self, stream: Stream) -> None:
        viewers = [Carried.watching(stream, is_shared=True) for _ in range(2)]
        seq = published(stream, card())
        assert len({viewer.newest(seq).message for viewer in viewers}) == 1
        assert stream.stats.encoded == 1

    def test_a_stream_of_a_lower_quality_stays_there(self, hub: Hub) -> None:
        stream = hub.add_stream("coarse", 640, 480, quality=30)
        viewers = Carried.watching(stream, is_shared=True), Carried.watching(stream)
        seq = published(stream, card(640, 480))
        one, other = (viewer.newest(seq) for viewer in viewers)
        assert one.payload == other.payload

    def test_without_acks_it_goes_on_with_a_few_pictures_that_are_worse(self, stream: Stream) -> None:
        viewer = Carried.watching(stream, is_shared=True)
        for seed in range(2):
            stream.publish(card(seed=seed))
            eventually(lambda seed=seed: len(viewer.pictures) == seed + 1)
        stream.publish(card(seed=2))
        eventually(lambda: len(viewer.pictures) == 3)
        assert viewer.pictures[-1].seq == 3
        assert viewer_metrics(stream)[0]["quality"] == COMM_LAYERS[1].quality

    def test_a_page_that_has_all_and_so_acks_nothing_gets_no_worse_pictures(self, stream: Stream) -> None:
        current, busy = (Carried.watching(stream, is_shared=True) for _ in range(2))
        # Each time that the busy one is given up on, a second has passed for both.
        for seed in range(4):
            current.newest(published(stream, card(seed=seed)))
            eventually(lambda seed=seed: len(busy.pictures) > seed)
        assert {each["quality"] for each in viewer_metrics(stream)} == {
            COMM_LAYERS[0].quality,
            COMM_LAYERS[2].quality,
        }


class TestRoom:
    def test_a_client_that_acks_what_it_has_not_read_gets_no_more_and_then_the_newest(self, hub: Hub) -> None:
        stream = hub.add_stream("large", 640, 480)

        async def watch() -> None:
            async with RawClient.watching(stream) as liar, RawClient.watching(stream) as other:
                liar.socket.transport.pause_reading()
                # What the client's own kernel takes, which might be much, is of no interest.
                liar.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
                sent_bytes = 0
                while sent_bytes < 24 << 20:
                    seq = published(stream, noise(640, 480, seed=stream.stats.published))
                    sent_bytes += len((await other.picture(seq)).message)
                    await liar.ack(seq)
                sent = sorted(viewer["bytes_sent"] for viewer in viewer_metrics(stream))
                assert sent[1] > sent_bytes - (1 << 20)
                assert 0 < sent[0] < sent_bytes / 4  # what the hub's own kernel holds, and one picture
                liar.socket.transport.resume_reading()
                assert (await liar.picture(seq)).seq == seq

        asyncio.run(watch())

    def test_what_waits_for_a_client_that_acks_what_it_has_not_read_is_no_more_than_one_picture(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stream = hub.add_stream("large", 640, 480, quality=95)
        waiting: list[int] = []
        largest = 0
        send = ViewerWebSocket.send

        def watched(socket: ViewerWebSocket, message: str | bytes) -> None:
            nonlocal largest
            send(socket, message)
            largest = max(largest, len(message) if isinstance(message, bytes) else 0)
            waiting.append(socket._socket.transport.get_write_buffer_size())

        monkeypatch.setattr(ViewerWebSocket, "send", watched)

        async def watch() -> None:
            async with RawClient.watching(stream) as liar, RawClient.watching(stream) as other:
                liar.socket.transport.pause_reading()
                sent_bytes = 0
                while sent_bytes < 20 << 20:
                    seq = published(stream, noise(640, 480, seed=stream.stats.published))
                    sent_bytes += len((await other.picture(seq)).message)
                    await liar.ack(seq)
                liar.socket.transport.abort()

        asyncio.run(watch())
        assert 100_000 < largest / 2 < max(waiting) < largest + 1000  # with a few words

    def test_a_client_that_reads_gets_the_newest_picture_before_it_acks_the_one_that_filled_its_socket(
        self, hub: Hub
    ) -> None:
        stream = hub.add_stream("large", 320, 240, quality=95)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                client.socket.transport.pause_reading()
                client.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                stream.publish(noise(320, 240))
                await aeventually(lambda: viewer_metrics(stream)[0]["frames_sent"] == 1)
                for seed in range(1, 9):
                    stream.publish(noise(320, 240, seed=seed))
                client.socket.transport.resume_reading()
                assert (await client.next_picture()).seq < (await client.next_picture()).seq
                assert viewer_metrics(stream)[0]["frames_acked"] == 0

        asyncio.run(watch())

    def test_a_client_that_reads_nothing_is_let_go_when_words_pile_up(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as deaf, RawClient.watching(stream) as other:
                deaf.socket.transport.pause_reading()
                number = 0
                while stream.client_count == 2:
                    number += 1
                    stream.copy_text(f"{number}" + "x" * 32_000)
                    await other.next_control(Clipboard)
                    assert number < 2000
                await other.picture(published(stream, card()))
                deaf.socket.transport.abort()

        asyncio.run(watch())


class TestClosing:
    def test_a_close_that_is_meant_says_goodbye_first(self, hub: Hub, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await asyncio.to_thread(hub.remove_stream, "scene")
                assert await client.next_control(Bye) == Bye(reason="stream scene was closed")
                assert await client.close_code() == (1001, "stream scene was closed")

        asyncio.run(watch())

    def test_an_ack_of_the_future_does_no_harm(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(Ack(seq=2**53))
                await client.say(hello(stream))  # ignored and counted, so that we know when the ack was taken
                await aeventually(lambda: viewer_metrics(stream)[0]["ignored_messages"] == 1)
                for seed in range(10):
                    stream.publish(card(seed=seed))
                    if seed < MIN_WINDOW:
                        assert (await client.next_picture()).seq == seed + 1
                await client.barrier(stream)
                assert viewer_metrics(stream)[0]["in_flight"] == MIN_WINDOW
                assert not client.pictures

        asyncio.run(watch())


def closes_while_watching(stream: Stream, *said: ClientMessage | str | bytes) -> tuple[int, str]:
    """Say something once the hub has let us in, and return how it closed."""

    async def talk() -> tuple[int, str]:
        async with RawClient.watching(stream) as client, RawClient.watching(stream) as other:
            reading = asyncio.create_task(client.close_code())
            for message in said:
                try:
                    await client.socket.send(message if isinstance(message, (str, bytes)) else encode_message(message))
                except Exception:
                    break
            code = await reading
            # And nobody else notices.
            await other.picture(published(stream, card(seed=stream.stats.published)))
            return code

    return asyncio.run(talk())
