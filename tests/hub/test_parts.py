"""Viewers get what changed, over real sockets."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from canvas import Canvas
from support import EXTENSIONS, IMAGES, RawClient, aeventually, noise, viewer_metrics

from marimo_rfb.errors import FrameError
from marimo_rfb.frame import PixelArray
from marimo_rfb.hub.hub import Hub
from marimo_rfb.wire.messages import RequestKeyframe, SelectTransport, Visibility

WIDTH, HEIGHT = 640, 360
TAKES_PARTS = (*IMAGES, *EXTENSIONS, "frame/rect")
BLACK_SQUARE = (100, 50, 20, 20)
# So that a busy machine, on which pictures are late, does not change the layer.
PINNED: dict[str, Any] = {"quality": 80}


def with_square(pixels: PixelArray, rect: Sequence[int] = BLACK_SQUARE) -> PixelArray:
    x, y, width, height = rect
    after = pixels.copy()
    after[y : y + height, x : x + width] = 0
    return after


async def watch_until(client: RawClient, canvas: Canvas, pixels: PixelArray) -> None:
    """Show and ack pictures until one is exactly `pixels`."""
    while not canvas.shows(pixels):
        picture = await client.next_picture()
        canvas.apply(picture.message)
        await client.ack(picture.seq)


@pytest.mark.parametrize("codec", ["image/png", "image/jpeg", "image/webp"])
def test_a_small_change_takes_a_small_part_of_the_bytes(hub: Hub, codec: str) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, formats=(codec, "image/png"), settle=0.05)

    async def watch() -> None:
        async with RawClient.watching(stream, supported=TAKES_PARTS) as client:
            canvas, pixels = Canvas(), noise(WIDTH, HEIGHT)
            stream.publish(pixels)
            await watch_until(client, canvas, pixels)
            first = len(canvas.parts)
            assert canvas.parts[0] == 0  # what refines it comes in pieces, if acks are slow on a busy machine
            stream.publish(with_square(pixels))
            await watch_until(client, canvas, with_square(pixels))
            assert set(canvas.parts[first:]) == {1}
            assert 20 * sum(canvas.bytes[first:]) < canvas.bytes[0]

    asyncio.run(watch())


def test_who_cannot_show_parts_gets_whole_pictures(hub: Hub) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, formats=("image/png",), **PINNED)

    async def watch() -> None:
        pixels = noise(WIDTH, HEIGHT)
        async with (
            RawClient.watching(stream, supported=TAKES_PARTS) as new,
            RawClient.watching(stream, supported=IMAGES) as old,
        ):
            shown = Canvas(), Canvas()
            for after in (pixels, with_square(pixels)):
                stream.publish(after)
                for client, canvas in zip((new, old), shown, strict=True):
                    await watch_until(client, canvas, after)
            assert [canvas.parts for canvas in shown] == [[0, 1], [0, 0]]

    asyncio.run(watch())


def test_who_skips_pictures_gets_what_changed_meanwhile_and_harms_nobody(hub: Hub) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, formats=("image/png",), settle=None, **PINNED)

    async def watch() -> None:
        pixels = noise(WIDTH, HEIGHT)
        async with (
            RawClient.watching(stream, supported=TAKES_PARTS) as quick,
            RawClient.watching(stream, supported=TAKES_PARTS) as slow,
        ):
            shown = Canvas(), Canvas()
            stream.publish(pixels)
            await watch_until(quick, shown[0], pixels)
            await watch_until(slow, shown[1], pixels)
            await slow.say(Visibility(visible=False))
            await aeventually(lambda: not all(viewer["visible"] for viewer in viewer_metrics(stream)))
            for number in range(5):
                pixels = with_square(pixels, (100 * number, 60 * number, 20, 20))
                stream.publish(pixels)
                await watch_until(quick, shown[0], pixels)
            await slow.say(Visibility(visible=True))
            await watch_until(slow, shown[1], pixels)
            assert shown[0].parts == [0, 1, 1, 1, 1, 1]
            assert shown[1].parts == [0, 5]

    asyncio.run(watch())


def test_who_joins_gets_a_whole_picture_and_the_others_only_what_changed(hub: Hub) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, formats=("image/png",), **PINNED)

    async def watch() -> None:
        pixels = noise(WIDTH, HEIGHT)
        async with RawClient.watching(stream, supported=TAKES_PARTS) as first:
            shown = Canvas(), Canvas()
            for after in (pixels, with_square(pixels)):
                stream.publish(after)
                await watch_until(first, shown[0], after)
            async with RawClient.watching(stream, supported=TAKES_PARTS) as second:
                await watch_until(second, shown[1], with_square(pixels))
                pixels = with_square(pixels, (300, 200, 30, 30))
                stream.publish(with_square(pixels))
                await watch_until(first, shown[0], with_square(pixels))
                await watch_until(second, shown[1], with_square(pixels))
            assert [canvas.parts for canvas in shown] == [[0, 1, 1], [0, 1]]
            assert stream.stats.encoded == 4

    asyncio.run(watch())


@pytest.mark.parametrize("message", [RequestKeyframe(reason="test"), SelectTransport(transport="image/webp")])
def test_who_starts_over_gets_a_whole_picture(hub: Hub, message: RequestKeyframe | SelectTransport) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, formats=("image/png", "image/webp"), settle=0.05)

    async def watch() -> None:
        pixels = noise(WIDTH, HEIGHT)
        async with RawClient.watching(stream, supported=TAKES_PARTS) as client:
            canvas = Canvas()
            for after in (pixels, with_square(pixels)):
                stream.publish(after)
                await watch_until(client, canvas, after)
            await client.say(message)
            canvas = Canvas()
            await watch_until(client, canvas, with_square(pixels))
            assert canvas.parts[0] == 0
            after = with_square(with_square(pixels), (0, 0, 9, 9))
            stream.publish(after)
            await watch_until(client, canvas, after)
            assert canvas.parts[-1] == 1

    asyncio.run(watch())


def test_a_picture_of_another_size_or_ratio_comes_whole(hub: Hub) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, formats=("image/png",), **PINNED)

    async def watch() -> None:
        pixels = noise(WIDTH, HEIGHT)
        async with RawClient.watching(stream, supported=TAKES_PARTS) as client:
            canvas = Canvas()
            stream.publish(pixels)
            await watch_until(client, canvas, pixels)
            stream.publish(with_square(pixels)[:-1])
            await watch_until(client, canvas, with_square(pixels)[:-1])
            stream.publish(pixels[:-1], pixel_ratio=2.0)
            await watch_until(client, canvas, pixels[:-1])
            assert canvas.parts == [0, 0, 0]

    asyncio.run(watch())


def test_the_publisher_may_say_what_changed(hub: Hub) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT, formats=("image/png",), **PINNED)

    async def watch() -> None:
        pixels = noise(WIDTH, HEIGHT)
        async with RawClient.watching(stream, supported=TAKES_PARTS) as client:
            canvas = Canvas()
            stream.publish(pixels)
            await watch_until(client, canvas, pixels)
            # The change at the left is not seen, because nobody says so; what lies outside of the picture is no harm.
            after = with_square(with_square(pixels), (0, 0, 8, 8))
            stream.publish(after, dirty=[BLACK_SQUARE, (WIDTH - 1, -5, 100, 10)])
            await watch_until(client, canvas, with_square(pixels))
            assert canvas.parts == [0, 2]
            stream.publish(with_square(after, (400, 200, 8, 8)), dirty=[])
            stream.publish(with_square(after, (500, 300, 8, 8)), dirty=[(500, 300, 8, 8)])
            await watch_until(client, canvas, with_square(with_square(pixels), (500, 300, 8, 8)))
            # A frame without a word may have changed anywhere.
            stream.publish(pixels)
            await watch_until(client, canvas, pixels)

    asyncio.run(watch())


@pytest.mark.parametrize("dirty", [[(1, 2, 3)], [(0, 0, 1.5, 2)], [(0, 0, -1, 2)], [5], 5, "abcd", [(0, 0, "1", 2)]])
def test_what_is_no_rectangle_is_an_error(hub: Hub, dirty: object) -> None:
    stream = hub.add_stream("scene", WIDTH, HEIGHT)
    with pytest.raises(FrameError, match=r"dirty has rectangles \(x, y, width, height\) of integers, in pixels; got "):
        stream.publish(noise(8, 8), dirty=dirty)  # type: ignore[arg-type]
    assert stream.newest is None
