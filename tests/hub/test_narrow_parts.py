"""Viewers on narrow links get parts of pictures in the quality that the link takes, and better ones at rest."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import numpy as np
import pytest
from canvas import Canvas
from link_emulator import LinkEmulator
from support import EXTENSIONS, IMAGES, RawClient, aeventually, noise, psnr_db, viewer_metrics

from marimo_rfb.frame import PixelArray
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Hello, ImageHeader, LimitRate, RectsHeader

WIDTH, HEIGHT = 320, 240
TAKES_PARTS = (*IMAGES, *EXTENSIONS, "frame/rect")
MOVING = slice(80, 200), slice(80, 240)


class Viewer:
    """Shows and acks what comes."""

    def __init__(self, client: RawClient) -> None:
        self.client = client
        self.canvas = Canvas()
        self.headers: list[ImageHeader | RectsHeader] = []

    async def watch(self) -> None:
        while True:
            picture = await self.client.next_picture()
            self.canvas.apply(picture.message)
            assert isinstance(picture.header, (ImageHeader, RectsHeader))
            self.headers.append(picture.header)
            await self.client.ack(picture.seq)


@contextlib.asynccontextmanager
async def viewer_through(link: LinkEmulator, stream: Stream) -> AsyncIterator[Viewer]:
    async with link.running(), RawClient.connected(f"ws://127.0.0.1:{link.port}/{stream.name}") as client:
        await client.say(Hello(supported=TAKES_PARTS, token=stream.token))
        viewer = Viewer(client)
        task = asyncio.create_task(viewer.watch())
        try:
            yield viewer
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def moved(pixels: PixelArray, seed: int) -> PixelArray:
    after = pixels.copy()
    after[MOVING] = noise(160, 120, seed=seed)
    return after


def text(width: int, height: int) -> PixelArray:
    """Lines like those of a text, which JPEG blurs."""
    return np.repeat(noise(width // 2, height // 2) // 128 * 255, 2, axis=0).repeat(2, axis=1)


def area_of(header: ImageHeader | RectsHeader, mime: str) -> int:
    """Of the rectangles with images of that type."""
    assert isinstance(header, RectsHeader)
    rects = [header.rects[start : start + 5] for start in range(0, len(header.rects), 5)]
    return sum(rect[2] * rect[3] for rect, each in zip(rects, header.mimes, strict=True) if each == mime)


def test_only_what_moves_is_coarse_on_a_narrow_link_and_nothing_is_at_rest(hub: Hub) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, settle=0.2)

    async def watch() -> None:
        still = text(WIDTH, HEIGHT)
        async with viewer_through(LinkEmulator(stream.server.port, rate_bps=6e5, delay_s=0.005), stream) as viewer:
            stream.publish(still)
            await aeventually(lambda: viewer.canvas.shows(still))
            before = len(viewer.headers)
            pixels = still
            for seed in range(20):
                pixels = moved(still, seed)
                stream.publish(pixels)
                await asyncio.sleep(1 / 30)
            assert viewer_metrics(stream)[0]["scale"] < 1
            await aeventually(lambda: viewer.headers[-1].lossless is None)
            # Not once was the whole sent, so what does not move is as sharp as before.
            assert all(isinstance(header, RectsHeader) for header in viewer.headers[before:])
            around = viewer.canvas.pixels
            assert around is not None
            assert np.array_equal(around[: MOVING[0].start], still[: MOVING[0].start])
            await aeventually(lambda: viewer.canvas.shows(pixels))
            assert viewer.headers[-1].lossless

    asyncio.run(watch())


def test_what_does_not_move_gets_better_with_the_link_although_something_moves(hub: Hub) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, settle=60)

    async def watch() -> None:
        gray = [np.repeat(noise(WIDTH, HEIGHT, seed=seed)[:, :, :1], 3, axis=2) for seed in range(2)]
        link = LinkEmulator(stream.server.port, rate_bps=1e6, delay_s=0.005)
        async with viewer_through(link, stream) as viewer:
            stream.publish(gray[0])
            await aeventually(lambda: any(viewer["frames_acked"] == 1 for viewer in viewer_metrics(stream)))
            stream.publish(gray[1])  # which is too large for what the link has shown
            await aeventually(lambda: viewer_metrics(stream)[0]["scale"] < 1)
            await aeventually(lambda: len(viewer.headers) == 2)

            def is_sharp() -> bool:
                assert viewer.canvas.pixels is not None
                return psnr_db(viewer.canvas.pixels[32:], gray[1][32:]) > 25

            assert not is_sharp()
            link.rate_bps = None
            for column in itertools.cycle(range(0, WIDTH - 16, 16)):
                pixels = gray[1].copy()
                pixels[:16, column : column + 16] = 255
                stream.publish(pixels)
                await asyncio.sleep(1 / 30)
                if is_sharp():
                    break

    asyncio.run(watch())


@pytest.mark.parametrize("rate_bps", [1e6, None])
def test_what_rests_gets_exact_although_something_moves_for_ever(hub: Hub, rate_bps: float | None) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, settle=0.2)

    async def watch() -> None:
        still = text(WIDTH, HEIGHT) // 2 + np.arange(WIDTH, dtype=np.uint8)[:, None] % 2 * 2  # which is sent as JPEG
        async with viewer_through(LinkEmulator(stream.server.port, rate_bps=rate_bps, delay_s=0.005), stream) as viewer:

            def is_exact() -> bool:
                around = viewer.canvas.pixels
                return around is not None and np.array_equal(around[48:], still[48:])

            for published in itertools.count():
                if is_exact():
                    break
                pixels = still.copy()
                pixels[8:40, (x := 8 * (published % 36)) : x + 32] = noise(32, 32)
                stream.publish(pixels)
                await asyncio.sleep(1 / 30)
            pieces = [header for header in viewer.headers if header.lossless is not None]
            assert len(pieces) > 1
            live = len(viewer.headers) - len(pieces)
            assert live > published / 4
            if rate_bps is not None:
                sizes = zip(viewer.headers, viewer.canvas.bytes, strict=True)
                assert max(size for header, size in sizes if header.lossless is not None) <= rate_bps / 8 * 0.1

    asyncio.run(watch())


def test_a_picture_that_rests_gets_fine_first_and_exact_then_and_never_in_the_way(hub: Hub) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, settle=0.05)

    async def watch() -> None:
        pixels = noise(WIDTH, HEIGHT)
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        async with viewer_through(LinkEmulator(stream.server.port, rate_bps=2e6, delay_s=0.01), stream) as viewer:
            await viewer.client.say(LimitRate(fps=3))  # which is one for frames only
            stream.publish(pixels)
            await aeventually(lambda: len(viewer.headers) >= 3)
            # A change comes between two pieces.
            before = len(viewer.headers)
            after = pixels.copy()
            after[:16, :16] = 255
            stream.publish(after)
            newest = stream.newest
            assert newest is not None
            await aeventually(lambda: any(each.seq >= newest.seq for each in viewer.headers[before:]))
            arrived = next(index for index, each in enumerate(viewer.headers) if each.seq >= newest.seq)
            assert arrived - before <= 4
            await aeventually(lambda: viewer.canvas.shows(after))
            stills = [header for header in viewer.headers if header.lossless is not None]
            mimes = [header.mimes[0] for header in stills if isinstance(header, RectsHeader)]
            assert mimes[0] == "image/jpeg"
            assert mimes[-1] == "image/png"
            assert mimes == sorted(mimes)
            assert [header.lossless for header in stills[-2:]] == [False, True]
            # Nothing comes twice, but for what was on its way when the change came.
            for mime in ("image/jpeg", "image/png"):
                assert sum(area_of(header, mime) for header in stills) < 1.3 * WIDTH * HEIGHT
            assert len(stills) > 3 * (loop.time() - start_s)
            # No piece takes longer than a live picture may.
            assert max(viewer.canvas.bytes[1:]) <= 2e6 / 8 * 0.15

    asyncio.run(watch())
