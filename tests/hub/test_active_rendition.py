import asyncio

from support import aeventually, card, noise

from marimo_rfb.hub.active_rendition import ActiveRendition
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.wire.packet import Packet


def test_what_comes_back_into_use_does_not_rest_yet(hub: Hub) -> None:
    stream = hub.add_stream("scene", 64, 48, settle=0.01)

    async def watch() -> None:
        packets: list[Packet] = []
        rested: list[bool] = []
        encoding = Encoding("image/jpeg", ("image/jpeg",), takes_parts=True)
        active = ActiveRendition(
            feed_of(stream),
            encoding,
            deliver=lambda active, new: packets.extend(new),
            on_rest=lambda active: rested.append(active.is_resting),
        )
        try:
            stream.publish(card())
            active.request_frame(None)
            await aeventually(lambda: len(packets) == 1)
            active.on_packets(packets)
            active.schedule_settle()
            await aeventually(lambda: rested == [True])
            active.resume()  # which it need not
            assert active.is_resting
            active.suspend(active.close)
            active.resume()
            assert not active.is_resting
            active.schedule_settle()
            await aeventually(lambda: rested == [True, True])
        finally:
            active.close()

    asyncio.run(watch())


def test_pieces_are_kept_for_viewers_who_take_them_later(hub: Hub) -> None:
    stream = hub.add_stream("scene", 320, 240, settle=0.01)

    async def watch() -> None:
        packets: list[Packet] = []
        encoding = Encoding("image/jpeg", ("image/jpeg", "image/png"), takes_parts=True)

        def deliver(active: ActiveRendition, new: list[Packet]) -> None:
            active.on_packets(new)
            packets.extend(new)

        active = ActiveRendition(feed_of(stream), encoding, deliver=deliver, on_rest=lambda active: None)  # type: ignore[arg-type]
        try:
            stream.publish(noise(320, 240))
            active.request_frame(None)
            await aeventually(lambda: len(packets) == 1)
            active.refine([packets[0].update.after(None)], max_bytes=20_000)
            await aeventually(lambda: len(packets) > 2 and not active.is_refining)
            assert active.newest == tuple(packets)
            stream.publish(card())
            active.request_frame(packets[0].update.after(None))
            await aeventually(lambda: len(active.newest) == 1)
        finally:
            active.close()

    asyncio.run(watch())
