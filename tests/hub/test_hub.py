import asyncio
import copy
import gc
import pickle
import threading
import warnings
import weakref
from typing import Any

import pytest
from support import RawClient, aeventually, card, eventually, psnr_db, published

from marimo_rfb.errors import HubClosed, OptionError, StreamClosed, StreamExists, StreamNotFound
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.listener import ListenOptions
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Event, Notice


def hub_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "rfb-hub"]


class TestStreams:
    def test_a_new_hub_has_no_stream(self, hub: Hub) -> None:
        assert hub.streams == []
        assert repr(hub) == f"<Hub 127.0.0.1:{hub.port}, streams []>"

    def test_streams_are_found_by_name(self, hub: Hub) -> None:
        camera, depth = hub.add_stream("camera", 1280, 720), hub.add_stream("depth", 640, 480, quality=50)
        assert hub.streams == ["camera", "depth"]
        assert hub.stream("camera") is camera
        assert hub.stream("depth") is depth
        assert camera.server is depth.server is hub
        assert camera.port == depth.port == hub.port
        assert depth.options.quality == 50
        assert depth.ws_url == f"ws://127.0.0.1:{hub.port}/depth"

    def test_the_default_stream_needs_no_name(self, hub: Hub) -> None:
        default = hub.add_stream("default", 8, 8)
        assert hub.stream() is default

    def test_a_name_is_given_once(self, hub: Hub, stream: Stream) -> None:
        with pytest.raises(StreamExists, match="there is a stream 'scene' already"):
            hub.add_stream("scene", 8, 8)
        assert hub.stream("scene") is stream

    def test_an_unknown_stream_is_an_error_that_names_those_there_are(self, hub: Hub, stream: Stream) -> None:
        with pytest.raises(StreamNotFound, match="no stream 'nobody'; there are 'scene'"):
            hub.stream("nobody")
        with pytest.raises(StreamNotFound):
            hub.remove_stream("nobody")

    def test_an_unknown_option_is_an_error_that_names_those_there_are(self, hub: Hub) -> None:
        with pytest.raises(
            OptionError,
            match=r"options are quality, subsampling, .*, max_fps, max_viewers.*; got qualty",
        ):
            hub.add_stream("scene", 8, 8, qualty=50)
        assert hub.streams == []

    def test_a_removed_stream_is_closed_and_its_name_is_free(self, hub: Hub, stream: Stream) -> None:
        hub.remove_stream("scene")
        assert hub.streams == []
        with pytest.raises(StreamClosed):
            stream.publish(card())
        assert hub.add_stream("scene", 8, 8) is not stream

    def test_closing_a_stream_twice_is_fine_and_leaves_the_others(self, hub: Hub, stream: Stream) -> None:
        other = hub.add_stream("other", 8, 8)
        stream.close()
        stream.close()
        asyncio.run(stream.aclose())
        assert hub.streams == ["other"]
        assert published(other, card()) == 1
        assert repr(stream) == "<Stream 'scene' 64x48, closed>"

    def test_a_closed_stream_has_nothing_to_say_to_its_namesake(self, hub: Hub, stream: Stream) -> None:
        stream.close()
        namesake = hub.add_stream("scene", 8, 8)

        async def watch() -> None:
            async with RawClient.watching(namesake) as client:
                stream.notify("from the grave")
                await client.barrier(namesake)
                assert not [c for c in client.control if isinstance(c, Notice)]
                assert namesake.client_count == 1
                assert stream.client_count == 0
                stream.close()
                await client.picture(published(namesake, card()))

        asyncio.run(watch())

    def test_two_streams_on_one_port_show_two_pictures(self, hub: Hub) -> None:
        red, blue = hub.add_stream("red", 8, 8, formats=("image/png",)), hub.add_stream("blue", 8, 8)

        async def watch() -> None:
            async with RawClient.watching(red) as one, RawClient.watching(blue, supported=("image/png",)) as other:
                red.publish(card(seed=1))
                blue.publish(card(seed=2))
                assert ((await one.next_picture()).pixels == card(seed=1)).all()
                assert ((await other.next_picture()).pixels == card(seed=2)).all()
                await one.say(Event(event={"type": "key_down", "key": "r"}))
                events: list[Any] = []
                await aeventually(lambda: events.extend(red.poll_events()) or events)
                assert blue.poll_events() == []

        asyncio.run(watch())

    def test_viewers_of_a_removed_stream_go_and_those_of_others_stay(self, hub: Hub, stream: Stream) -> None:
        other = hub.add_stream("other", 8, 8)

        async def watch() -> None:
            async with RawClient.watching(stream) as leaving, RawClient.watching(other) as staying:
                await stream.aclose()
                assert (await leaving.close_code())[0] == 1001
                await staying.picture(published(other, card()))
                await aeventually(lambda: stream.client_count == 0)

        asyncio.run(watch())


class TestStartAndClose:
    def test_before_the_start_there_is_no_port_and_no_thread(self) -> None:
        hub = Hub()
        assert hub.port == 0
        assert not hub_threads()
        hub.close()

    def test_a_stream_may_be_added_before_there_is_a_server(self) -> None:
        hub = Hub()
        stream = hub.add_stream("scene", 64, 48)
        stream.publish(card(seed=1))
        stream.notify("nobody hears it")
        stream.configure(quality=90)
        assert (stream.port, stream.client_count, hub.streams) == (0, 0, ["scene"])
        assert not hub_threads()
        hub.start()

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                assert psnr_db((await client.next_picture()).pixels, card(seed=1)) > 30
                await client.picture(published(stream, card(seed=2)))

        asyncio.run(watch())
        hub.close()

    def test_closing_a_hub_that_was_never_started_closes_its_streams(self) -> None:
        hub = Hub()
        one, other = hub.add_stream("one", 8, 8), hub.add_stream("other", 8, 8)
        one.close()
        assert one.closed
        assert hub.streams == ["other"]
        assert hub.add_stream("one", 8, 8) is not one
        hub.close()
        assert other.closed
        assert hub.streams == []
        with pytest.raises(HubClosed, match="make a new one"):
            hub.add_stream("one", 8, 8)

    def test_a_stream_may_be_closed_on_a_loop_before_there_is_a_server(self) -> None:
        hub = Hub()
        stream = hub.add_stream("scene", 8, 8)
        asyncio.run(stream.aclose())
        assert stream.closed
        asyncio.run(hub.aclose())
        assert hub.closed

    def test_a_hub_starts_once(self, hub: Hub) -> None:
        with pytest.raises(HubClosed, match="started already"):
            hub.start()
        assert hub.port > 0

    def test_closing_twice_is_fine(self, hub: Hub) -> None:
        hub.close()
        hub.close()
        asyncio.run(hub.aclose())
        assert hub.closed
        assert repr(hub) == "<Hub closed, streams []>"

    def test_a_closed_hub_closes_its_streams_and_refuses_new_ones(self, hub: Hub, stream: Stream) -> None:
        hub.close()
        with pytest.raises(StreamClosed):
            stream.publish(card())
        stream.close()
        stream.notify("nobody hears it")
        assert stream.client_count == 0
        with pytest.raises(HubClosed, match="make a new one"):
            hub.add_stream("other", 8, 8)
        with pytest.raises(HubClosed):
            hub.start()
        with pytest.raises(StreamNotFound):
            hub.stream("scene")

    def test_viewers_are_told_that_the_hub_is_closed(self, hub: Hub, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                closing = asyncio.create_task(hub.aclose())
                assert await client.close_code() == (1001, "the hub was closed")
                await closing

        asyncio.run(watch())

    def test_a_viewer_that_waits_for_its_welcome_is_told_too(self, hub: Hub, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.connected(stream.ws_url) as client:
                await asyncio.gather(hub.aclose(), client.close_code())

        asyncio.run(watch())

    def test_many_threads_may_close_at_once(self, hub: Hub, stream: Stream) -> None:
        threads = [threading.Thread(target=close) for close in (hub.close, stream.close) * 5]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert hub.closed
        eventually(lambda: not hub_threads())

    def test_all_hubs_share_one_thread(self, make_hub: Any) -> None:
        hubs = [make_hub() for _ in range(5)]
        assert len(hub_threads()) == 1
        for hub in hubs[:-1]:
            hub.close()
        assert len(hub_threads()) == 1
        hubs[-1].close()
        eventually(lambda: not hub_threads())

    def test_a_hub_may_be_used_in_an_async_with(self) -> None:
        async def use() -> Hub:
            async with Hub() as hub:
                assert published(hub.add_stream("scene", 8, 8), card()) == 1
            async with await Hub().astart() as other:
                assert other.port
            assert other.closed
            return hub

        assert asyncio.run(use()).closed

    def test_a_hub_that_could_not_start_leaves_nothing_and_may_try_again(self, hub: Hub) -> None:
        second = Hub(listen=ListenOptions(port=hub.port))
        with pytest.raises(OSError, match="taken"):
            second.start()
        with pytest.raises(OSError, match="taken"):
            asyncio.run(second.astart())
        hub.close()
        assert second.start().port == hub.port
        second.close()

    def test_closing_on_the_hub_s_own_thread_is_an_error_and_the_hub_lives_on(self, make_hub: Any) -> None:
        problems: list[Exception] = []

        async def close_from_within(context: object) -> str:
            for close in (hub.close, stream.close):
                try:
                    close()
                except RuntimeError as exc:
                    problems.append(exc)
            return "ann"

        hub = make_hub(authenticate=close_from_within)
        stream = hub.add_stream("scene", 8, 8)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card()))

        asyncio.run(watch())
        assert len(problems) == 2
        assert not hub.closed
        assert hub.streams == ["scene"]


class TestForgotten:
    def test_a_hub_is_found_by_its_port_while_it_is_open(self, hub: Hub) -> None:
        assert Hub.on_port(hub.port) is hub
        hub.close()
        assert Hub.on_port(hub.port) is None

    def test_a_hub_that_is_only_known_by_its_port_goes_on(self, make_hub: Any) -> None:
        port = Hub().start().port
        gc.collect()
        forgotten = Hub.on_port(port)
        assert forgotten is not None
        assert published(forgotten.add_stream("scene", 8, 8), card()) == 1
        forgotten.close()

    def test_a_closed_hub_can_be_forgotten_with_its_streams(self) -> None:
        hub = Hub().start()
        stream = hub.add_stream("scene", 8, 8)

        async def watch(stream: Stream) -> None:
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card()))

        asyncio.run(watch(stream))
        hub.close()
        left = [weakref.ref(hub), weakref.ref(stream)]
        del hub, stream
        eventually(lambda: gc.collect() >= 0 and [ref() for ref in left] == [None, None])


class TestWarning:
    def started(self, host: str, **access: Any) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            Hub(listen=ListenOptions(host=host), access=AccessOptions(**access)).start().close()
        return [str(w.message) for w in caught]

    def test_a_hub_that_is_open_to_the_network_warns(self) -> None:
        (message,) = self.started("0.0.0.0", token=False)
        assert message.startswith("every client that reaches 0.0.0.0:")

    @pytest.mark.parametrize(
        ("host", "access"),
        [
            ("0.0.0.0", {}),
            ("0.0.0.0", {"token": "x" * 16}),
            ("0.0.0.0", {"token": False, "authenticate": lambda context: "ann"}),
            ("127.0.0.1", {"token": False}),
            ("localhost", {"token": False}),
        ],
    )
    def test_a_hub_that_asks_or_is_this_machine_s_alone_does_not(self, host: str, access: dict[str, Any]) -> None:
        assert self.started(host, **access) == []


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_hub_itself(make: Any) -> None:
    hub = Hub()
    assert make(hub) is hub
    assert make([hub])[0] is hub


def test_a_hub_that_is_sent_to_another_process_says_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"stays in its process.*send arrays"):
        pickle.dumps(Hub())


def test_a_hub_binds_to_this_machine_unless_told_otherwise() -> None:
    assert Hub().host == "127.0.0.1"
