"""Viewers on narrow links: a hub, the link emulator, and a client that acks what it gets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import numpy as np
import pytest
from link_emulator import LinkEmulator
from support import EXTENSIONS, IMAGES, Picture, RawClient, aeventually, noise, published, viewer_metrics

from marimo_rfb.flow.shared_layers import MAX_LAYERS
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Hello, ImageHeader, Notice, RequestKeyframe, Stats

# Small, so that a link that is too narrow for them needs no long waits: about 32 kB in the best layer.
WIDTH, HEIGHT = 240, 180
NOISE = [noise(WIDTH, HEIGHT, seed=seed) for seed in range(4)]
LAST = noise(WIDTH, HEIGHT, seed=99)


class Watching:
    """A viewer behind a link, of a stream that publishes 30 frames a second."""

    def __init__(self, stream: Stream, link: LinkEmulator, client: RawClient) -> None:
        self.stream = stream
        self.link = link
        self.client = client
        self.pictures: list[Picture] = []
        self.publishing = True

    @classmethod
    @contextlib.asynccontextmanager
    async def through(cls, stream: Stream, *, publishes: bool = True, **link: Any) -> AsyncIterator["Watching"]:
        async with (
            LinkEmulator(stream.server.port, **link).running() as emulator,
            RawClient.connected(f"ws://127.0.0.1:{emulator.port}/{stream.name}") as client,
        ):
            before = stream.client_count
            await client.say(Hello(supported=IMAGES + EXTENSIONS, token=stream.token))
            await aeventually(lambda: stream.client_count > before)
            watching = cls(stream, emulator, client)
            watching.publishing = publishes
            tasks = [asyncio.create_task(each) for each in (watching._publish(), watching._watch())]
            try:
                yield watching
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def metrics(self) -> dict[str, Any]:
        """What the hub knows of the viewer that was first."""
        return min(viewer_metrics(self.stream), key=lambda viewer: int(viewer["id"].rpartition("-")[2]))

    async def more_pictures(self, number: int) -> list[Picture]:
        before = len(self.pictures)
        await aeventually(lambda: len(self.pictures) >= before + number)
        return self.pictures[before:]

    @property
    def is_full(self) -> bool:
        """Whether the first viewer is in the best layer."""
        return (self.metrics["quality"], self.metrics["scale"]) == (100, 1)

    async def last_comes(self, pixels: Any = LAST) -> None:
        """Publish a last frame and wait until it is there."""
        self.publishing = False
        seq = published(self.stream, pixels)
        await aeventually(lambda: any(each.seq >= seq for each in self.pictures))

    async def _publish(self) -> None:
        for number in count():
            if self.publishing:
                self.stream.publish(NOISE[number % len(NOISE)])
            await asyncio.sleep(1 / 30)

    async def _watch(self) -> None:
        while True:
            picture = await self.client.next_picture()
            self.pictures.append(picture)
            await self.client.ack(picture.seq)


@pytest.fixture
def noisy(hub: Hub) -> Stream:
    return hub.add_stream("noisy", WIDTH, HEIGHT, settle=None)


def test_a_narrow_link_gets_smaller_pictures_and_full_ones_when_it_is_wide_again(noisy: Stream) -> None:
    async def watch() -> None:
        async with Watching.through(noisy, rate_bps=1e6, delay_s=0.002) as watching:
            await aeventually(lambda: watching.metrics["layer_reason"] == "network")
            (first,) = watching.pictures[:1]
            later = (await watching.more_pictures(6))[-1]
            assert len(later.message) < len(first.message) * 0.8
            assert isinstance(later.header, ImageHeader)
            assert (later.header.width, later.header.height) == (WIDTH, HEIGHT)  # whatever is in the payload
            # No more than one picture and what the link itself holds is ever sent without an ack.
            assert watching.metrics["in_flight"] <= 4
            watching.link.rate_bps = None
            await aeventually(lambda: watching.is_full)
            full = (await watching.more_pictures(3))[-1]
            assert full.pixels.shape == (HEIGHT, WIDTH, 3)
            await watching.last_comes()

    asyncio.run(watch())


def test_a_far_viewer_first_gets_a_small_picture_and_then_full_ones(hub: Hub) -> None:
    width, height = 3 * WIDTH, 3 * HEIGHT
    stream = hub.add_stream("far", width, height, settle=None)

    async def watch() -> None:
        async with Watching.through(stream, publishes=False, delay_s=0.03) as watching:
            seq = published(stream, noise(width, height))
            (first,) = await watching.more_pictures(1)
            assert len(first.message) <= 70_000
            assert first.seq == seq
            frames = [noise(width, height, seed=seed) for seed in (1, 2)]
            while not watching.is_full:
                stream.publish(frames[len(watching.pictures) % 2])
                await watching.more_pictures(1)
            await watching.last_comes(noise(width, height, seed=3))
            assert watching.pictures[-1].pixels.shape == (height, width, 3)

    asyncio.run(watch())


def test_a_whole_change_after_small_ones_is_sent_in_a_size_that_fits(hub: Hub) -> None:
    width, height = 2 * WIDTH, 2 * HEIGHT
    stream = hub.add_stream("scene", width, height, settle=None)

    async def watch() -> None:
        async with Watching.through(stream, publishes=False, rate_bps=1e6, delay_s=0.002) as watching:
            # Until the layer is the best one also if this machine was too busy for it meanwhile.
            for number in count():
                picture = np.full((height, width, 3), 128, np.uint8)
                picture[:40, :40] = noise(40, 40, seed=number)
                stream.publish(picture)
                await watching.more_pictures(1)
                if number >= 8 and watching.is_full:
                    break
            before = len(watching.pictures)
            await watching.last_comes(noise(width, height))
            assert all(len(each.message) < 40_000 for each in watching.pictures[before:])  # of more than 100 kB
            assert watching.metrics["layer_reason"] == "network"

    asyncio.run(watch())


def test_pictures_come_although_packets_are_lost(noisy: Stream) -> None:
    async def watch() -> None:
        async with Watching.through(noisy, rate_bps=5e6, delay_s=0.02, loss=0.05) as watching:
            await watching.more_pictures(20)
            await watching.last_comes()

    asyncio.run(watch())


def test_the_last_picture_comes_on_the_narrowest_link(noisy: Stream) -> None:
    async def watch() -> None:
        async with Watching.through(noisy, rate_bps=1e6, delay_s=0.05, jitter_s=0.02) as watching:
            await aeventually(lambda: watching.metrics["layer_reason"] == "network")
            await watching.more_pictures(5)
            await watching.last_comes()

    asyncio.run(watch())


def test_a_slow_viewer_lowers_nobody_else(noisy: Stream) -> None:
    async def watch() -> None:
        async with Watching.through(noisy, rate_bps=5e5) as slow, Watching.through(noisy, publishes=False) as fast:
            await aeventually(lambda: slow.metrics["layer_reason"] == "network")
            slow_pictures = await slow.more_pictures(5)
            fast_pictures = await fast.more_pictures(10)
            assert {each.pixels.shape for each in fast_pictures} == {(HEIGHT, WIDTH, 3)}
            assert slow_pictures[-1].pixels.shape < (HEIGHT, WIDTH, 3)
            assert max(viewer["quality"] for viewer in viewer_metrics(noisy)) == 100

    asyncio.run(watch())


def test_however_many_links_there_are_few_layers(noisy: Stream) -> None:
    async def watch() -> None:
        async with contextlib.AsyncExitStack() as stack:
            for number, mbit in enumerate((0.2, 0.4, 0.8, 1.5, 3, 1000)):
                await stack.enter_async_context(Watching.through(noisy, publishes=number == 0, rate_bps=mbit * 1e6))
            limited = ("network", "shared", "probing")
            await aeventually(lambda: sum(each["layer_reason"] in limited for each in viewer_metrics(noisy)) >= 4)
            layers = {(each["quality"], each["scale"]) for each in viewer_metrics(noisy)}
            assert len(layers) <= MAX_LAYERS

    asyncio.run(watch())


def test_a_still_that_takes_seconds_is_sent_only_to_a_viewer_that_has_no_other_picture(hub: Hub) -> None:
    width, height = 2 * WIDTH, 2 * HEIGHT
    stream = hub.add_stream("pinned", width, height, quality=80, settle=2)

    async def watch() -> None:
        async with Watching.through(stream, publishes=False, rate_bps=1.6e6) as watching:
            stream.publish(noise(width, height))
            await aeventually(lambda: watching.metrics["frames_acked"] == 1)  # which tells how slow the link is
            await aeventually(lambda: stream.stats.settled == 1)
            stream.notify("barrier")
            await aeventually(lambda: Notice(text="barrier") in watching.client.control)
            assert watching.metrics["frames_sent"] == 1
            await watching.client.say(RequestKeyframe())
            await watching.more_pictures(2 - len(watching.pictures))
            live, still = (each.header for each in watching.pictures)
            assert isinstance(live, ImageHeader)
            assert isinstance(still, ImageHeader)
            assert (live.lossless, still.lossless) == (None, True)
            assert watching.metrics["frames_sent"] == 2

    asyncio.run(watch())


def test_a_number_pins_quality_and_size(hub: Hub) -> None:
    stream = hub.add_stream("pinned", WIDTH, HEIGHT, quality=70, settle=None)

    async def watch() -> None:
        async with Watching.through(stream, rate_bps=2e6) as watching:
            for picture in await watching.more_pictures(8):
                assert picture.pixels.shape == (HEIGHT, WIDTH, 3)
            assert (watching.metrics["scale"], watching.metrics["layer_reason"]) == (1, "pinned")

    asyncio.run(watch())


def test_no_more_is_sent_than_the_option_allows(hub: Hub) -> None:
    stream = hub.add_stream("capped", WIDTH, HEIGHT, max_bitrate=5e5, settle=None)

    async def watch() -> None:
        loop = asyncio.get_running_loop()
        async with Watching.through(stream) as watching:
            start_s = loop.time()
            await watching.more_pictures(1)
            before = sum(len(each.message) for each in watching.pictures[1:])
            await watching.more_pictures(12)
            sent_bytes = sum(len(each.message) for each in watching.pictures[1:]) - before
            # With one picture ahead of the limit.
            assert 8 * (sent_bytes - len(watching.pictures[-1].message)) <= 5e5 * (loop.time() - start_s) * 1.05
            assert watching.metrics["layer_reason"] == "max_bitrate"

    asyncio.run(watch())


def test_the_viewer_is_told_what_is_in_force_and_why(noisy: Stream) -> None:
    async def watch() -> None:
        async with Watching.through(noisy, rate_bps=1e6) as watching:

            def told() -> Stats | None:
                stats = [each for each in watching.client.control if isinstance(each, Stats)]
                return next((each for each in stats if each.layer_reason == "network"), None)

            await aeventually(lambda: told() is not None)
            stats = told()
            assert stats is not None
            assert stats.quality is not None
            assert stats.scale is not None
            assert stats.quality * stats.scale < 80
            assert stats.queue_ms is not None
            assert stats.queue_ms > 0
            assert stats.rate_bps is not None
            assert 2e5 < stats.rate_bps < 5e6

    asyncio.run(watch())
