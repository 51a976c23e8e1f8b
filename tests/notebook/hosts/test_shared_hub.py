import asyncio
import threading
from collections.abc import Iterator

import pytest
from support import RawClient, card, eventually

from marimo_rfb.errors import HubClosed, OptionError
from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook.hosts import shared_hub
from marimo_rfb.stream.stream import Stream


@pytest.fixture(autouse=True)
def _close(nothing_left: None) -> Iterator[None]:
    yield
    hub = shared_hub._hub
    if hub is not None:
        hub.close()


def hub_of(stream: Stream) -> Hub:
    return stream.server


def test_a_stream_starts_no_server() -> None:
    before = set(threading.enumerate())  # the server of an earlier test may be ending still
    stream = shared_hub.add_stream("scene", 64, 48, quality=50)
    assert (stream.port, stream.width, stream.options.quality) == (0, 64, 50)
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "rfb-hub"]


def test_all_streams_share_a_hub() -> None:
    streams = [shared_hub.add_stream(f"scene~{i}", 8, 8) for i in range(3)]
    assert len({id(hub_of(stream)) for stream in streams}) == 1


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(OptionError, match="got qualty"):
        shared_hub.add_stream("scene", 8, 8, qualty=5)


def test_the_server_starts_when_it_is_asked_for_and_shows_the_picture() -> None:
    stream = shared_hub.add_stream("scene", 64, 48)
    stream.publish(card())
    shared_hub.ensure_started(hub_of(stream))

    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            assert (await client.next_picture()).seq == 1

    asyncio.run(watch())


def test_many_threads_start_it_once() -> None:
    stream = shared_hub.add_stream("scene", 8, 8)
    ports: list[int] = []

    def start() -> None:
        shared_hub.ensure_started(hub_of(stream))
        ports.append(stream.port)

    threads = [threading.Thread(target=start) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(ports) == {stream.port}
    assert stream.port > 0


def test_a_hub_that_runs_or_is_closed_is_left_alone() -> None:
    stream = shared_hub.add_stream("scene", 8, 8)
    hub = hub_of(stream)
    shared_hub.ensure_started(hub)
    port = hub.port
    shared_hub.ensure_started(hub)
    assert hub.port == port
    hub.close()
    shared_hub.ensure_started(hub)
    assert hub.closed


def test_a_stream_that_is_closed_leaves_the_others_and_the_server() -> None:
    one, other = shared_hub.add_stream("one", 8, 8), shared_hub.add_stream("other", 8, 8)
    hub = hub_of(one)
    shared_hub.ensure_started(hub)
    shared_hub.close_in_background(one)
    eventually(lambda: one.closed)
    assert (other.closed, hub.closed, hub.streams) == (False, False, ["other"])


@pytest.mark.parametrize("started", [True, False])
def test_the_server_goes_with_the_last_stream(started: bool) -> None:
    streams = [shared_hub.add_stream(name, 8, 8) for name in ("one", "other")]
    hub = hub_of(streams[0])
    if started:
        shared_hub.ensure_started(hub)
    for stream in streams:
        shared_hub.close_in_background(stream)
    eventually(lambda: hub.closed)
    assert all(stream.closed for stream in streams)
    new = shared_hub.add_stream("one", 8, 8)
    assert hub_of(new) is not hub
    assert not new.closed


def test_closing_waits_for_no_viewer() -> None:
    stream = shared_hub.add_stream("scene", 64, 48)
    shared_hub.ensure_started(hub_of(stream))

    async def watch() -> None:
        async with RawClient.watching(stream) as client:
            shared_hub.close_in_background(stream)  # on the loop that has to say goodbye for the viewer
            assert (await client.close_code())[0] == 1001

    asyncio.run(watch())
    eventually(lambda: hub_of(stream).closed)


def test_closing_twice_is_fine() -> None:
    stream = shared_hub.add_stream("scene", 8, 8)
    for _ in range(3):
        shared_hub.close_in_background(stream)
    eventually(lambda: hub_of(stream).closed)


def test_streams_come_and_go_from_many_threads() -> None:
    problems: list[Exception] = []

    def come_and_go(number: int) -> None:
        try:
            for i in range(20):
                stream = shared_hub.add_stream(f"scene~{number}.{i}", 8, 8)
                shared_hub.ensure_started(hub_of(stream))
                shared_hub.close_in_background(stream)
        except Exception as exc:
            problems.append(exc)

    threads = [threading.Thread(target=come_and_go, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    eventually(lambda: shared_hub._hub is None)


def test_a_hub_that_somebody_closed_is_replaced() -> None:
    stream = shared_hub.add_stream("scene", 8, 8)
    hub_of(stream).close()
    with pytest.raises(HubClosed):
        hub_of(stream).add_stream("other", 8, 8)
    assert not shared_hub.add_stream("other", 8, 8).closed
