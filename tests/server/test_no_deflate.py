from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support import RawClient, aeventually
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.frames import Frame

from marimo_rfb.server.no_deflate import disable_deflate
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Config, Hello, RequestKeyframe


class Watched(PerMessageDeflate):
    """What a browser has, which notes how each message came and went."""

    came: list[bool]
    went: list[bool]

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        self.came.append(frame.rsv1)
        return super().decode(frame, max_size=max_size)

    def encode(self, frame: Frame) -> Frame:
        sent = super().encode(frame)
        self.went.append(sent.rsv1)
        return sent


class Offer(ClientPerMessageDeflateFactory):
    def process_response_params(self, *args: Any) -> PerMessageDeflate:
        agreed = super().process_response_params(*args)
        agreed.__class__ = Watched
        assert isinstance(agreed, Watched)
        agreed.came, agreed.went = [], []
        return agreed


async def watch(site: Any, stream: Stream) -> Watched:
    """Look at a picture as a browser does that lets the server deflate, and return what went over the socket."""
    options = {"additional_headers": site.headers, "extensions": [Offer(client_max_window_bits=True)]}
    flat = np.zeros((48, 64, 3), dtype=np.uint8)
    async with RawClient.connected(site.url(stream.name), **options) as client:
        await client.say(Hello(supported=("image/png",), token=stream.token))
        await client.next_control(Config)
        stream.publish(flat)
        assert (await client.picture(1)).pixels.shape == flat.shape
        await client.say(RequestKeyframe(reason="x" * 2000))
        stream.publish(flat + 1)
        await client.picture(2)
        (extension,) = client.socket.protocol.extensions
        assert isinstance(extension, Watched)
    await aeventually(lambda: stream.client_count == 0)
    return extension


async def test_nothing_is_deflated_that_goes_to_a_page_and_what_a_page_deflates_is_read(
    site: Any, stream: Stream
) -> None:
    extension = await watch(site, stream)
    assert len(extension.came) >= 3
    assert not any(extension.came)
    assert len(extension.went) >= 2
    assert any(extension.went)


async def test_what_else_the_server_sends_is_deflated_as_before(site: Any, stream: Stream) -> None:
    # A socket that is refused is none of ours yet.
    site.headers = {}
    options = {"extensions": [Offer(client_max_window_bits=True)]}
    async with RawClient.connected(site.url(), **options) as client:
        assert (await client.close_code())[0] == 4401
        (extension,) = client.socket.protocol.extensions
        assert isinstance(extension, Watched)


class Between:
    """A middleware that takes the server's `receive` in hand, as another server would have another one."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def received() -> Any:
            return await receive()

        await self._app(scope, received, send)


async def test_where_the_server_is_not_known_pictures_come_deflated(make_site: Any) -> None:
    site = make_site(middlewares=(Between,))
    extension = await watch(site, site.hub.add_stream("scene", 64, 48))
    assert any(extension.came)
    assert any(extension.went)


class TestWhatItKnows:
    @staticmethod
    def receive(extensions: object) -> Any:
        class Protocol:
            conn = SimpleNamespace(extensions=extensions)

            async def receive(self) -> None: ...

        return Protocol().receive

    def test_a_socket_without_extensions_is_fine(self) -> None:
        assert disable_deflate(self.receive([]))

    @pytest.mark.parametrize("extensions", [None, (), object(), [object()]])
    def test_anything_else_is_left_as_it_is(self, extensions: object) -> None:
        assert not disable_deflate(self.receive(extensions))

    def test_a_function_that_is_nobodys_method_is_left_as_it_is(self) -> None:
        async def receive() -> None: ...

        assert not disable_deflate(receive)
