import asyncio
import itertools
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support import WITHIN_S, aeventually, card, eventually, noise, published, viewer_metrics

from marimo_rfb.events import InputEvent
from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook.comm.comm_transport import HEARTBEAT_TIMEOUT_S, MAX_CONNECTIONS, MAX_ID, CommTransport
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, Ack, Event, Hello

IMAGES = ("image/jpeg", "image/png")


class Page:
    """The border to the browser: what Python says is written down, what the page says is given to the channel."""

    def __init__(self, stream: Stream | None, **options: Any) -> None:
        self.channel = CommTransport(self._take, **options)
        self.stream = stream
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self.threads: set[str] = set()
        self.refuses = False

    def _take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.threads.add(threading.current_thread().name)
        if self.refuses:
            raise OSError("the channel is closed")
        self.told.append((content, buffers))

    def say(self, say: object, name: object = "a", **fields: Any) -> None:
        self.channel.receive({"kind": "wire", "id": name, "say": say, **fields}, self.stream)

    def greet(self, name: str = "a") -> None:
        """Connect, and wait until pictures may come."""
        assert self.stream is not None
        before = self.stream.client_count
        self.say("open", name)
        self.say("text", name, text=encode_message(Hello(supported=IMAGES, token=self.stream.token)))
        eventually(lambda: self.stream is not None and self.stream.client_count > before)

    def ack(self, seq: int, name: str = "a") -> None:
        self.say("text", name, text=encode_message(Ack(seq=seq)))

    def pictures(self, name: str = "a") -> list[int]:
        """The numbers of the frames that came."""
        return [unpack(buffers[0])[0].seq for content, buffers in list(self.told) if content["id"] == name and buffers]

    def gets(self, seqs: list[int]) -> None:
        """Wait until these frames have come, and no others."""
        eventually(lambda: self.pictures() == seqs)

    def closes(self, name: str = "a") -> list[tuple[int, str]]:
        """With what code and reason it was closed."""
        told = [content for content, _ in list(self.told)]
        return [(each["code"], each["reason"]) for each in told if each["id"] == name and "code" in each]


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub().start()
    yield hub
    hub.close()


@pytest.fixture
def stream(hub: Hub) -> Stream:
    return hub.add_stream("default", 64, 48, max_fps=None)


@pytest.fixture
def page(stream: Stream) -> Iterator[Page]:
    page = Page(stream)
    yield page
    page.channel.close()


class TestPictures:
    def test_a_page_that_greets_is_configured_and_gets_the_picture_whole(self, page: Page, stream: Stream) -> None:
        page.greet()
        stream.publish(card())
        eventually(page.pictures)
        content, buffers = page.told[0]
        assert json.loads(content["text"])["type"] == "config"
        assert buffers == []
        content, [buffer] = page.told[1]
        assert content == {"kind": "wire", "id": "a"}
        header, payload = unpack(buffer)
        assert (header.width, header.height) == (64, 48)
        assert bytes(payload).startswith(b"\x89PNG")

    def test_two_pictures_are_under_way_and_the_newest_comes_with_the_ack(self, page: Page, stream: Stream) -> None:
        page.greet()
        for seed in range(3):
            stream.publish(card(seed=seed))
            page.gets([1, 2][: seed + 1])
        newest = [published(stream, card(seed=seed)) for seed in range(3, 20)][-1]
        [viewer] = viewer_metrics(stream)
        assert (viewer["in_flight"], viewer["window"]) == (2, 2)
        page.ack(2)
        eventually(lambda: page.pictures()[-1] == newest)
        # One a second trickles without acks, and a machine may be slow.
        assert page.pictures()[:2] == [1, 2]
        assert len(page.pictures()) < 10

    def test_without_acks_pictures_trickle(self, page: Page, stream: Stream) -> None:
        page.greet()
        for seed in range(2):
            stream.publish(card(seed=seed))
            page.gets([1, 2][: seed + 1])
        newest = published(stream, card(seed=3))
        page.gets([1, 2, newest])

    def test_what_a_person_does_reaches_the_stream(self, page: Page, stream: Stream) -> None:
        page.greet()
        event = {"type": "pointer_down", "x": 3, "y": 4, "button": 1, "buttons": [1]}
        page.say("text", text=encode_message(Event(event=event)))
        found: list[InputEvent] = []

        def comes() -> bool:
            found.extend(stream.poll_events())
            return bool(found)

        eventually(comes)
        assert [(each.event["type"], each.event["x"]) for each in found] == [("pointer_down", 3)]

    def test_all_pages_are_told_on_one_thread_that_is_not_the_hubs(self, page: Page, stream: Stream) -> None:
        for name in "ab":
            page.greet(name)
        stream.publish(card())
        eventually(lambda: page.pictures("a") and page.pictures("b"))
        assert page.threads == {"rfb-comm"}


class TestEnds:
    def test_a_page_that_says_close_is_gone(self, page: Page, stream: Stream) -> None:
        page.greet()
        page.say("close")
        eventually(lambda: stream.client_count == 0)
        assert page.closes() == []

    def test_a_closed_channel_ends_every_page_and_tells_none(self, page: Page, stream: Stream) -> None:
        page.greet("a")
        page.greet("b")
        page.channel.close()
        page.channel.close()
        eventually(lambda: stream.client_count == 0)
        assert page.closes("a") == page.closes("b") == []

    def test_a_stream_that_is_closed_says_so(self, page: Page, stream: Stream) -> None:
        page.greet()
        stream.close()
        eventually(page.closes)
        assert page.closes() == [(1001, "stream default was closed")]

    def test_a_page_that_comes_after_the_end_of_the_stream_is_told(self, stream: Stream) -> None:
        stream.close()
        page = Page(stream)
        page.say("open")
        eventually(page.closes)
        assert page.closes() == [(1000, "the stream was closed")]

    def test_a_widget_that_serves_no_stream_has_none_to_show(self) -> None:
        page = Page(None)
        page.say("open")
        eventually(page.closes)
        assert page.closes() == [(1000, "the stream was closed")]

    def test_a_page_that_is_not_known_any_more_is_told_to_connect_anew(self, page: Page) -> None:
        page.ack(1)
        eventually(page.closes)
        assert page.closes() == [(1001, "this page sent no heartbeat for too long")]

    def test_a_page_that_is_silent_is_let_go(self, stream: Stream) -> None:
        page = Page(stream, heartbeat_timeout_s=0.05)
        page.greet()
        eventually(lambda: stream.client_count == 0)

    def test_a_page_that_speaks_is_kept(self, stream: Stream) -> None:
        page = Page(stream, heartbeat_timeout_s=0.5)
        page.greet()
        spoke_s = time.monotonic()
        longest_s, end_s = 0.0, spoke_s + 1.5
        while spoke_s < end_s:
            page.say("text", text='{"type": "alive"}')
            now_s = time.monotonic()
            longest_s, spoke_s = max(longest_s, now_s - spoke_s), now_s
            # A machine that stood still for as long has silenced the page.
            assert stream.client_count == 1 or longest_s > 0.4
            time.sleep(0.02)
        page.channel.close()

    def test_a_page_is_silent_for_less_than_a_minute(self) -> None:
        assert HEARTBEAT_TIMEOUT_S < 58  # and two seconds more, for a kernel that was busy

    def test_a_kernel_that_was_busy_hears_first_what_came_meanwhile(self, stream: Stream) -> None:
        page = Page(stream, heartbeat_timeout_s=0.2)

        async def kernel() -> None:
            page.say("open")
            page.say("text", text=encode_message(Hello(supported=IMAGES, token=stream.token)))
            await aeventually(lambda: stream.client_count == 1)
            time.sleep(0.6)  # a cell that computes
            # As marimo does it: what waited is read by and by, after what the kernel's loop has to do.
            await asyncio.sleep(0.1)
            page.say("text", text='{"type": "alive"}')
            await aeventually(lambda: stream.client_count == 0)

        asyncio.run(kernel())
        assert page.closes() == []  # or it had been let go before it was heard

    def test_a_page_of_a_kernel_that_ended_is_let_go(self, stream: Stream) -> None:
        page = Page(stream, heartbeat_timeout_s=0.2)

        async def kernel() -> None:
            page.say("open")
            page.say("text", text=encode_message(Hello(supported=IMAGES, token=stream.token)))

        asyncio.run(kernel())
        eventually(lambda: stream.client_count == 0)


class TestHostilePages:
    @pytest.mark.parametrize(
        "message",
        [
            {},
            {"id": None, "say": "open"},
            {"id": 3, "say": "open"},
            {"id": ["a"], "say": "open"},
            {"id": "", "say": "open"},
            {"id": "x" * (MAX_ID + 1), "say": "open"},
            {"id": "b"},
            {"id": "b", "say": None},
            {"id": "b", "say": ["open"]},
            {"id": "b", "say": {"open": 1}},
            {"id": "b", "say": "OPEN"},
            {"id": "b", "say": "close"},
            {"id": "b", "say": "text"},
            {"id": "b", "say": "text", "text": 3},
            {"id": "a", "say": "text"},
            {"id": "a", "say": "text", "text": None},
            {"id": "a", "say": "text", "text": {"type": "ack"}},
            {"id": "a", "say": "open"},
        ],
    )
    def test_what_makes_no_sense_is_left_out(self, page: Page, stream: Stream, message: dict[str, Any]) -> None:
        page.greet()
        page.channel.receive(message, stream)
        stream.publish(card())
        eventually(page.pictures)
        assert stream.client_count == 1
        assert {content["id"] for content, _ in page.told} == {"a"}

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("no json", 1008),
            ("[]", 1008),
            ('{"type": "ack", "seq": "one"}', 1008),
            ("\ud800", 1008),
            ("x" * (MAX_CONTROL_BYTES + 1), 1009),
        ],
    )
    def test_what_breaks_the_protocol_ends_that_page_alone(
        self, page: Page, stream: Stream, text: str, code: int
    ) -> None:
        page.greet("a")
        page.greet("b")
        page.say("text", "a", text=text)
        eventually(lambda: page.closes("a"))
        [(closed_with, reason)] = page.closes("a")
        assert closed_with == code
        assert reason != ""
        stream.publish(card())
        eventually(lambda: page.pictures("b"))
        assert page.pictures("a") == []

    def test_the_token_still_decides(self, page: Page, stream: Stream) -> None:
        page.say("open")
        page.say("text", text=encode_message(Hello(supported=IMAGES, token="a wrong one")))
        eventually(page.closes)
        assert page.closes() == [(4401, "the token is wrong")]
        assert stream.client_count == 0

    def test_a_page_too_many_is_told_so_and_may_come_when_another_has_gone(self, page: Page, stream: Stream) -> None:
        names = [f"page {number}" for number in range(MAX_CONNECTIONS)]
        for name in names:
            page.greet(name)
        page.say("open", "one more")
        eventually(lambda: page.closes("one more"))
        [(code, reason)] = page.closes("one more")
        assert code == 4429
        assert str(MAX_CONNECTIONS) in reason
        page.say("close", names[0])
        eventually(lambda: stream.client_count == MAX_CONNECTIONS - 1)
        page.greet("one more")

    def test_opening_again_and_again_leaves_one_connection(self, page: Page, stream: Stream) -> None:
        page.greet()
        for _ in range(100):
            page.say("open")
        stream.publish(card())
        eventually(page.pictures)
        assert stream.client_count == 1


class TestSending:
    def test_a_channel_that_takes_nothing_is_logged_and_the_others_go_on(
        self, page: Page, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        other = Page(stream)
        page.greet()
        other.greet()
        page.refuses = True
        stream.publish(card())
        eventually(other.pictures)
        eventually(lambda: "could not send a message over the kernel's comm" in caplog.text)
        assert "the channel is closed" in caplog.text
        page.refuses = False
        page.ack(1)
        other.ack(1)
        newest = published(stream, card(seed=1))
        eventually(lambda: newest in page.pictures() and newest in other.pictures())
        other.channel.close()

    def test_a_channel_that_blocks_keeps_up_neither_the_hub_nor_who_publishes(self, hub: Hub, stream: Stream) -> None:
        gate = threading.Event()

        def block(content: dict[str, Any], buffers: list[bytes]) -> None:
            gate.wait(WITHIN_S)

        blocked = CommTransport(block)
        blocked.receive({"id": "a", "say": "open"}, stream)
        text = encode_message(Hello(supported=IMAGES, token=stream.token))
        blocked.receive({"id": "a", "say": "text", "text": text}, stream)
        eventually(lambda: stream.client_count == 1)
        seeds = itertools.count()

        def fill() -> bool:
            # Frames that come faster than they are encoded are one picture.
            stream.publish(card(seed=next(seeds)))
            return stream.stats.published == 100

        eventually(fill)
        assert viewer_metrics(stream)[0]["frames_sent"] <= 1
        gate.set()
        blocked.close()

    def test_what_waits_for_a_channel_that_blocks_has_a_limit_whatever_is_acked(self, hub: Hub) -> None:
        stream = hub.add_stream("large", 160, 120)
        gate, page = threading.Event(), Page(stream)
        page.channel = CommTransport(lambda content, buffers: gate.wait(WITHIN_S) and page._take(content, buffers))
        page.greet()

        def publish() -> int:
            stream.publish(noise(160, 120, seed=stream.stats.published))
            page.ack(stream.stats.published)
            return int(viewer_metrics(stream)[0]["bytes_sent"])

        for _ in range(20):
            publish()
        assert viewer_metrics(stream)[0]["frames_sent"] <= 1
        gate.set()

        def shows_the_last() -> bool:
            page.ack(stream.stats.published)
            return page.pictures()[-1:] == [stream.stats.published]

        eventually(shows_the_last)
        page.channel.close()
