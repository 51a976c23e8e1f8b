import asyncio
import threading
import time
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image
from support import (
    EXTENSIONS,
    IMAGES,
    RawClient,
    aeventually,
    card,
    decode,
    eventually,
    psnr_db,
    published,
    viewer_metrics,
)

from marimo_rfb.encode import registry
from marimo_rfb.encode.base import Chunk, EncodeOptions
from marimo_rfb.errors import EncodeError
from marimo_rfb.flow import resize_debouncer
from marimo_rfb.flow.layer_controller import MIN_WINDOW
from marimo_rfb.frame import Frame
from marimo_rfb.hub import active_rendition, fanout
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream import encoder_pool
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire import viewer_protocol
from marimo_rfb.wire.messages import (
    Ack,
    AskTime,
    Clipboard,
    Config,
    Cursor,
    DecoderReset,
    Event,
    Hello,
    LimitRate,
    Notice,
    RequestKeyframe,
    SelectTransport,
    SetViewport,
    Time,
    Visibility,
)


def test_the_pixels_that_are_published_are_the_pixels_that_arrive(hub: Hub) -> None:
    stream = hub.add_stream("scene", 64, 48, formats=("image/png",))
    pixels = np.random.default_rng(1).integers(0, 256, (48, 64, 4), dtype=np.uint8)

    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            stream.publish(pixels)
            np.testing.assert_array_equal((await client.next_picture()).pixels, pixels)

    asyncio.run(watch())


@pytest.mark.parametrize("mime", IMAGES)
def test_every_format_shows_the_picture(hub: Hub, mime: str) -> None:
    stream = hub.add_stream("scene", 160, 120, formats=(mime,), quality=90)

    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            stream.publish(card(160, 120, seed=3), pixel_ratio=2.0)
            picture = await client.next_picture()
            assert picture.header.mime == mime  # type: ignore[union-attr]
            assert picture.header.pixel_ratio == 2.0
            assert psnr_db(picture.pixels, card(160, 120, seed=3)) > 30

    asyncio.run(watch())


def test_every_viewer_gets_the_same_bytes_of_one_encode(stream: Stream) -> None:
    async def watch() -> None:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(RawClient.watching(stream)) for _ in range(8)]
            for seed in range(5):
                seq = published(stream, card(seed=seed))
                pictures = [await client.picture(seq) for client in clients]
                assert len({picture.message for picture in pictures}) == 1
            assert stream.stats.encoded == 5
            assert stream.client_count == 8

    asyncio.run(watch())


def test_a_late_viewer_gets_the_picture_while_an_equal_one_waits_to_be_compared(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, has_time = encoder_pool.EncoderPool.put, True
    monkeypatch.setattr(encoder_pool.EncoderPool, "put", lambda *args, **kwargs: has_time and put(*args, **kwargs))

    async def watch() -> None:
        nonlocal has_time
        async with RawClient.watching(stream) as early:
            seq = published(stream, card(seed=1))
            await early.picture(seq)
            # The encoder has no time for the second, and if it had, it would find nothing new in it.
            has_time = False
            stream.publish(card(seed=1))
            async with RawClient.watching(stream) as late:
                assert (await late.next_picture()).header.seq == seq

    asyncio.run(watch())


def test_viewers_of_two_formats_cost_two_encodes(stream: Stream) -> None:
    async def watch() -> None:
        async with (
            RawClient.watching(stream, supported=("image/jpeg",)) as jpeg,
            RawClient.watching(stream, supported=("image/png",)) as png,
        ):
            seq = published(stream, card())
            assert (await jpeg.picture(seq)).payload[:2] == b"\xff\xd8"
            assert (await png.picture(seq)).payload[:4] == b"\x89PNG"
            assert stream.stats.encoded == 2

    asyncio.run(watch())


def test_a_stream_nobody_watches_encodes_nothing(stream: Stream) -> None:
    for seed in range(50):
        stream.publish(card(seed=seed))

    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            assert (await client.next_picture()).seq == 50

    assert stream.stats.encoded == 0
    asyncio.run(watch())
    assert stream.stats.encoded == 1


def test_after_the_last_viewer_went_nothing_is_encoded(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            await client.picture(published(stream, card()))
        await aeventually(lambda: stream.client_count == 0)
        encoded = stream.stats.encoded
        for seed in range(1, 50):
            stream.publish(card(seed=seed))
        async with RawClient.watching(stream) as client:
            await client.picture(50)
        assert stream.stats.encoded == encoded + 1

    asyncio.run(watch())


class Slow:
    """An encoder that needs a permit for each frame."""

    permits: ClassVar[threading.Semaphore]

    def __init__(self, mime: str) -> None:
        self._mime = mime

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        assert Slow.permits.acquire(timeout=20)
        return Chunk(b"fine", self._mime)

    def close(self) -> None:
        """Nothing is held."""


class TestOneViewerAgainstAll:
    def test_whoever_changes_the_encoding_again_and_again_keeps_no_other_stream_waiting(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        formats = ("image/a", "image/b")
        Slow.permits = threading.Semaphore(0)
        slow = {mime: lambda _, mime=mime: Slow(mime) for mime in formats}
        monkeypatch.setattr(registry, "_FACTORIES", {**registry._FACTORIES, **slow})
        stream, others = hub.add_stream("scene", 8, 8, formats=formats), hub.add_stream("others", 64, 48)

        async def watch() -> None:
            async with (
                RawClient.watching(others) as other,
                RawClient.watching(stream, supported=formats + EXTENSIONS) as fickle,
            ):
                stream.publish(card())
                for number in range(1500):
                    await fickle.say(SelectTransport(transport=formats[number % 2]))
                await fickle.say(AskTime(sent_ms=1.0))
                await fickle.next_control(Time)  # it has been heard
                others.publish(card(seed=1))
                # Those that run are let go, and none of those that wait.
                for _ in range(encoder_pool.THREADS):
                    Slow.permits.release()
                assert (await other.next_picture()).seq == 1
                for _ in range(3000):
                    Slow.permits.release()
                # What it asked for last it gets, without asking again.
                mime = ""
                while mime != formats[1]:
                    picture = await fickle.next_picture()
                    mime = picture.header.mime  # type: ignore[union-attr]
                    await fickle.ack(picture.seq)

        asyncio.run(watch())
        assert stream.stats.encoded <= len(formats)

    def test_pages_that_come_and_are_reset_share_one_encode(
        self, hub: Hub, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(active_rendition, "GRACE_S", 60.0)
        others = hub.add_stream("others", 64, 48)

        async def join() -> None:
            async with RawClient.connected(stream.ws_url) as client:
                await client.say(Hello(supported=IMAGES, token=stream.token))
                await client.next_control(Config)
                client.socket.transport.abort()

        async def watch() -> None:
            async with RawClient.watching(others) as other:
                stream.publish(card())
                for seed in range(6):
                    await asyncio.gather(*(join() for _ in range(50)))
                    await other.picture(published(others, card(seed=seed)))
            await aeventually(lambda: stream.client_count == 0)

        asyncio.run(watch())
        assert stream.stats.encoded == 1

    def test_an_encoder_is_kept_for_a_moment_and_then_closed(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(active_rendition, "GRACE_S", 0.05)
        monkeypatch.setattr(registry, "_FACTORIES", {"image/picky": Picky})
        stream = hub.add_stream("scene", 8, 8)
        stream.publish(np.zeros((8, 8, 3), np.uint8))

        async def watch() -> None:
            async with RawClient.watching(stream, supported=("image/picky",)) as client:
                await client.next_picture()

        Picky.closed = 0
        for number in (1, 2):
            asyncio.run(watch())
            eventually(lambda number=number: Picky.closed == number)
            assert stream.stats.encoded == number

    def test_who_is_hidden_and_shown_all_the_time_is_told_of_now_and_then(self, stream: Stream) -> None:
        told: list[int] = []
        stream.audience.listen(lambda: told.append(stream.audience.watching))

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                for number in range(400):
                    await client.say(Visibility(visible=number % 2 == 1))
                    await client.say(SetViewport(width=9, height=9, pwidth=1 + number, pheight=9))
                await client.say(Visibility(visible=False))
                await aeventually(lambda: told[-1] == 0)

        started_s = time.monotonic()
        asyncio.run(watch())
        spent_s = time.monotonic() - started_s
        assert len(told) <= 4 + fanout.AUDIENCE_UPDATES_BURST + fanout.MAX_AUDIENCE_UPDATES_HZ * spent_s


def test_a_viewer_without_credit_is_skipped_and_gets_the_newest_when_it_returns(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as slow, RawClient.watching(stream) as quick:
            for seed in range(10):
                await quick.picture(published(stream, card(seed=seed)))
            await slow.barrier(stream)
            assert [p.seq for p in slow.pictures] == list(range(1, MIN_WINDOW + 1))
            slow.pictures.clear()
            await slow.ack(1)
            newest = await slow.next_picture()
            assert newest.seq == 10
            assert psnr_db(newest.pixels, card(seed=9)) > 25
            await slow.barrier(stream)
            assert not slow.pictures
            assert stream.stats.encoded == 10

    asyncio.run(watch())


def test_a_burst_ends_with_its_last_frame(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            for seed in range(300):
                last = published(stream, card(seed=seed))
            seqs = [(await client.next_picture()).seq]
            while seqs[-1] != last:
                await client.ack(seqs[-1])
                seqs.append((await client.next_picture()).seq)
            assert seqs == sorted(set(seqs))

    asyncio.run(watch())


def test_the_last_frame_comes_to_a_viewer_that_acks_ahead(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            for seed in range(20):
                last = published(stream, card(seed=seed))
            while (await client.next_picture()).seq != last:
                await client.ack(last)  # more than was sent: what was sent counts

    asyncio.run(watch())


def test_an_unchanged_frame_costs_no_bytes(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            await client.picture(published(stream, card(seed=1)))
            for _ in range(5):
                before = stream.stats.unchanged
                stream.publish(card(seed=1))
                await aeventually(lambda before=before: stream.stats.unchanged == before + 1)
            await client.barrier(stream)
            assert not client.pictures
            assert stream.stats.encoded == 1
            await client.picture(published(stream, card(seed=2)))

    asyncio.run(watch())


def test_who_comes_late_gets_the_picture_at_once(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as first:
            sent = await first.picture(published(stream, card(seed=1)))
            async with RawClient.watching(stream) as second:
                assert (await second.next_picture()).message == sent.message
            assert stream.stats.encoded == 1

    asyncio.run(watch())


def test_who_comes_late_gets_a_picture_that_was_published_twice(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as first:
            await first.picture(published(stream, card(seed=1)))
            stream.publish(card(seed=1))
            await aeventually(lambda: stream.stats.unchanged == 1)
            async with RawClient.watching(stream) as second:
                assert psnr_db((await second.next_picture()).pixels, card(seed=1)) > 25

    asyncio.run(watch())


@pytest.mark.parametrize("message", [RequestKeyframe(reason="lost"), DecoderReset()])
def test_a_client_that_starts_over_gets_the_newest_picture_again(stream: Stream, message: Any) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            first = await client.picture(published(stream, card(seed=1)))
            await client.say(message)
            assert (await client.next_picture()).message == first.message
            assert stream.stats.encoded == 1

    asyncio.run(watch())


def test_a_frame_of_another_size_says_so(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            for width, height in ((64, 48), (10, 80), (200, 3)):
                picture = await client.picture(published(stream, card(width, height)))
                assert (picture.header.width, picture.header.height) == (width, height)
                assert picture.pixels.shape[:2] == (height, width)

    asyncio.run(watch())


def test_a_limited_stream_skips_frames_and_still_ends_with_the_last(hub: Hub) -> None:
    stream = hub.add_stream("slow", 64, 48, max_fps=2)

    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            for seed in range(200):
                last = published(stream, card(seed=seed))
                await asyncio.sleep(0)
            await client.picture(last)
            # The first goes at once, the last after the pause, and in between one every half second at most.
            assert stream.stats.encoded < 100

    asyncio.run(watch())


def test_a_limited_stream_still_serves_those_who_come_late_at_once(hub: Hub) -> None:
    stream = hub.add_stream("slow", 64, 48, max_fps=0.01)

    async def watch() -> None:
        async with RawClient.watching(stream) as first:
            await first.picture(published(stream, card(seed=1)))
            stream.publish(card(seed=2))
            async with RawClient.watching(stream) as second:
                picture = await second.next_picture()
                assert picture.seq in (1, 2)

    asyncio.run(watch())


class TestLimitedViewer:
    @pytest.fixture(autouse=True)
    def _slower_than_any_test(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(viewer_protocol, "MIN_FPS", 0.001)

    async def limit(self, client: RawClient, stream: Stream, *, fps: float = 0.001) -> None:
        """Limit the client, unless said otherwise so that no test can wait for its next picture."""
        await client.say(LimitRate(fps=fps))
        await aeventually(lambda: fps in max_fps(stream))

    def test_it_gets_fewer_pictures_and_the_others_of_its_rendition_all(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as slow, RawClient.watching(stream) as quick:
                await self.limit(slow, stream)
                for seed in range(10):
                    await quick.picture(published(stream, card(seed=seed)))
                await slow.barrier(stream)
                assert [picture.seq for picture in slow.pictures] == [1]
                slow.pictures.clear()
                await slow.ack(1)
                await slow.say(LimitRate())
                assert (await slow.next_picture()).seq == 10
                assert stream.stats.encoded == 10

        asyncio.run(watch())

    def test_nothing_is_encoded_for_it_alone_before_it_may_have_it(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as slow:
                await self.limit(slow, stream)
                await slow.picture(published(stream, card(seed=1)))
                for seed in range(2, 12):
                    stream.publish(card(seed=seed))
                await slow.barrier(stream)
                assert not slow.pictures
                assert stream.stats.encoded == 1
                await slow.say(LimitRate(fps=1000))
                assert (await slow.next_picture()).seq == 11
                assert stream.stats.encoded == 2

        asyncio.run(watch())

    def test_a_burst_ends_with_its_last_frame(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await self.limit(client, stream, fps=20)
                for seed in range(300):
                    last = published(stream, card(seed=seed))
                    await asyncio.sleep(0)
                seqs = [0]
                while seqs[-1] != last:
                    seqs.append((await client.next_picture()).seq)
                    await client.ack(seqs[-1])
                assert seqs == sorted(set(seqs))

        asyncio.run(watch())

    def test_a_burst_of_a_viewer_that_acks_late_ends_with_its_last_frame_too(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await self.limit(client, stream, fps=50)
                for seed in range(3):
                    last = published(stream, card(seed=seed))
                    if seed < 2:
                        assert (await client.next_picture()).seq == last
                await client.barrier(stream)
                await client.ack(2)
                assert (await client.next_picture()).seq == last

        asyncio.run(watch())

    def test_a_format_that_it_chooses_comes_at_once(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await self.limit(client, stream)
                await client.picture(published(stream, card(seed=1)))
                await client.say(SelectTransport(transport="image/png"))
                picture = await client.next_picture()
                assert picture.header.mime == "image/png"  # type: ignore[union-attr]
                assert (picture.pixels == card(seed=1)).all()

        asyncio.run(watch())

    def test_when_it_goes_nobody_waits_for_it(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await self.limit(client, stream, fps=1000)
                await client.picture(published(stream, card(seed=1)))
            await aeventually(lambda: stream.client_count == 0)
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card(seed=2)))

        asyncio.run(watch())


def max_fps(stream: Stream) -> list[Any]:
    return [each["max_fps"] for each in viewer_metrics(stream)]


class TestConfigure:
    def test_a_viewer_gets_the_picture_anew_when_the_quality_changes(self, stream: Stream) -> None:
        noise = np.random.default_rng(1).integers(0, 256, (96, 96, 3), dtype=np.uint8)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.configure(quality=95)
                await client.picture(published(stream, card()))
                stream.publish(noise)
                good = await client.next_picture()
                stream.configure(quality=5)
                await client.barrier(stream)
                await client.ack(good.seq)
                small = await client.picture(published(stream, 255 - noise))
                assert len(small.payload) < len(good.payload) / 2

        asyncio.run(watch())

    def test_the_picture_that_is_there_is_shown_with_the_new_options(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                first = await client.picture(published(stream, card(320, 240, seed=1)))
                stream.configure(quality=5)
                again = await client.next_picture()
                await client.ack(again.seq)
                assert again.seq == first.seq
                assert len(again.payload) < len(first.payload)
                stream.publish(card(320, 240, seed=1))
                await aeventually(lambda: stream.stats.unchanged == 1)

        asyncio.run(watch())

    def test_a_limit_is_lifted_while_a_frame_waits_for_it(self, hub: Hub) -> None:
        stream = hub.add_stream("slow", 64, 48, max_fps=0.01)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card(seed=1)))
                held_back = published(stream, card(seed=2))
                await client.barrier(stream)
                stream.configure(max_fps=None)
                await client.picture(held_back)

        asyncio.run(watch())

    def test_every_viewer_goes_on(self, stream: Stream) -> None:
        async def watch() -> None:
            async with AsyncExitStack() as stack:
                clients = [
                    await stack.enter_async_context(RawClient.watching(stream, supported=(mime,)))
                    for mime in (*IMAGES, *IMAGES)
                ]
                for quality in (80, 30, 60, 90):
                    stream.configure(quality=quality)
                    seq = published(stream, card(seed=quality))
                    for client in clients:
                        await client.picture(seq)

        asyncio.run(watch())


class TestAudience:
    def test_viewers_are_counted_as_they_come_and_go(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream):
                async with RawClient.watching(stream):
                    assert (stream.audience.viewers, stream.audience.watching) == (2, 2)
                await aeventually(lambda: stream.audience.viewers == 1)
            await aeventually(lambda: stream.audience.viewers == 0)
            assert stream.audience.watching == 0

        asyncio.run(watch())

    def test_a_hidden_viewer_is_there_and_does_not_watch(self, stream: Stream) -> None:
        audience = stream.audience

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(Visibility(visible=False))
                await aeventually(lambda: audience.watching == 0)
                assert audience.viewers == 1
                await client.say(Visibility(visible=True))
                await aeventually(lambda: audience.watching == 1)

        asyncio.run(watch())

    def test_the_largest_view_on_screen_gives_the_size(self, stream: Stream) -> None:
        audience = stream.audience

        async def watch() -> None:
            assert audience.size is None
            async with RawClient.watching(stream) as large:
                await large.say(SetViewport(width=400, height=300, pwidth=800, pheight=600, ratio=2))
                async with RawClient.watching(stream) as small:
                    await small.say(SetViewport(width=100, height=900, pwidth=100, pheight=900))
                    await small.barrier(stream)
                    await aeventually(lambda: audience.size == (800, 600))
                    await large.say(Visibility(visible=False))
                    await aeventually(lambda: audience.size == (100, 900))
                    await large.say(Visibility(visible=True))
                    await aeventually(lambda: audience.size == (800, 600))
            await aeventually(lambda: audience.viewers == 0)
            assert audience.size == (800, 600)

        asyncio.run(watch())

    def test_listeners_are_told_of_each_change_on_the_hub_s_thread(self, stream: Stream) -> None:
        told: list[tuple[int, str]] = []
        audience = stream.audience
        audience.listen(lambda: told.append((audience.viewers, threading.current_thread().name)))

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(Event(event={"type": "key_down", "key": "a"}))
                await client.barrier(stream)
            await aeventually(lambda: len(told) == 2)

        asyncio.run(watch())
        assert told == [(1, "rfb-hub"), (0, "rfb-hub")]

    def test_a_closed_stream_has_nobody_left(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream):
                await stream.aclose()
                assert (stream.audience.viewers, stream.audience.watching) == (0, 0)

        asyncio.run(watch())


class TestTargetSize:
    def resized(self, width: int, height: int) -> SetViewport:
        return SetViewport(width=width / 2, height=height / 2, pwidth=width, pheight=height, ratio=2)

    def test_the_largest_view_that_is_on_screen_is_followed(self, hub: Hub) -> None:
        stream = hub.add_stream("fits", 64, 48, resize_policy="match_client")

        async def watch() -> None:
            async with RawClient.watching(stream) as large:
                assert stream.target_size == (64, 48)
                await large.say(self.resized(801, 601))
                await aeventually(lambda: stream.target_size == (800, 600))
                async with RawClient.watching(stream) as small:
                    await small.say(self.resized(300, 300))
                    await large.say(Visibility(visible=False))
                    await aeventually(lambda: stream.target_size == (300, 300))
                    await large.say(Visibility(visible=True))
                    await large.say(self.resized(7680, 4320))
                    await aeventually(lambda: stream.target_size == (3840, 2160))
            await aeventually(lambda: stream.client_count == 0)
            assert stream.target_size == (3840, 2160)

        asyncio.run(watch())

    def test_events_tell_each_viewer_s_own_size_as_ever(self, hub: Hub) -> None:
        stream = hub.add_stream("fits", 64, 48, resize_policy="match_client")

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(self.resized(801, 601))
                events: list[Any] = []
                await aeventually(lambda: events.extend(stream.poll_events()) or events)
                (event,) = events
                assert (event.type, event.event["pwidth"], event.event["pheight"]) == ("resize", 801, 601)

        asyncio.run(watch())

    def test_it_can_be_asked_for_and_given_up_while_somebody_looks(self, stream: Stream) -> None:
        told: list[tuple[int, int]] = []

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(self.resized(800, 600))
                await aeventually(lambda: stream.audience.size == (800, 600))
                assert stream.target_size == (64, 48)
                stop = stream.audience.listen(lambda: told.append(stream.target_size))
                stream.configure(resize_policy="match_client")
                await aeventually(lambda: stream.target_size == (800, 600))
                stream.configure(resize_policy="fixed")
                await aeventually(lambda: len(told) == 2)
                stop()

        asyncio.run(watch())
        assert told == [(800, 600), (64, 48)]

    def test_a_view_that_grows_with_its_picture_is_told_of_once_and_stops(
        self, hub: Hub, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(resize_debouncer, "LOOP_WINDOW_S", 1000.0)  # on a busy machine nothing comes soon
        stream = hub.add_stream("grows", 64, 48, resize_policy="match_client")

        def warnings() -> list[str]:
            return [record.getMessage() for record in caplog.records if record.name.startswith("marimo_rfb")]

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(self.resized(800, 600))
                await aeventually(lambda: stream.target_size == (800, 600))
                for width in (810, 820, 830, 840, 850):
                    await client.say(self.resized(width, 600))
                    await aeventually(lambda width=width: stream.target_size == (width, 600))
                await client.say(self.resized(860, 600))
                await aeventually(warnings)
                assert stream.target_size == (850, 600)
                await client.say(self.resized(600, 600))
                await aeventually(lambda: stream.target_size == (600, 600))

        asyncio.run(watch())
        (warning,) = warnings()
        assert warning.startswith("the view of stream 'grows' grows with its picture")

    def test_a_stream_that_closes_before_a_view_has_rested_changes_no_more(self, hub: Hub) -> None:
        stream = hub.add_stream("fits", 64, 48, resize_policy="match_client")

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(self.resized(800, 600))
                await aeventually(lambda: stream.audience.size == (800, 600))
                await stream.aclose()
                assert stream.target_size == (64, 48)

        asyncio.run(watch())


class TestCursor:
    def test_it_reaches_viewers_and_those_who_come_later_until_it_is_taken_away(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as first:
                stream.cursor = "crosshair"
                assert await first.next_control(Cursor) == Cursor(css="crosshair")
                async with RawClient.watching(stream) as second:
                    assert await second.next_control(Cursor) == Cursor(css="crosshair")
                stream.cursor = ""
                assert await first.next_control(Cursor) == Cursor(css="")
                async with RawClient.watching(stream) as third:
                    await third.barrier(stream)
                    assert [type(message) for message in third.control] == [Config]

        asyncio.run(watch())

    def test_one_that_was_set_before_the_hub_began_is_shown(self) -> None:
        hub = Hub()
        stream = hub.add_stream("scene", 8, 8)
        stream.cursor = "grab"

        async def watch() -> None:
            async with hub, RawClient.watching(stream) as client:
                assert await client.next_control(Cursor) == Cursor(css="grab")

        asyncio.run(watch())

    def test_many_threads_set_it_and_the_last_one_is_shown(self, stream: Stream) -> None:
        cursors = ["grab", "move", "copy", "text"]

        def set_often(css: str) -> None:
            for _ in range(50):
                stream.cursor = css

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                threads = [threading.Thread(target=set_often, args=(css,)) for css in cursors]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    await asyncio.to_thread(thread.join)
                await client.barrier(stream)
                shown = [message.css for message in client.control if isinstance(message, Cursor)]
                assert shown[-1] == stream.cursor

        asyncio.run(watch())


class TestClipboard:
    def test_a_text_reaches_those_who_look_on_now(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as one, RawClient.watching(stream) as other:
                text = "größer\n" * 4000
                stream.copy_text(text)
                for client in (one, other):
                    assert await client.next_control(Clipboard) == Clipboard(text=text)
                async with RawClient.watching(stream) as late:
                    await late.barrier(stream)
                    assert [type(message) for message in late.control] == [Config]

        asyncio.run(watch())

    def test_an_existing_client_gets_neither_text_nor_cursor(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream, supported=(*IMAGES, "control/notice")) as client:
                stream.cursor = "grab"
                stream.copy_text("text")
                await client.barrier(stream)
                assert [type(message) for message in client.control] == [Config]

        asyncio.run(watch())


class TestNotices:
    def test_a_notice_reaches_viewers_and_those_who_come_later_until_it_is_taken_away(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as first:
                stream.notify("ValueError: größer")
                assert await first.next_control(Notice) == Notice(text="ValueError: größer")
                async with RawClient.watching(stream) as second:
                    assert await second.next_control(Notice) == Notice(text="ValueError: größer")
                stream.notify("")
                assert await first.next_control(Notice) == Notice(text="")
                async with RawClient.watching(stream) as third:
                    await third.picture(published(stream, card()))
                    assert not [c for c in third.control if isinstance(c, Notice)]

        asyncio.run(watch())

    def test_a_notice_that_is_no_proper_unicode_harms_nobody(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.notify("bad \ud800 name")
                assert (await client.next_control(Notice)).text == "bad \ud800 name"
                await client.picture(published(stream, card()))

        asyncio.run(watch())

    def test_an_existing_client_never_gets_one(self, stream: Stream) -> None:
        async def watch() -> None:
            async with (
                RawClient.watching(stream, supported=IMAGES) as old,
                RawClient.watching(stream, supported=IMAGES + EXTENSIONS) as new,
            ):
                stream.notify("hello")
                await new.next_control(Notice)
                await old.picture(published(stream, card()))
                assert not [c for c in old.control if isinstance(c, Notice)]

        asyncio.run(watch())


class Picky:
    """An encoder that cannot show red."""

    closed: ClassVar[int] = 0

    def __init__(self, options: EncodeOptions) -> None:
        """There are no options."""

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        if frame.pixels[0, 0, 0] == 255:
            raise EncodeError("no red")
        return Chunk(b"fine", "image/picky")

    def close(self) -> None:
        Picky.closed += 1


def test_an_encoder_that_fails_says_so_and_takes_it_back_when_it_works_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_FACTORIES", {**registry._FACTORIES, "image/picky": Picky})
    stream = hub.add_stream("scene", 8, 8, formats=("image/picky",))

    async def watch() -> None:
        async with RawClient.watching(stream, supported=("image/picky", "control/notice")) as client:
            stream.publish(np.full((8, 8, 3), 255, np.uint8))
            assert (await client.next_control(Notice)).text == "EncodeError: no red"
            stream.publish(np.zeros((8, 8, 3), np.uint8))
            assert (await client.next_picture()).payload == b"fine"
            assert (await client.next_control(Notice)).text == ""

    asyncio.run(watch())


class TestPublishing:
    def test_many_threads_publish_and_the_last_frame_arrives(self, stream: Stream) -> None:
        seqs: list[list[int]] = [[] for _ in range(6)]

        def publish(mine: list[int], number: int) -> None:
            mine.extend(published(stream, card(seed=50 * number + i)) for i in range(50))

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                threads = [threading.Thread(target=publish, args=(mine, i)) for i, mine in enumerate(seqs)]
                for thread in threads:
                    thread.start()
                seen = [0]
                while seen[-1] != 300:
                    picture = await client.next_picture()
                    seen.append(picture.seq)
                    await client.ack(picture.seq)
                assert seen == sorted(set(seen))
                for thread in threads:
                    thread.join()

        asyncio.run(watch())
        assert sorted(s for mine in seqs for s in mine) == list(range(1, 301))
        assert all(mine == sorted(mine) for mine in seqs)

    def test_the_picture_moves_while_a_blocking_loop_has_the_event_loop(self, stream: Stream) -> None:
        ready, done, seen = threading.Event(), threading.Event(), list[int]()

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                ready.set()
                while not done.is_set():
                    picture = await client.next_picture()
                    await client.ack(picture.seq)
                    seen.append(picture.seq)

        async def cell() -> None:
            """Block the loop, as a `for` loop in a cell does, until a viewer elsewhere has seen ten pictures."""
            for seed in range(100_000):
                stream.publish(card(seed=seed))
                if len(seen) >= 10:
                    return
            raise AssertionError("no viewer saw anything")

        viewer = threading.Thread(target=lambda: asyncio.run(watch()))
        viewer.start()
        assert ready.wait(20)
        asyncio.run(cell())
        done.set()
        stream.publish(np.zeros((2, 2, 3), np.uint8))
        viewer.join()
        assert seen == sorted(set(seen))

    def test_publishing_never_waits_for_a_viewer_that_reads_and_acks_nothing(self, stream: Stream) -> None:
        picture = np.random.default_rng(2).integers(0, 256, (256, 256, 3), dtype=np.uint8)

        def publish() -> int:
            picture[0, 0] = (*divmod(stream.stats.published, 256), 0)
            return published(stream, picture)

        async def watch() -> None:
            async with RawClient.watching(stream) as deaf:
                deaf.socket.transport.pause_reading()
                (deaf_id,) = (viewer["id"] for viewer in viewer_metrics(stream))
                await aeventually(lambda: publish() and viewer_metrics(stream)[0]["in_flight"] == MIN_WINDOW)
                for _ in range(500):
                    last = publish()
                async with RawClient.watching(stream) as other:
                    await other.picture(last)
                sent = {v["id"]: v["frames_sent"] for v in viewer_metrics(stream)}
                assert sent[deaf_id] == MIN_WINDOW
                deaf.socket.transport.resume_reading()

        asyncio.run(watch())


def test_a_thousand_quick_acks_change_nothing(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            await client.picture(published(stream, card()))
            for _ in range(1000):
                await client.say(Ack(seq=1))
            await client.barrier(stream)
            assert not client.pictures
            assert stream.stats.encoded == 1
            assert decode((await client.picture(published(stream, card(seed=5)))).payload).shape == (48, 64, 3)

    asyncio.run(watch())


class TestSettle:
    """What rests is shown without loss."""

    LOSSY = card(320, 240)

    def test_every_viewer_gets_the_picture_without_loss_and_once(self, hub: Hub) -> None:
        stream = hub.add_stream("rests", 320, 240, settle=0.05)

        async def watch() -> None:
            async with RawClient.watching(stream) as first, RawClient.watching(stream) as second:
                stream.publish(self.LOSSY)
                for client in (first, second):
                    lossy, settled = await client.next_picture(), await client.next_picture()
                    assert (lossy.header.mime, lossy.header.lossless) == ("image/jpeg", None)  # type: ignore[union-attr]
                    assert (settled.header.mime, settled.header.lossless) == ("image/png", True)  # type: ignore[union-attr]
                    assert settled.seq > lossy.seq
                    assert (settled.pixels == self.LOSSY).all()
                    await client.ack(settled.seq)
                assert (stream.stats.settled, stream.stats.encoded, stream.stats.published) == (1, 1, 1)
                stream.publish(self.LOSSY)  # which is no change
                await aeventually(lambda: stream.stats.unchanged == 1)
                async with RawClient.watching(stream) as late:
                    assert (await late.next_picture()).header.lossless  # type: ignore[union-attr]
                assert stream.stats.settled == 1
                assert [len(client.pictures) for client in (first, second)] == [0, 0]

        asyncio.run(watch())

    def test_what_viewers_can_show_decides_and_none_harms_another(self, hub: Hub) -> None:
        stream = hub.add_stream("rests", 320, 240, settle=0.05)

        async def watch() -> None:
            jpeg, webp = ("image/jpeg",), ("image/jpeg", "image/webp")
            async with (
                RawClient.watching(stream, supported=jpeg) as poor,
                RawClient.watching(stream, supported=webp) as rich,
            ):
                stream.publish(self.LOSSY)
                for client, mime, is_lossless in ((poor, "image/jpeg", False), (rich, "image/webp", True)):
                    assert (await client.next_picture()).header.mime == "image/jpeg"  # type: ignore[union-attr]
                    settled = await client.next_picture()
                    assert (settled.header.mime, settled.header.lossless) == (mime, is_lossless)  # type: ignore[union-attr]
                    assert psnr_db(settled.pixels, self.LOSSY) > 40

        asyncio.run(watch())

    def test_what_was_without_loss_at_once_is_not_sent_again(self, hub: Hub) -> None:
        stream, few_colors = hub.add_stream("rests", 320, 240, settle=0.02), np.full((240, 320, 3), 7, np.uint8)
        other = hub.add_stream("other", 320, 240, settle=0.02)

        async def watch() -> None:
            async with RawClient.watching(stream) as client, RawClient.watching(other) as beside:
                picture = await client.picture(published(stream, few_colors))
                assert (picture.header.mime, picture.header.lossless) == ("image/png", None)  # type: ignore[union-attr]
                assert (picture.pixels == few_colors).all()
                other.publish(self.LOSSY)
                await aeventually(lambda: other.stats.settled == 1)
                assert stream.stats.settled == 0
                assert (await beside.next_picture()).seq == 1

        asyncio.run(watch())

    def test_it_can_be_turned_off_and_on_while_somebody_watches(self, hub: Hub) -> None:
        stream = hub.add_stream("rests", 320, 240, settle=None)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, self.LOSSY))
                stream.configure(settle=0.02)
                while not (picture := await client.next_picture()).header.lossless:  # type: ignore[union-attr]
                    await client.ack(picture.seq)
                assert stream.stats.settled == 1

        asyncio.run(watch())

    def test_for_those_who_do_not_see_it_nothing_is_settled_until_they_do(self, hub: Hub) -> None:
        stream = hub.add_stream("rests", 320, 240, settle=0.02)
        other = hub.add_stream("other", 320, 240, settle=0.02)

        async def watch() -> None:
            async with RawClient.watching(stream) as client, RawClient.watching(other):
                await client.say(Visibility(visible=False))
                await aeventually(lambda: not viewer_metrics(stream)[0]["visible"])
                stream.publish(self.LOSSY)
                other.publish(self.LOSSY)
                await aeventually(lambda: other.stats.settled == 1)
                assert stream.stats.settled == 0
                await client.say(Visibility(visible=True))
                await client.ack((await client.next_picture()).seq)
                assert (await client.next_picture()).header.lossless  # type: ignore[union-attr]

        asyncio.run(watch())

    def test_after_it_came_another_encoding_is_shown_at_once_and_numbers_rise(self, hub: Hub) -> None:
        stream = hub.add_stream("rests", 320, 240, settle=0.02)

        async def watch() -> None:
            async with RawClient.watching(stream) as client, RawClient.watching(stream) as other:
                stream.publish(self.LOSSY)
                seqs = [(await client.next_picture()).seq, (await client.next_picture()).seq]
                await other.ack(seqs[1])
                for mime, count in (("image/webp", 2), ("image/png", 1), ("image/jpeg", 1)):
                    await client.ack(seqs[-1])
                    await client.say(SelectTransport(transport=mime))
                    pictures = [await client.next_picture() for _ in range(count)]
                    seqs += [picture.seq for picture in pictures]
                    assert (pictures[-1].pixels == self.LOSSY).all()
                stream.configure(settle=None)
                again = await client.next_picture()
                assert again.header.mime == "image/jpeg"  # type: ignore[union-attr]
                seqs.append(again.seq)
                assert seqs == sorted(set(seqs))
                await other.barrier(stream)
                # Twice as it was encoded, and once without loss: what is numbered anew is for one viewer alone.
                assert [p.header.lossless for p in other.pictures] == [None, True, None]  # type: ignore[union-attr]

        asyncio.run(watch())

    @pytest.mark.parametrize("codecs", [("image/jpeg",), ("image/jpeg", "image/png"), ("image/jpeg", "image/webp")])
    def test_what_is_transparent_looks_the_same_in_every_encoding(self, hub: Hub, codecs: tuple[str, ...]) -> None:
        stream = hub.add_stream("clear", 320, 240, settle=0.02)
        picture = np.zeros((240, 320, 4), np.uint8)
        picture[:, 160:, :3], picture[:, 160:, 3] = card(160, 240), 255

        async def watch() -> None:
            async with RawClient.watching(stream, supported=codecs) as client:
                stream.publish(picture)
                # As PNG it is without loss at once.
                pictures = [await client.next_picture() for _ in range(1 if "image/png" in codecs else 2)]
                for each in pictures:
                    over_white = Image.new("RGBA", (320, 240), "white")
                    over_white.alpha_composite(Image.fromarray(each.pixels).convert("RGBA"))
                    shown = np.asarray(over_white)
                    assert (shown[:, :150, :3] >= 250).all()
                    assert psnr_db(shown[:, 170:, :3], picture[:, 170:, :3]) > 30
                if codecs != ("image/jpeg",):
                    assert (pictures[-1].pixels == picture).all()

        asyncio.run(watch())
