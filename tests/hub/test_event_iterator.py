import asyncio
import gc

from support import RawClient, aeventually

from marimo_rfb.events import InputEvent
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Event


def press(key: str) -> Event:
    return Event(event={"type": "key_down", "key": key})


def test_events_come_one_by_one_until_the_stream_is_closed(stream: Stream) -> None:
    async def run() -> list[str]:
        keys: list[str] = []

        async def read() -> None:
            async for event in stream.events():
                if event.type == "key_down":
                    keys.append(event.event["key"])

        reader = asyncio.create_task(read())
        await asyncio.sleep(0)
        async with RawClient.watching(stream) as client:
            for key in "abc":
                await client.say(press(key))
            await aeventually(lambda: len(keys) == 3)
        await stream.aclose()
        await asyncio.wait_for(reader, 20)
        return keys

    assert asyncio.run(run()) == ["a", "b", "c"]


def test_each_reader_gets_every_event_and_so_does_polling(stream: Stream) -> None:
    async def first(events: list[InputEvent]) -> None:
        async for event in stream.events():
            events.append(event)
            return

    async def run() -> None:
        seen: list[list[InputEvent]] = [[], [], []]
        readers = [asyncio.create_task(first(events)) for events in seen]
        await asyncio.sleep(0)
        async with RawClient.watching(stream) as client:
            await client.say(press("a"))
            await asyncio.wait_for(asyncio.gather(*readers), 20)
        assert [[e.event["key"] for e in events] for events in seen] == [["a"]] * 3
        assert stream.poll_events()[0].type == "key_down"

    asyncio.run(run())


def test_closing_the_inbox_ends_the_one_who_reads_from_it(stream: Stream) -> None:
    async def read(queue: EventQueue, keys: list[str]) -> None:
        async for event in feed_of(stream).events(queue):
            keys.append(event.event["key"])

    async def run() -> None:
        queue, ended, goes_on = EventQueue(), list[str](), list[str]()
        readers = [asyncio.create_task(read(queue, ended)), asyncio.create_task(read(EventQueue(), goes_on))]
        await asyncio.sleep(0)
        feed_of(stream).dispatch(InputEvent("viewer-1", None, {"type": "key_down", "key": "a"}, received_us=0))
        queue.close()
        await asyncio.wait_for(readers[0], 20)
        feed_of(stream).dispatch(InputEvent("viewer-1", None, {"type": "key_down", "key": "b"}, received_us=0))
        await aeventually(lambda: len(goes_on) == 2)
        assert (ended, goes_on) == (["a"], ["a", "b"])
        readers[1].cancel()

    before = len(feed_of(stream)._event_queues)
    asyncio.run(run())
    assert len(feed_of(stream)._event_queues) == before


def test_an_inbox_that_was_closed_before_has_nothing_to_read(stream: Stream) -> None:
    async def run() -> list[InputEvent]:
        queue = EventQueue()
        queue.close()
        return [event async for event in feed_of(stream).events(queue)]

    assert asyncio.run(run()) == []


def test_a_closed_stream_has_no_events(stream: Stream) -> None:
    async def run() -> list[InputEvent]:
        return [event async for event in stream.events()]

    stream.close()
    assert asyncio.run(run()) == []


def test_a_reader_that_stops_or_is_cancelled_leaves_nothing_behind(hub: Hub, stream: Stream) -> None:
    async def read() -> None:
        async for _ in stream.events():
            pass

    async def run() -> None:
        reader = asyncio.create_task(read())
        await asyncio.sleep(0)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)

    before = len(feed_of(stream)._event_queues)
    asyncio.run(run())
    gc.collect()
    assert len(feed_of(stream)._event_queues) == before


def test_a_reader_whose_loop_is_gone_does_not_stop_the_others(stream: Stream) -> None:
    async def start_and_leave() -> None:
        events = stream.events()
        waiting = asyncio.ensure_future(anext(events))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        left.append(events)
        waiting.cancel()

    left: list[object] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(start_and_leave())
    loop.close()

    async def run() -> None:
        async with RawClient.watching(stream) as client:
            await client.say(press("a"))
            got: list[InputEvent] = []
            await aeventually(lambda: got.extend(stream.poll_events()) or got)
            assert got[0].event["key"] == "a"

    asyncio.run(run())
