import asyncio
import logging
import threading
from typing import Any

import pytest
from carried import Carried
from support import IMAGES, RawClient, card, eventually, published, viewer_metrics

from marimo_rfb.errors import HubClosed
from marimo_rfb.hub.access import AuthContext
from marimo_rfb.hub.external_socket import MAX_WAITING, MAX_WAITING_BYTES
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, Bye, Event, Hello


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


class TestWatching:
    def test_pictures_and_acks_go_through_it(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        for seed in range(5):
            seq = published(stream, card(seed=seed))
            assert viewer.newest(seq).pixels.shape == (48, 64, 3)
        eventually(lambda: viewer_metrics(stream)[0]["in_flight"] == 0)

    def test_its_viewers_get_the_bytes_of_all_others(self, stream: Stream) -> None:
        viewers = [Carried.watching(stream) for _ in range(3)]

        async def watch() -> bytes:
            async with RawClient.watching(stream) as client:
                return (await client.picture(published(stream, card()))).message

        message = asyncio.run(watch())
        assert {viewer.newest(1).message for viewer in viewers} == {message}
        assert stream.stats.encoded == 1

    def test_a_token_that_is_wrong_closes_with_4401(self, hub: Hub, stream: Stream) -> None:
        viewer = Carried(hub)
        viewer.say(Hello(supported=IMAGES, token="wrong"))
        eventually(lambda: viewer.closed)
        assert viewer.closed == (4401, "the token is wrong")
        assert viewer.control == []

    def test_a_page_from_elsewhere_is_refused_unless_somebody_vouches_for_it(self, hub: Hub, stream: Stream) -> None:
        headers = {"origin": "https://page.example", "host": "inner:5000"}
        refused = Carried(hub, headers=headers)
        eventually(lambda: refused.closed)
        assert refused.closed == (4401, "pages of https://page.example may not watch; origins=[...] lets them")
        Carried.watching(stream, headers=headers, vouched=True)
        Carried.watching(stream, headers={**headers, "x-forwarded-host": "page.example"})

    def test_a_stream_that_is_not_there_closes_with_4404(self, hub: Hub) -> None:
        viewer = Carried(hub, "nothing")
        eventually(lambda: viewer.closed)
        assert viewer.closed == (4404, "no stream 'nothing' here")

    def test_without_a_name_the_default_stream_is_meant(self, hub: Hub) -> None:
        stream = hub.add_stream("default", 64, 48)
        viewer = Carried(hub, "")
        viewer.say(Hello(supported=IMAGES, token=stream.token))
        eventually(lambda: stream.client_count == 1)


class TestRoom:
    def test_a_carrier_without_room_gets_no_picture_until_an_ack_after_it_has(self, stream: Stream) -> None:
        viewer, other = Carried.watching(stream), Carried.watching(stream)
        other.newest(published(stream, card(seed=0)))
        viewer.newest(1)
        viewer.has_room = False
        for seed in range(1, 6):
            other.newest(published(stream, card(seed=seed)))
        viewer.ack(1)  # as one that says it has read what it cannot have
        viewer.barrier(stream)
        assert [picture.seq for picture in viewer.pictures] == [1]
        viewer.has_room = True
        viewer.ack(1)
        assert viewer.newest(6).seq == 6

    def test_a_stream_whose_viewers_have_no_room_encodes_nothing(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        viewer.newest(published(stream, card(seed=0)))
        viewer.has_room = False
        for seed in range(1, 20):
            stream.publish(card(seed=seed))
            viewer.ack(1)
            viewer.barrier(stream)
        # It had asked for one more already.
        assert stream.stats.encoded <= 2


class TestEnding:
    def test_a_stream_that_is_closed_says_so(self, hub: Hub, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        hub.remove_stream("scene")
        eventually(lambda: viewer.closed)
        assert viewer.control[-1] == Bye(reason="stream scene was closed")
        assert viewer.closed == (1001, "stream scene was closed")

    def test_a_hub_that_is_closed_says_so_and_takes_nothing_more(self, hub: Hub, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        hub.close()
        assert viewer.closed == (1001, "the hub was closed")
        viewer.ack(1)
        viewer.bridge.connection_lost()
        with pytest.raises(HubClosed, match="the hub was closed"):
            Carried(hub)

    def test_a_hub_that_was_not_started_says_how(self) -> None:
        with pytest.raises(HubClosed, match=r"not started; `await hub.astart\(\)`"):
            Carried(Hub())

    def test_a_page_that_goes_is_gone_and_twice_is_fine(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        viewer.bridge.connection_lost()
        viewer.bridge.connection_lost()
        eventually(lambda: stream.client_count == 0)
        eventually(lambda: [event.type for event in stream.poll_events()] == ["close"])
        stream.publish(card())
        assert viewer.closed is None
        assert viewer.pictures == []

    def test_what_it_said_before_it_went_is_heard(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        for key in "abcdef":
            viewer.say(Event(event={"type": "key_down", "key": key}))
        viewer.bridge.connection_lost()
        viewer.say(Event(event={"type": "key_down", "key": "z"}))
        eventually(lambda: stream.client_count == 0)
        events = stream.poll_events()
        assert [event.event["key"] for event in events[:6]] == list("abcdef")
        assert [event.type for event in events[6:]] == ["key_up"] * 6 + ["close"]

    def test_one_that_goes_before_its_hello_is_forgotten(self, hub: Hub, stream: Stream) -> None:
        viewer = Carried(hub)
        viewer.bridge.connection_lost()
        Carried.watching(stream)
        assert stream.client_count == 1
        assert viewer.closed is None


class TestHostile:
    @pytest.mark.parametrize(
        "message",
        ["x" * (MAX_CONTROL_BYTES + 1), b"x" * (MAX_CONTROL_BYTES + 1), "☂" * 30_000],
        ids=["characters", "bytes", "characters of several bytes"],
    )
    @pytest.mark.parametrize("let_in", [False, True])
    def test_a_message_of_more_than_64_kib_closes_with_1009(
        self, hub: Hub, stream: Stream, message: str | bytes, let_in: bool
    ) -> None:
        viewer = Carried.watching(stream) if let_in else Carried(hub)
        viewer.say(message)
        eventually(lambda: viewer.closed)
        assert viewer.closed == (1009, "a message has at most 65536 bytes")
        eventually(lambda: stream.client_count == 0)

    def test_one_of_64_kib_does_not(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        viewer.say('{"type":"unknown","x":"'.ljust(MAX_CONTROL_BYTES - 2, "x") + '"}')
        viewer.newest(published(stream, card()))
        assert viewer.closed is None

    def test_bytes_close_with_1008(self, hub: Hub, stream: Stream) -> None:
        for viewer in (Carried(hub), Carried.watching(stream)):
            viewer.say(b"\x00")
            eventually(lambda viewer=viewer: viewer.closed)
            assert viewer.closed is not None
            assert viewer.closed[0] == 1008

    @pytest.mark.parametrize(
        ("message", "count"), [("{}", MAX_WAITING + 1), ("x" * 60_000, MAX_WAITING_BYTES // 60_000 + 1)]
    )
    def test_what_waits_to_be_read_has_a_limit(self, make_hub: Any, message: str, count: int) -> None:
        asked = threading.Event()

        async def never(context: AuthContext) -> None:
            asked.set()
            await asyncio.Event().wait()

        hub = make_hub(authenticate=never)
        stream = hub.add_stream("scene", 64, 48)
        viewer = Carried(hub)
        viewer.say(Hello(supported=IMAGES))
        assert asked.wait(10)  # a hello that was not read yet would wait with the others
        for _ in range(count - 1):
            viewer.say(message)
        other = Carried(hub)
        other.say(b"\x00")
        eventually(lambda: other.closed)  # by then the loop has seen all that came before
        assert viewer.closed is None
        viewer.say(message)
        viewer.say(message)
        eventually(lambda: viewer.closed)
        assert viewer.closed == (1008, "messages come faster than they can be read")
        assert stream.client_count == 0

    def test_many_threads_may_feed_it(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)

        def press() -> None:
            for _ in range(50):
                viewer.say(Event(event={"type": "key_down", "key": "a"}))

        threads = [threading.Thread(target=press) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        events: list[Any] = []
        eventually(lambda: events.extend(stream.poll_events()) or len(events) == 400)
        assert viewer.closed is None


class TestAFailingCarrier:
    def test_one_that_cannot_send_lets_its_viewer_go_and_harms_no_other(
        self, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Fails(Carried):
            def send(self, message: str | bytes) -> None:
                if isinstance(message, bytes):
                    raise OSError("the channel is closed")
                super().send(message)

        failing, others = Fails.watching(stream), [Carried.watching(stream) for _ in range(8)]
        seq = published(stream, card())
        for other in others:
            assert other.newest(seq).seq == seq
        eventually(lambda: stream.client_count == len(others))
        assert failing.pictures == []
        assert errors(caplog) == ["the transport of a viewer failed; the viewer is disconnected"]

    def test_one_that_cannot_close_is_logged(self, hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
        class Fails(Carried):
            def close(self, code: int, reason: str) -> None:
                raise OSError("the channel is closed")

        Fails(hub, "nothing")
        eventually(lambda: errors(caplog) == ["serving a viewer failed"])
