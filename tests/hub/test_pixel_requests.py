import asyncio
import base64
import logging
import threading
from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pytest
from carried import Carried
from support import IMAGES, RawClient, aeventually, card, eventually, noise, published

from marimo_rfb.hub import pixel_requests
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream import encoder_pool
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import (
    AskHistogram,
    AskTime,
    Capture,
    CaptureHeader,
    Contrast,
    Histogram,
    Inspect,
    Pixels,
    RequestFailed,
    SetContrast,
    Time,
)


def pixels_of(answer: Pixels) -> npt.NDArray[np.uint8]:
    data = np.frombuffer(base64.b64decode(answer.data), np.uint8)
    return data.reshape(answer.height, answer.width, answer.channels)


Answer = TypeVar("Answer", Histogram, RequestFailed)


class Busy:
    """Keeps the thread that encodes captures busy, until it is let go."""

    def __init__(self) -> None:
        self._released = threading.Event()
        began = threading.Event()
        encoder_pool.submit_in_background(lambda: began.set() or self._released.wait(60), stream=self)
        assert began.wait(20)

    def release(self) -> None:
        self._released.set()
        encoder_pool.submit_in_background(lambda: None, stream=self).result(20)  # what waited has been done


@pytest.fixture
def busy() -> Iterator[Busy]:
    busy = Busy()
    yield busy
    busy.release()


class TestInspect:
    @pytest.mark.parametrize("channels", [3, 4])
    @pytest.mark.parametrize(
        ("x", "y", "rect"),
        [
            (30, 20, (25, 15, 11, 11)),
            (0, 0, (0, 0, 6, 6)),
            (63, 47, (58, 42, 6, 6)),
            (2, 47, (0, 42, 8, 6)),
            (60, 5, (55, 0, 9, 11)),
        ],
    )
    def test_the_pixels_around_one_come_as_they_were_published(
        self, stream: Stream, x: int, y: int, rect: tuple[int, int, int, int], channels: int
    ) -> None:
        pixels = np.random.default_rng(1).integers(0, 256, (48, 64, channels), dtype=np.uint8)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:  # by JPEG, in which none of them would be the same
                stream.publish(card())
                seq = published(stream, pixels)
                await client.say(Inspect(id=7, x=x, y=y))
                answer = await client.next_control(Pixels)
                assert (answer.id, answer.seq) == (7, seq)
                left, top, width, height = rect
                assert (answer.x, answer.y, answer.width, answer.height) == rect
                np.testing.assert_array_equal(pixels_of(answer), pixels[top : top + height, left : left + width])

        asyncio.run(watch())

    def test_of_a_frame_of_one_pixel_that_pixel_comes(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.publish(np.array([[[1, 2, 3]]], np.uint8))
                await client.say(Inspect(id=1, x=0, y=0))
                assert pixels_of(await client.next_control(Pixels)).tolist() == [[[1, 2, 3]]]

        asyncio.run(watch())

    @pytest.mark.parametrize(
        ("data", "values"),
        [
            (np.array([[1, 65535]], np.uint16), ("1", "65535")),
            (np.array([[0.1, np.nan]], np.float32), ("0.1", "nan")),
            (np.ma.masked_equal(np.array([[3, -4]]), 3), ("masked", "-4")),
            (np.zeros((1, 2, 3), np.uint8), None),
        ],
    )
    def test_of_numbers_the_text_comes_too(self, stream: Stream, data: Any, values: object) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.publish(data)
                await client.say(Inspect(id=1, x=1, y=0))
                answer = await client.next_control(Pixels)
                assert answer.values == values
                assert stream.newest is not None
                np.testing.assert_array_equal(pixels_of(answer), stream.newest.pixels)

        asyncio.run(watch())

    @pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (64, 0), (0, 48), (-(2**53), 2**53)])
    def test_outside_the_frame_there_is_nothing(self, stream: Stream, x: int, y: int) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.publish(card())
                await client.say(Inspect(id=2, x=x, y=y))
                assert await client.next_control(RequestFailed) == RequestFailed(id=2, reason="the frame is 64 x 48")

        asyncio.run(watch())

    def test_before_the_first_frame_there_is_nothing(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(Inspect(id=3, x=0, y=0))
                assert await client.next_control(RequestFailed) == RequestFailed(
                    id=3, reason="nothing was published yet"
                )

        asyncio.run(watch())

    def test_a_socket_that_is_full_gets_no_pixels(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        stream.publish(card())
        viewer.has_room = False
        viewer.say(Inspect(id=4, x=0, y=0))
        answer = RequestFailed(id=4, reason="the send buffer is full")
        eventually(lambda: answer in viewer.control)


class TestCapture:
    def heard(self, viewer: Carried) -> None:
        """Wait until all that `viewer` said was heard."""
        viewer.say(AskTime(sent_ms=1))
        eventually(lambda: any(isinstance(message, Time) for message in viewer.control))

    @pytest.mark.parametrize("channels", [3, 4])
    def test_the_newest_frame_comes_as_it_was_published(self, stream: Stream, channels: int) -> None:
        pixels = np.random.default_rng(1).integers(0, 256, (48, 64, channels), dtype=np.uint8)

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.publish(card())
                seq = published(stream, pixels)
                await client.say(Capture(id=9))
                capture = await client.next_capture()
                assert capture.header == CaptureHeader(id=9, seq=seq, width=64, height=48, mime="image/png")
                np.testing.assert_array_equal(capture.pixels, pixels)

        asyncio.run(watch())

    def test_before_the_first_frame_there_is_none(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(Capture(id=1))
                assert await client.next_control(RequestFailed) == RequestFailed(
                    id=1, reason="nothing was published yet"
                )

        asyncio.run(watch())

    def test_pictures_go_on_while_one_is_encoded_and_a_second_is_refused(self, stream: Stream, busy: Busy) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                asked_for = published(stream, card(seed=1))
                await client.picture(asked_for)
                await client.say(Capture(id=1))
                await client.say(Capture(id=2))
                refused = await client.next_control(RequestFailed)
                assert refused == RequestFailed(id=2, reason="another capture is running")
                for seed in range(2, 12):
                    await client.picture(published(stream, card(seed=seed)))
                assert not client.captures
                await asyncio.to_thread(busy.release)
                capture = await client.next_capture()
                assert capture.seq == asked_for
                np.testing.assert_array_equal(capture.pixels, card(seed=1))
                await client.picture(published(stream, card(seed=12)))
                await client.say(Capture(id=3))
                assert (await client.next_capture()).header.id == 3  # type: ignore[union-attr]

        asyncio.run(watch())

    def test_another_viewer_s_capture_is_its_own(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as one, RawClient.watching(stream) as other:
                seq = published(stream, card())
                for client in (one, other):
                    await client.say(Capture(id=5))
                for client in (one, other):
                    assert (await client.next_capture()).seq == seq
                    await client.barrier(stream)
                    assert not client.captures

        asyncio.run(watch())

    def test_it_takes_no_credit_and_needs_no_ack(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card(seed=1)))
                for number in range(3):
                    await client.say(Capture(id=number))
                    await client.next_capture()
                for seed in (2, 3):  # as many as fit into a window, without an ack
                    seq = published(stream, card(seed=seed))
                    assert (await client.next_picture()).seq == seq

        asyncio.run(watch())

    def test_each_question_is_answered_once(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                stream.publish(noise(640, 480))
                for number in range(40):
                    await client.say(Capture(id=number) if number % 2 else Inspect(id=number, x=1, y=1))
                answers: list[int] = []
                while len(answers) < 40:
                    await client.barrier(stream)
                    answers += [c.header.id for c in client.captures]  # type: ignore[union-attr]
                    answers += [c.id for c in client.control if isinstance(c, (Pixels, RequestFailed))]
                    client.captures.clear()
                    client.control.clear()
                assert sorted(answers) == list(range(40))

        asyncio.run(watch())

    def test_a_viewer_that_goes_meanwhile_is_no_error(
        self, stream: Stream, busy: Busy, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream) as other:
                await other.picture(published(stream, card(seed=1)))
                async with RawClient.watching(stream) as client:
                    await client.say(Capture(id=1))
                    await client.say(AskTime(sent_ms=1))
                    await client.next_control(Time)  # so it was heard
                    client.socket.transport.abort()
                await aeventually(lambda: stream.client_count == 1)
                await asyncio.to_thread(busy.release)
                await other.picture(published(stream, card(seed=2)))
                await other.say(Capture(id=2))
                assert (await other.next_capture()).seq == 2

        asyncio.run(watch())
        assert not [r for r in caplog.records if r.levelno >= logging.WARNING]

    def test_for_a_viewer_that_has_gone_nothing_is_encoded(
        self, stream: Stream, busy: Busy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        saved: list[Any] = []
        viewer = Carried.watching(stream)
        viewer.newest(published(stream, card()))
        viewer.say(Capture(id=1))
        self.heard(viewer)
        viewer.bridge.connection_lost()
        eventually(lambda: stream.client_count == 0)
        monkeypatch.setattr(pixel_requests, "encode_screenshot", lambda *_: saved.append(1))
        busy.release()
        assert saved == []

    def test_a_hub_that_closes_meanwhile_is_no_error(
        self, hub: Hub, stream: Stream, busy: Busy, caplog: pytest.LogCaptureFixture
    ) -> None:
        viewer = Carried.watching(stream)
        stream.publish(card())
        viewer.say(Capture(id=1))
        self.heard(viewer)
        hub.close()
        busy.release()
        eventually(lambda: viewer.closed)
        assert not [r for r in caplog.records if r.levelno >= logging.WARNING]

    def test_a_socket_that_is_full_gets_none(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        stream.publish(card())
        viewer.has_room = False
        viewer.say(Capture(id=1))
        eventually(lambda: RequestFailed(id=1, reason="the send buffer is full") in viewer.control)

    def test_a_socket_that_filled_meanwhile_gets_none_and_the_newest_picture_when_it_has_room(
        self, stream: Stream, busy: Busy
    ) -> None:
        viewer = Carried.watching(stream)
        viewer.newest(published(stream, card(seed=1)))
        viewer.say(Capture(id=1))
        self.heard(viewer)
        viewer.has_room = False
        held_back = published(stream, card(seed=2))
        busy.release()
        eventually(lambda: RequestFailed(id=1, reason="the send buffer is full") in viewer.control)
        assert viewer.pictures[-1].seq == 1
        viewer.has_room = True  # and no ack will tell of it
        eventually(lambda: viewer.pictures[-1].seq == held_back)

    def test_a_frame_that_cannot_be_encoded_is_said_and_logged(
        self, stream: Stream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise OSError("no memory left")

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                await client.picture(published(stream, card(seed=1)))
                with monkeypatch.context() as patch:
                    patch.setattr(pixel_requests, "encode_screenshot", fail)
                    await client.say(Capture(id=1))
                    assert await client.next_control(RequestFailed) == RequestFailed(
                        id=1, reason="the frame cannot be encoded"
                    )
                await client.say(Capture(id=2))
                assert (await client.next_capture()).seq == 1

        asyncio.run(watch())
        (record,) = [r for r in caplog.records if r.levelno >= logging.ERROR]
        assert "no memory left" in (record.exc_text or "")

    def test_an_existing_client_gets_none(self, stream: Stream) -> None:
        async def watch() -> None:
            async with RawClient.watching(stream, supported=IMAGES) as client:
                await client.picture(published(stream, card(seed=1)))
                await client.say(Capture(id=1))
                await client.say(Inspect(id=2, x=1, y=1))
                await client.picture(published(stream, card(seed=2)))
                assert not client.captures
                assert not [c for c in client.control if isinstance(c, (Pixels, RequestFailed))]

        asyncio.run(watch())


class TestHistogram:
    def ask(self, stream: Stream, data: Any, *, answer: type[Answer]) -> Answer:
        async def watch() -> Answer:
            async with RawClient.watching(stream) as client:
                stream.publish(data)
                await client.say(AskHistogram(id=7))
                return await client.next_control(answer)

        return asyncio.run(watch())

    def test_the_numbers_of_the_newest_frame_are_counted(self, stream: Stream) -> None:
        answer = self.ask(stream, np.array([[3, 3, 5, 6]], np.uint16), answer=Histogram)
        assert stream.newest is not None
        assert (answer.id, answer.seq) == (7, stream.newest.seq)
        assert (answer.low, answer.high, answer.counts) == (2.5, 6.5, (2, 0, 1, 1))

    @pytest.mark.parametrize("data", [np.linspace(0, 1, 4800).reshape(48, 100), np.array([[-1e308, 1.7e308, np.inf]])])
    def test_any_numbers_can_be_told(self, stream: Stream, data: Any) -> None:
        assert len(self.ask(stream, data, answer=Histogram).counts) == 256

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (np.zeros((2, 2, 3), np.uint8), "the frame has colors"),
            (np.full((2, 2), np.nan), "the frame has no finite numbers"),
        ],
    )
    def test_without_numbers_there_is_none(self, stream: Stream, data: Any, reason: str) -> None:
        assert self.ask(stream, data, answer=RequestFailed) == RequestFailed(id=7, reason=reason)

    def test_before_the_first_frame_there_is_none(self, stream: Stream) -> None:
        viewer = Carried.watching(stream)
        viewer.say(AskHistogram(id=1))
        eventually(lambda: RequestFailed(id=1, reason="nothing was published yet") in viewer.control)

    def test_one_is_made_at_a_time(self, stream: Stream, busy: Busy) -> None:
        viewer = Carried.watching(stream)
        stream.publish(np.zeros((2, 2)))
        for number in (1, 2):
            viewer.say(AskHistogram(id=number))
        eventually(lambda: RequestFailed(id=2, reason="another histogram is being made") in viewer.control)
        busy.release()
        eventually(lambda: any(isinstance(each, Histogram) and each.id == 1 for each in viewer.control))

    def test_for_a_viewer_that_has_gone_nothing_is_an_error(
        self, hub: Hub, stream: Stream, busy: Busy, caplog: pytest.LogCaptureFixture
    ) -> None:
        viewer = Carried.watching(stream)
        stream.publish(np.zeros((2, 2)))
        viewer.say(AskHistogram(id=1))
        viewer.say(AskTime(sent_ms=1))
        eventually(lambda: any(isinstance(each, Time) for each in viewer.control))
        hub.close()
        busy.release()
        eventually(lambda: viewer.closed)
        assert not [r for r in caplog.records if r.levelno >= logging.WARNING]

    def test_one_that_cannot_be_made_is_said_and_logged(
        self, stream: Stream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: Any) -> None:
            raise MemoryError("no memory left")

        monkeypatch.setattr(pixel_requests, "histogram_of", fail)
        told = self.ask(stream, np.zeros((2, 2)), answer=RequestFailed)
        assert told == RequestFailed(id=7, reason="the histogram cannot be made")
        assert "no memory left" in caplog.text


def test_a_user_s_contrast_is_shown_to_all_viewers_and_told(stream: Stream) -> None:
    async def watch() -> None:
        async with RawClient.watching(stream) as one, RawClient.watching(stream) as other:
            stream.publish(np.array([[0.0, 50.0, 100.0]]))
            for client in (one, other):
                assert await client.next_control(Contrast) == Contrast(dtype="float64")
            await one.say(SetContrast(vmin=0.0, vmax=100.0, cmap="viridis"))
            for client in (one, other):
                wanted = Contrast(dtype="float64", vmin=0.0, vmax=100.0, cmap="viridis", fixed=True)
                assert await client.next_control(Contrast) == wanted
            await one.say(SetContrast(vmin=7.0, vmax=1.0))
            await one.barrier(stream)

    asyncio.run(watch())
    assert (stream.options.vmin, stream.options.vmax, stream.options.cmap) == (0, 100, "viridis")
