import asyncio
import threading
from typing import Any

import pytest
from support import RawClient, card, eventually, published

from marimo_rfb.errors import OptionError, PortInUse, StreamClosed
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.serve import serve, serve_server


def test_serve_gives_a_stream_that_can_be_watched() -> None:
    async def run() -> None:
        stream = await serve(1280, 720, port=0)
        assert (stream.name, stream.width, stream.height) == ("default", 1280, 720)
        assert stream.ws_url == f"ws://127.0.0.1:{stream.port}/default"
        async with RawClient.watching(stream) as client:
            await client.picture(published(stream, card()))
        await stream.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("how", ["aclose", "close"])
def test_closing_the_stream_closes_its_server(how: str) -> None:
    async def run() -> None:
        stream = await serve(64, 48)
        if how == "close":
            await asyncio.to_thread(stream.close)
        else:
            await stream.aclose()
        await stream.aclose()
        assert stream.server.closed
        with pytest.raises(StreamClosed):
            stream.publish(card())

    asyncio.run(run())
    eventually(lambda: all(thread.name != "rfb-hub" for thread in threading.enumerate()))


def test_options_reach_stream_and_hub() -> None:
    async def run() -> None:
        stream = await serve(
            64,
            48,
            name="scene",
            token="x" * 20,
            origins=["https://app.example"],
            quality=50,
            max_fps=10,
            max_viewers=3,
            formats=("image/png",),
            resize_policy="match_client",
        )
        assert stream.token == stream.server.token == "x" * 20
        assert stream.server.access.origins == ("https://app.example",)
        options = stream.options
        assert (options.quality, options.max_fps, options.max_viewers, options.offered) == (50, 10, 3, ("image/png",))
        assert options.resize_policy == "match_client"
        await stream.aclose()

    asyncio.run(run())


def test_serve_server_gives_a_hub_without_streams() -> None:
    async def run() -> None:
        hub = await serve_server(port=0)
        assert isinstance(hub, Hub)
        assert hub.streams == []
        one = hub.add_stream("one", 8, 8)
        await one.aclose()
        assert not hub.closed
        await hub.aclose()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width and height"),
        ({"height": "480"}, "width and height"),
        ({"port": -1}, "port is an integer"),
        ({"host": None}, "host is an address"),
        ({"host": "192.0.2.1"}, "cannot listen on"),
        ({"token": "short"}, "at least 16 characters"),
        ({"origins": ("example.org",)}, "an origin looks like"),
        ({"origins": "https://example.org"}, "an origin looks like"),
        ({"authenticate": 5}, "authenticate is a function"),
        ({"quality": 0}, "quality"),
        ({"max_fps": 0}, "max_fps"),
        ({"formats": ("image/gif",)}, "formats"),
        ({"name": "a/b"}, "a stream's name"),
        ({"colour": "red"}, "a stream's options are"),
    ],
)
def test_a_wrong_argument_is_one_clear_error_and_leaves_no_server(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        asyncio.run(serve(**{"width": 64, "height": 48, **arguments}))
    eventually(lambda: all(thread.name != "rfb-hub" for thread in threading.enumerate()))


def test_a_taken_port_is_one_clear_error() -> None:
    async def run() -> None:
        stream = await serve(64, 48)
        with pytest.raises(PortInUse):
            await serve(64, 48, port=stream.port)
        await stream.aclose()
        again = await serve(64, 48, port=stream.port)
        await again.aclose()

    asyncio.run(run())
