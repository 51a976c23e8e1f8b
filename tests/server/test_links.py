"""A page on a narrow link to marimo's server: the hub knows nothing of the link but by acks and backpressure."""

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

from link_emulator import LinkEmulator
from support import IMAGES, RawClient, aeventually, noise, viewer_metrics

from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Hello

NOISE = [noise(240, 180, seed=seed) for seed in range(4)]


async def test_a_page_gets_smaller_pictures_that_are_not_old_and_full_ones_when_the_link_is_wide(
    site: Any, stream: Stream
) -> None:
    ages_s: list[float] = []

    async def publish() -> None:
        while True:
            stream.publish(NOISE[stream.stats.published % len(NOISE)])
            await asyncio.sleep(1 / 30)

    async def watch(client: RawClient) -> None:
        while True:
            picture = await client.next_picture()
            ages_s.append(time.time() - picture.header.timestamp_us / 1e6)
            await client.ack(picture.seq)

    def reason() -> str:
        return "".join(viewer["layer_reason"] for viewer in viewer_metrics(stream))

    def is_full() -> bool:
        return [(viewer["quality"], viewer["scale"]) for viewer in viewer_metrics(stream)] == [(100, 1)]

    url = urlsplit(site.url(stream.name))
    assert url.port is not None
    stream.configure(settle=None)
    async with (
        LinkEmulator(url.port, rate_bps=1e6, delay_s=0.02).running() as link,
        RawClient.connected(
            url._replace(netloc=f"127.0.0.1:{link.port}").geturl(), additional_headers=site.headers
        ) as client,
    ):
        await client.say(Hello(supported=IMAGES, token=stream.token))
        await aeventually(lambda: stream.client_count == 1)
        tasks = [asyncio.create_task(each) for each in (publish(), watch(client))]
        try:
            await aeventually(lambda: reason() == "network")
            first = len(ages_s) + 3  # which were on the way
            await aeventually(lambda: len(ages_s) > first + 20)
            assert sorted(ages_s[first:])[10] < 1
            link.rate_bps = None
            await aeventually(is_full)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_far_page_begins_with_a_small_picture_and_soon_has_full_ones(site: Any, stream: Stream) -> None:
    stream.configure(settle=None)
    frames = [noise(720, 540, seed=seed) for seed in range(2)]
    stream.publish(frames[0])
    url = urlsplit(site.url(stream.name))
    assert url.port is not None
    async with (
        LinkEmulator(url.port, delay_s=0.03).running() as link,
        RawClient.connected(
            url._replace(netloc=f"127.0.0.1:{link.port}").geturl(), additional_headers=site.headers
        ) as client,
    ):
        await client.say(Hello(supported=IMAGES, token=stream.token))
        picture = await client.next_picture()
        assert len(picture.message) <= 70_000
        while picture.pixels.shape != (540, 720, 3) or len(picture.message) < 200_000:
            stream.publish(frames[stream.stats.published % 2])
            await client.ack(picture.seq)
            picture = await client.next_picture()
