"""The wire as `pdum.rfb` 0.3.0 has it: each side reads what the other wrote."""

import asyncio
from typing import Any

import numpy as np
import pytest
from support import IMAGES, RawClient, aeventually, card, psnr_db

import marimo_rfb
from marimo_rfb.wire.envelope import pack, unpack
from marimo_rfb.wire.json_codec import encode_message, parse_server
from marimo_rfb.wire.messages import Color, Config, Event, Hello, ImageHeader, SetViewport, Stats, VideoHeader

peer = pytest.importorskip("pdum.rfb", reason="habemus-papadum-rfb 0.3.0 is not installed; it needs Python 3.12")
protocol = pytest.importorskip("pdum.rfb.protocol")

IMAGE = ImageHeader(seq=7, timestamp_us=1_700_000_000_000_001, width=64, height=48, mime="image/jpeg")
WHOLE_IMAGE = ImageHeader(
    seq=8,
    timestamp_us=5,
    width=64,
    height=48,
    mime="image/png",
    pixel_ratio=2.0,
    color=Color(primaries="bt709", transfer="srgb", matrix="rgb", full_range=True, bit_depth=8),
)
VIDEO = VideoHeader(
    seq=9, timestamp_us=5, width=64, height=48, codec="avc1.42E01F", bitstream="annexb", keyframe=True, duration_us=33
)


@pytest.mark.parametrize("header", [IMAGE, WHOLE_IMAGE, VIDEO])
def test_the_peer_unpacks_our_packets(header: ImageHeader | VideoHeader) -> None:
    fields, payload = protocol.unpack_binary_message(pack(header, b"payload"))
    assert payload == b"payload"
    assert fields == protocol.parse_control(encode_message(header))
    assert unpack(protocol.pack_binary_message(fields, payload)) == (header, b"payload")


def test_a_frame_packed_by_the_peer_is_byte_for_byte_ours() -> None:
    fields = protocol.parse_control(encode_message(IMAGE))
    assert protocol.pack_binary_message(fields, b"payload") == pack(IMAGE, b"payload")


def test_the_peer_s_control_messages_read_as_ours() -> None:
    assert parse_server(protocol.config_message(transport="image", width=64, height=48)) == Config(
        transport="image", width=64, height=48
    )
    assert parse_server(
        protocol.config_message(transport="h264", width=64, height=48, codec="avc1.42E01F", pixel_ratio=2.0)
    ) == Config(transport="h264", width=64, height=48, codec="avc1.42E01F", pixel_ratio=2.0)
    assert parse_server(protocol.stats_message(server_queue=1, dropped=2)) == Stats(dropped=2)


def test_the_words_for_what_a_client_can_are_the_same() -> None:
    words = {protocol.CAP_JPEG, protocol.CAP_PNG, protocol.CAP_WEBP, protocol.CAP_H264_ANNEXB}
    assert words == set(list(marimo_rfb.wire.messages.Capability)[:4])


def test_our_stream_speaks_no_word_that_the_peer_s_client_does_not_know() -> None:
    async def watch() -> None:
        stream = await marimo_rfb.serve(64, 48)
        async with RawClient.connected(stream.ws_url) as client:
            # As its browser bundle says hello, with the token where it puts one.
            await client.say(Hello(supported=(*IMAGES, protocol.CAP_H264_ANNEXB), token=stream.token))
            config = protocol.parse_control(await client.socket.recv())
            assert config.keys() <= {"type", "transport", "width", "height", "coords", "codec", "pixel_ratio", "color"}
            assert config["transport"] == "image"
            stream.publish(card())
            message = await client.socket.recv()
            fields, _ = protocol.unpack_binary_message(message)
            assert fields.keys() == {"type", "seq", "timestamp_us", "width", "height", "mime"}
        await stream.aclose()

    asyncio.run(watch())


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg"])
def test_our_client_watches_a_server_of_the_peer(mime: str) -> None:
    async def watch() -> None:
        display = await peer.serve(64, 48, port=0, has_h264=False)
        async with RawClient.connected(display.ws_url) as client:
            await client.say(Hello(supported=(mime,)))
            config = await client.next_control(Config)
            assert (config.transport, config.coords) == ("image", "frame-pixels")
            seqs = []
            for seed in range(5):
                display.publish(np.ascontiguousarray(card(seed=seed)))
                picture = await client.next_picture()
                assert isinstance(picture.header, ImageHeader)
                assert (picture.header.width, picture.header.height, picture.header.mime) == (64, 48, mime)
                assert psnr_db(picture.pixels[:, :, :3], card(seed=seed)) > 25
                seqs.append(picture.seq)
                await client.ack(picture.seq)
            assert seqs == sorted(set(seqs))
            await client.say(SetViewport(width=32, height=24, pwidth=64, pheight=48, ratio=2))
            await client.say(Event(event={"type": "pointer_down", "x": 5, "y": 6, "button": 1, "buttons": [1]}))
            events: list[Any] = []
            await aeventually(lambda: events.extend(display.poll_events()) or any(is_press(e) for e in events))
        await display.aclose()

    def is_press(event: Any) -> bool:
        return "pointer_down" in repr(event)

    asyncio.run(watch())
