import asyncio
import inspect
import itertools
import logging
import re
from typing import Any

import numpy as np
import pytest
from marimo._runtime.control_flow import MarimoStopError
from support import Owner, RawClient, aeventually, card, simulated

from marimo_rfb.errors import OptionError, RfbError, StreamClosed
from marimo_rfb.hub.serve import serve, serve_server
from marimo_rfb.notebook.publishing import publish_loop
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream


def picture() -> Any:
    return np.zeros((4, 4, 3), np.uint8)


def test_fps_is_keyword_only_and_30() -> None:
    fps = inspect.signature(publish_loop).parameters["fps"]
    assert fps.kind is inspect.Parameter.KEYWORD_ONLY
    assert fps.default == 30


@pytest.mark.parametrize("fps", [0.5, 1, 10, 30, 60, 1000])
def test_fps_governs_the_rate(stream: Stream, fps: float) -> None:
    async def run() -> None:
        task = publish_loop(stream, picture, fps=fps)
        await asyncio.sleep(4.0)
        task.cancel()

    simulated(run())
    assert abs(stream.stats.published - 4 * fps) <= 1


def test_the_task_is_there_at_once_and_nothing_was_rendered_yet(stream: Stream) -> None:
    async def run() -> None:
        task = publish_loop(stream, picture)
        assert isinstance(task, asyncio.Task)
        assert task.get_name() == "publish scene"
        assert stream.stats.published == 0
        await asyncio.sleep(0)
        assert stream.stats.published == 1
        task.cancel()

    simulated(run())


def test_a_slow_render_lowers_the_rate_and_late_frames_are_not_caught_up_with(stream: Stream) -> None:
    calls: list[float] = []

    async def render() -> Any:
        now_s = asyncio.get_running_loop().time()
        calls.append(now_s)
        await asyncio.sleep(0.5 if 1.0 <= now_s < 3.0 else 0.0)
        return picture()

    async def run() -> None:
        task = publish_loop(stream, render, fps=10)
        await asyncio.sleep(5.0)
        task.cancel()

    simulated(run())
    gaps = [b - a for a, b in itertools.pairwise(calls)]
    assert min(gaps) > 0.05
    assert sum(1.0 <= call < 3.0 for call in calls) == 4
    assert sum(3.05 <= call <= 4.95 for call in calls) == pytest.approx(19, abs=1)


def test_a_coroutine_function_and_a_function_that_returns_an_awaitable_will_do(stream: Stream) -> None:
    async def render() -> Any:
        await asyncio.sleep(0)
        return picture()

    async def run() -> None:
        for function in (render, lambda: render()):
            before = stream.stats.published
            task = publish_loop(stream, function)
            await aeventually(lambda before=before: stream.stats.published > before)
            task.cancel()

    asyncio.run(run())


def test_cancelling_ends_the_loop_without_a_trace(stream: Stream, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        task = publish_loop(stream, picture)
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        published = stream.stats.published
        await asyncio.sleep(1.0)
        assert stream.stats.published == published

    simulated(run())
    assert caplog.records == []


def test_a_closed_stream_ends_the_loop(stream: Stream, owner: Owner) -> None:
    async def run() -> None:
        task = publish_loop(stream, picture)
        await asyncio.sleep(0.1)
        feed_of(stream).close()
        await asyncio.sleep(0.1)
        assert task.done()
        assert task.result() is None  # type: ignore[func-returns-value]

    simulated(run())
    assert owner.notices == []


def test_a_closed_stream_ends_the_loop_of_a_render_that_always_raises(stream: Stream) -> None:
    async def run() -> None:
        task = publish_loop(stream, lambda: 1 / 0)
        await asyncio.sleep(0.1)
        feed_of(stream).close()
        await asyncio.sleep(0.1)
        assert task.done()

    simulated(run())


def test_an_error_is_shown_and_logged_once_and_the_loop_goes_on(
    stream: Stream, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def render() -> Any:
        calls.append(1)
        if 3 <= len(calls) < 8:
            raise ValueError("no such colour")
        return picture()

    async def run() -> None:
        task = publish_loop(stream, render, fps=10)
        await asyncio.sleep(1.45)
        assert not task.done()
        task.cancel()

    simulated(run())
    assert len(calls) == 15
    assert stream.stats.published == 10
    told, taken_back = owner.notices
    assert re.fullmatch(r'ValueError: no such colour\nrender, line \d+: raise ValueError\("no such colour"\)', told)
    assert taken_back == ""
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)


def test_another_error_is_told_again(stream: Stream, owner: Owner) -> None:
    errors = iter([ValueError("a"), ValueError("a"), ValueError("b"), TypeError("b"), ValueError("a")])

    def render() -> Any:
        raise next(errors)

    async def run() -> None:
        task = publish_loop(stream, render, fps=10)
        await asyncio.sleep(0.45)
        task.cancel()

    simulated(run())
    told = [notice.partition("\n")[0] for notice in owner.notices]
    assert told == ["ValueError: a", "ValueError: b", "TypeError: b", "ValueError: a"]


class Panic(BaseException):
    """As libraries in Rust raise."""


class Unreadable(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize("as_coroutine", [False, True])
@pytest.mark.parametrize(
    ("exc", "told"),
    [
        (SystemExit("no more frames"), "SystemExit: no more frames"),
        (MarimoStopError(None), "mo.stop ends the run of a cell"),
        (GeneratorExit(), "GeneratorExit"),
        (Panic("oops"), "Panic: oops"),
        (asyncio.CancelledError("of another task"), "CancelledError: of another task"),
        (Unreadable(), "Unreadable: (its message could not be read: ZeroDivisionError)"),
        (BaseExceptionGroup("several", [Panic()]), "BaseExceptionGroup: several"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_is_raised_is_shown_and_the_loop_goes_on(
    stream: Stream, owner: Owner, exc: BaseException, told: str, as_coroutine: bool
) -> None:
    calls = itertools.count()

    def render() -> Any:
        if next(calls) == 1:
            raise exc
        return picture()

    async def coroutine() -> Any:
        await asyncio.sleep(0)
        return render()

    async def run() -> None:
        task = publish_loop(stream, coroutine if as_coroutine else render, fps=10)
        await asyncio.sleep(0.45)
        assert not task.done()
        task.cancel()
        await asyncio.sleep(0)
        assert task.cancelled()

    simulated(run())
    assert stream.stats.published == 4
    assert owner.notices[0].startswith(told)
    assert owner.notices[1:] == [""]


def test_an_interrupt_ends_the_loop_and_nothing_else(stream: Stream, owner: Owner) -> None:
    def render() -> Any:
        raise KeyboardInterrupt

    async def run() -> None:
        task = publish_loop(stream, render, fps=10)
        await asyncio.sleep(0.2)
        assert task.done()
        assert task.exception() is None

    simulated(run())
    (told,) = owner.notices
    assert told.startswith("KeyboardInterrupt: ")


def test_cancelling_ends_it_while_a_render_awaits(stream: Stream, owner: Owner) -> None:
    async def run() -> None:
        task = publish_loop(stream, lambda: asyncio.sleep(60), fps=10)
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.sleep(0)
        assert task.cancelled()

    simulated(run())
    assert owner.notices == []


@pytest.mark.parametrize("rendered", [None, np.zeros((5, 5, 7), np.uint8), "picture.png"])
def test_what_cannot_be_shown_is_an_error_of_the_render(stream: Stream, owner: Owner, rendered: Any) -> None:
    async def run() -> None:
        task = publish_loop(stream, lambda: rendered)
        await asyncio.sleep(0.2)
        assert not task.done()
        task.cancel()

    simulated(run())
    assert len(owner.notices) == 1
    assert owner.notices[0].startswith("FrameError: frame must be")


@pytest.mark.parametrize("fps", [0, -1, 1001, float("nan"), float("inf"), "30", None])
def test_an_fps_that_makes_no_sense_is_refused(stream: Stream, fps: Any) -> None:
    async def run() -> None:
        publish_loop(stream, picture, fps=fps)

    with pytest.raises(OptionError, match="fps is above 0 and at most 1000"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("start", "name"), [(lambda: serve(64, 48), "serve"), (serve_server, "serve_server")], ids=["serve", "serve_server"]
)
def test_a_server_that_was_not_awaited_is_told_so_and_warns_of_nothing(start: Any, name: str) -> None:
    with pytest.raises(OptionError, match=rf"write `await rfb\.{name}\(\.\.\.\)`"):
        publish_loop(start(), picture)


def test_what_is_no_stream_is_refused() -> None:
    with pytest.raises(OptionError, match="publish_loop takes a Stream, got ndarray"):
        publish_loop(picture(), picture)


def test_a_stream_that_was_closed_is_refused(stream: Stream) -> None:
    feed_of(stream).close()
    with pytest.raises(StreamClosed, match=r"was closed; make a new one"):
        publish_loop(stream, picture)


def test_a_picture_instead_of_a_function_is_refused(stream: Stream) -> None:
    async def run() -> None:
        publish_loop(stream, picture())

    with pytest.raises(OptionError, match="render is a function without arguments, got ndarray"):
        asyncio.run(run())


def test_without_a_running_loop_there_is_one_clear_error(stream: Stream) -> None:
    with pytest.raises(RfbError, match="needs a running event loop"):
        publish_loop(stream, picture)


def test_what_is_rendered_is_what_a_viewer_sees() -> None:
    async def run() -> None:
        stream = await serve(64, 48, formats=("image/png",))
        task = publish_loop(stream, lambda: card(seed=stream.stats.published), fps=100)
        async with RawClient.watching(stream) as client:
            for _ in range(5):
                picture = await client.next_picture()
                np.testing.assert_array_equal(picture.pixels, card(seed=picture.seq - 1))
                await client.ack(picture.seq)
        await stream.aclose()
        await asyncio.wait_for(task, 20)

    asyncio.run(run())
