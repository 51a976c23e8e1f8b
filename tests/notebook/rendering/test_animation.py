import asyncio
import multiprocessing
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marimo._runtime.control_flow import MarimoStopError
from PIL import Image
from shades import refuse, shade
from support import Desk, Owner, act, eventually

from marimo_rfb.errors import OptionError, StreamClosed
from marimo_rfb.frame import Frame
from marimo_rfb.notebook.rendering import animation, ordered_render_queue
from marimo_rfb.notebook.rendering.animation import Animation, AnimationOptions
from marimo_rfb.notebook.rendering.render_function import RenderFunction, Tick
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream

# A power of two, so that sixteenths of seconds add up to what the pacer computes.
FPS = 16
SPACING_S = 1 / FPS

Begin = Callable[..., Animation]


def grey(level: float) -> Any:
    return np.full((4, 4, 3), int(level) % 256, np.uint8)


class Clock:
    """The time and who looks on, and word to the animation when either changes."""

    def __init__(self, stream: Stream) -> None:
        self._now_s = 1000.0
        self._changes = 0
        self._audience = stream.audience

    def monotonic(self) -> float:
        return self._now_s

    perf_counter = monotonic

    def let(self, passed_s: float) -> None:
        """Let time pass."""
        self._now_s += passed_s
        self.watch(self._audience.watching)

    def watch(self, watching: int, *, size: tuple[int, int] | None = None) -> None:
        """Have so many people watch."""
        self._changes += 1  # an update that changes nothing would go unnoticed
        self._audience.update(viewers=self._changes, watching=watching, size=size or self._audience.size)


class Scene:
    """A function that renders, and what it was called with."""

    def __init__(self, level: int = 0) -> None:
        self.ticks: list[Tick] = []
        self._level = level

    def __call__(self, t: float, tick: Tick) -> Any:
        assert tick.t == t
        self.ticks.append(tick)
        return grey(self._level)

    @property
    def times(self) -> list[float]:
        return [tick.t for tick in self.ticks]

    def called(self, times: int) -> None:
        """Wait until it was called so often."""
        eventually(lambda: len(self.ticks) >= times)
        assert len(self.ticks) == times


@pytest.fixture
def clock(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(stream)
    monkeypatch.setattr(animation, "time", clock)
    return clock


@pytest.fixture
def begin(stream: Stream) -> Iterator[Begin]:
    """Return a function that begins an animation which ends with the test."""
    begun: list[Animation] = []

    def begin(function: Callable[..., Any], **options: Any) -> Animation:
        begun.append(Animation(stream, RenderFunction(function), AnimationOptions(**{"fps": FPS, **options})))
        return begun[-1]

    yield begin
    for each in begun:
        each.close()


@pytest.fixture
def levels(stream: Stream) -> list[int]:
    """Return the list of what is published."""
    levels: list[int] = []
    feed_of(stream).add_frame_listener(lambda frame: levels.append(level_of(frame)))
    return levels


def level_of(frame: Frame) -> int:
    return int(frame.pixels[0, 0, 0])


def swap(running: Animation, function: Callable[..., Any], **options: Any) -> None:
    running.replace_render(RenderFunction(function), AnimationOptions(**{"fps": FPS, **options}))


class TestTime:
    def test_a_tick_comes_whenever_its_time_has_come(self, begin: Begin, clock: Clock, stream: Stream) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        for n in range(1, 5):
            clock.let(SPACING_S)
            scene.called(1 + n)
        assert scene.times == [0.0, 1 / 16, 2 / 16, 3 / 16, 4 / 16]
        assert running.t == 4 / 16
        eventually(lambda: stream.stats.rendered == 5)
        assert stream.stats.skipped == 0

    def test_missed_ticks_are_left_out_and_counted(self, begin: Begin, clock: Clock, stream: Stream) -> None:
        scene = Scene()
        clock.watch(1)
        begin(scene)
        scene.called(1)
        clock.let(10 * SPACING_S)
        scene.called(2)
        assert scene.ticks[-1].t == scene.ticks[-1].dt == 10 / 16
        assert stream.stats.skipped == 9
        clock.let(SPACING_S)
        scene.called(3)
        assert stream.stats.skipped == 9

    def test_a_slow_function_is_not_called_again_before_it_has_returned(
        self, begin: Begin, clock: Clock, stream: Stream
    ) -> None:
        may_go_on, inside, most = threading.Semaphore(0), list[int](), list[int]()

        def slow(t: float) -> Any:
            inside.append(1)
            most.append(len(inside))
            assert may_go_on.acquire(timeout=20)
            inside.pop()
            return grey(0)

        clock.watch(1)
        begin(slow)
        for n in range(1, 6):
            eventually(lambda n=n: len(most) == n)
            clock.let(10 * SPACING_S)
            may_go_on.release()
        for _ in range(10):
            may_go_on.release()
        eventually(lambda: not inside)
        assert set(most) == {1}
        assert stream.stats.skipped > 0

    def test_time_that_nobody_watched_does_not_count(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        clock.watch(1)
        begin(scene)
        scene.called(1)
        clock.let(SPACING_S)
        scene.called(2)
        clock.watch(0)
        clock.let(100.0)
        clock.watch(1)
        scene.called(3)
        assert scene.times == [0.0, 1 / 16, 2 / 16]

    def test_neither_does_it_when_all_of_it_passed_during_one_call(self, begin: Begin, clock: Clock) -> None:
        inside, may_go_on, times = threading.Event(), threading.Event(), list[float]()

        def slow(t: float) -> Any:
            times.append(t)
            inside.set()
            assert may_go_on.wait(20)
            return grey(0)

        clock.watch(1)
        begin(slow)
        assert inside.wait(20)
        clock.watch(0)
        clock.let(100.0)
        clock.watch(1)
        may_go_on.set()
        eventually(lambda: times == [0.0, 1 / 16])

    def test_a_new_rate_holds_from_the_next_tick(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        running.set_fps(4)
        assert running.fps == 4
        clock.let(0.25)
        scene.called(2)
        clock.let(0.25)
        scene.called(3)
        assert scene.times == [0.0, 0.25, 0.5]

    def test_a_tick_tells_its_number_its_step_and_the_size_that_is_asked_for(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        clock.watch(1)
        begin(scene)
        scene.called(1)
        clock.watch(1, size=(800, 600))
        clock.let(2 * SPACING_S)
        scene.called(2)
        assert [(tick.index, tick.dt, tick.size) for tick in scene.ticks] == [
            (0, 0.0, None),
            (1, 2 / 16, (800, 600)),
        ]

    def test_where_the_view_is_followed_a_tick_tells_the_size_that_it_has_settled_on(
        self, begin: Begin, clock: Clock, stream: Stream
    ) -> None:
        stream.configure(resize_policy="match_client")
        scene = Scene()
        clock.watch(1)
        begin(scene)
        scene.called(1)
        clock.watch(1, size=(801, 601))
        clock.let(SPACING_S)
        scene.called(2)
        stream.audience.set_target_size((800, 600))
        clock.let(SPACING_S)
        scene.called(3)
        assert [tick.size for tick in scene.ticks] == [(64, 48), (64, 48), (800, 600)]


class TestHidden:
    def test_a_picture_nobody_watches_is_rendered_once_and_its_time_stands_still(
        self, begin: Begin, clock: Clock
    ) -> None:
        scene = Scene()
        running = begin(scene)
        scene.called(1)
        clock.let(100.0)
        running.seek(5.0)  # is owed again, so whatever was due before would have come before it
        scene.called(2)
        assert scene.times == [0.0, 5.0]
        clock.watch(1)
        scene.called(3)
        clock.let(SPACING_S)
        scene.called(4)
        assert scene.times[2:] == [5.0, 5.0 + 1 / 16]

    def test_one_that_is_to_run_goes_on(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        begin(scene, when_hidden="run")
        scene.called(1)
        clock.let(SPACING_S)
        scene.called(2)
        clock.watch(1)
        clock.watch(0)
        clock.let(SPACING_S)
        scene.called(3)
        assert scene.times == [0.0, 1 / 16, 2 / 16]


class TestPauseAndSeek:
    def test_a_paused_one_stands_still_until_it_plays(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        running.pause()
        assert not running.playing
        clock.let(100.0)
        running.play()
        assert running.playing
        scene.called(2)
        assert scene.times == [0.0, 1 / 16]

    def test_a_jump_while_it_is_paused_shows_at_once_and_goes_on_from_there(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        running.pause()
        running.seek(7.5)
        scene.called(2)
        assert running.t == 7.5
        running.seek(-1)
        scene.called(3)
        running.play()
        scene.called(4)
        clock.let(SPACING_S)
        scene.called(5)
        assert scene.times[1:] == [7.5, -1.0, -1.0, -1.0 + 1 / 16]

    def test_a_new_size_is_rendered_while_it_is_paused_where_the_view_is_followed(
        self, begin: Begin, clock: Clock, stream: Stream, levels: list[int]
    ) -> None:
        stream.configure(resize_policy="match_client")
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        running.pause()
        for calls, size in ((2, (800, 600)), (3, (900, 600))):
            stream.audience.set_target_size(size)
            scene.called(calls)
            eventually(lambda calls=calls: len(levels) == calls)
        stream.audience.set_target_size((900, 600))
        clock.watch(2, size=(901, 601))  # a view that has not rested
        clock.let(10.0)
        assert [tick.size for tick in scene.ticks] == [(64, 48), (800, 600), (900, 600)]
        assert scene.times == [0.0, 0.0, 0.0]

    def test_a_view_that_is_not_followed_leaves_a_paused_one_alone(
        self, begin: Begin, clock: Clock, stream: Stream
    ) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        running.pause()
        clock.watch(1, size=(800, 600))
        stream.audience.set_target_size((800, 600))
        running.seek(5.0)  # what comes next is what was asked for here
        scene.called(2)
        assert scene.times == [0.0, 5.0]

    def test_a_jump_that_is_followed_by_a_pause_shows_too(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        running.seek(7.5)
        running.pause()
        scene.called(2)
        assert scene.times[1] == 7.5

    def test_a_jump_while_it_plays_shows_with_the_next_tick(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        running.seek(50.0)
        clock.let(SPACING_S)
        scene.called(2)
        clock.let(SPACING_S)
        scene.called(3)
        assert [(tick.t, tick.dt) for tick in scene.ticks[1:]] == [(50.0, 0.0), (50.0 + 1 / 16, 1 / 16)]

    def test_a_jump_of_a_slow_one_does_not_wait_for_its_tick(self, begin: Begin, clock: Clock) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene, fps=0.5)
        scene.called(1)
        running.seek(50.0)
        scene.called(2)
        assert scene.times[1] == 50.0

    @pytest.mark.parametrize("t", [float("nan"), float("inf"), -float("inf"), "5", None, True, 1j])
    def test_a_time_that_is_none_is_refused(self, begin: Begin, clock: Clock, t: Any) -> None:
        running = begin(Scene())
        with pytest.raises(OptionError, match="t is a number of seconds, got"):
            running.seek(t)
        assert running.t == 0.0


class TestSwap:
    def test_time_goes_on_with_the_next_function(self, begin: Begin, clock: Clock, levels: list[int]) -> None:
        scene, other = Scene(1), Scene(2)
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        clock.let(SPACING_S)
        scene.called(2)
        swap(running, other)
        clock.let(SPACING_S)
        other.called(1)
        assert [(tick.index, tick.t, tick.dt) for tick in other.ticks] == [(2, 2 / 16, 1 / 16)]
        scene.called(2)
        eventually(lambda: levels == [1, 1, 2])

    def test_while_nobody_watches_the_next_function_is_shown_once(self, begin: Begin, clock: Clock) -> None:
        scene, other = Scene(), Scene()
        running = begin(scene)
        scene.called(1)
        running.seek(3.0)
        scene.called(2)
        swap(running, other)
        other.called(1)
        assert other.times == [3.0]

    def test_one_that_is_called_seldom_shows_the_next_function_at_once(self, begin: Begin, clock: Clock) -> None:
        scene, other = Scene(), Scene()
        clock.watch(1)
        running = begin(scene, fps=0.25)
        scene.called(1)
        swap(running, other, fps=0.25)
        other.called(1)
        assert other.times == [0.0]

    def test_the_next_function_may_come_at_another_rate(self, begin: Begin, clock: Clock) -> None:
        scene, other = Scene(), Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        swap(running, other, fps=4)
        assert running.fps == 4
        other.called(1)
        clock.let(0.25)
        other.called(2)
        assert other.times == [0.0, 0.25]

    def test_a_pause_right_after_does_not_keep_the_next_function_from_being_shown(
        self, begin: Begin, clock: Clock
    ) -> None:
        scene, other = Scene(), Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        swap(running, other)
        running.pause()
        other.called(1)

    def test_the_next_function_may_run_hidden_or_no_more(self, begin: Begin, clock: Clock) -> None:
        scene, other, last = Scene(), Scene(), Scene()
        running = begin(scene)
        scene.called(1)
        swap(running, other, when_hidden="run")
        other.called(1)
        clock.let(SPACING_S)
        other.called(2)
        swap(running, last)
        last.called(1)
        clock.let(100.0)
        running.seek(5.0)
        last.called(2)
        assert last.times == [1 / 16, 5.0]

    def test_a_call_that_runs_comes_to_its_end_first(self, begin: Begin, clock: Clock, levels: list[int]) -> None:
        inside, may_go_on, most = list[int](), threading.Event(), list[int]()

        def version(number: int) -> Callable[[float], Any]:
            def render(t: float) -> Any:
                inside.append(number)
                most.append(len(inside))
                assert may_go_on.wait(20)
                inside.remove(number)
                return grey(number)

            return render

        running = begin(version(0))
        eventually(lambda: inside)
        for number in range(1, 50):
            swap(running, version(number))
        may_go_on.set()
        eventually(lambda: levels == [0, 49])
        assert set(most) == {1}

    def test_many_threads_that_exchange_it_never_make_it_called_twice_at_once(self, begin: Begin) -> None:
        inside, most, stop = list[int](), list[int](), threading.Event()

        def render(t: float) -> Any:
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            return grey(0)

        running = begin(render, fps=1000, when_hidden="run")

        def exchange() -> None:
            while not stop.is_set():
                swap(running, render, fps=1000, when_hidden="run")
                running.seek(1.0)
                running.pause()
                running.play()

        threads = [threading.Thread(target=exchange) for _ in range(4)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(most) > 200)
        stop.set()
        for thread in threads:
            thread.join()
        assert set(most) == {1}

    def test_state_outlives_the_function(self, begin: Begin, clock: Clock) -> None:
        def count(t: float, tick: Tick) -> Any:
            tick.state["calls"] = tick.state.get("calls", 0) + 1
            return grey(tick.state["calls"])

        scene = Scene()
        running = begin(count)
        running.wait_for_picture(20)
        swap(running, scene)
        scene.called(1)
        assert scene.ticks[0].state == {"calls": 1}

    def test_what_the_state_holds_is_let_go_at_the_end(self, begin: Begin, clock: Clock) -> None:
        cameras: list[weakref.ref[Scene]] = []

        def show(t: float, tick: Tick) -> Any:
            camera = tick.state.setdefault("camera", Scene())
            cameras.append(weakref.ref(camera))
            return camera(t, tick)

        running = begin(show)
        running.wait_for_picture(20)
        (camera,) = cameras
        assert camera() is not None
        running.close()
        eventually(lambda: camera() is None)

    def test_a_function_the_options_do_not_fit_is_refused_and_the_old_one_goes_on(
        self, begin: Begin, clock: Clock
    ) -> None:
        async def view(t: float) -> Any:
            return grey(0)

        scene = Scene()
        running = begin(scene)
        scene.called(1)
        with pytest.raises(OptionError, match="an executor renders plain functions"):
            swap(running, view, executor=Desk())
        running.seek(1.0)
        scene.called(2)


class TestEvents:
    def test_a_tick_has_what_people_did_since_the_one_before(self, begin: Begin, clock: Clock, stream: Stream) -> None:
        scene = Scene()
        clock.watch(1)
        begin(scene)
        scene.called(1)
        act(stream, "key_down", key="a")
        for x in range(10):
            act(stream, "pointer_move", x=x, y=0)
        clock.let(SPACING_S)
        scene.called(2)
        clock.let(SPACING_S)
        scene.called(3)
        types = [[event.type for event in tick.events] for tick in scene.ticks]
        assert types == [[], ["key_down", "pointer_move"], []]
        assert scene.ticks[1].events[1].event["x"] == 9

    def test_polling_gets_them_too(self, begin: Begin, clock: Clock, stream: Stream) -> None:
        scene = Scene()
        running = begin(scene)
        scene.called(1)
        act(stream, "key_down", key="a")
        running.seek(0.0)
        scene.called(2)
        assert [event.type for event in scene.ticks[1].events] == ["key_down"]
        assert [event.type for event in stream.poll_events()] == ["key_down"]

    def test_after_close_nothing_waits_for_it(self, begin: Begin, stream: Stream) -> None:
        before = len(feed_of(stream)._event_queues)
        running = begin(Scene())
        assert len(feed_of(stream)._event_queues) == before + 1
        running.close()
        assert len(feed_of(stream)._event_queues) == before


class TestFunctions:
    @pytest.mark.parametrize(
        ("returned", "level"),
        [
            (np.full((4, 4), 200, np.uint8), 200),
            (np.full((4, 4, 4), 200, np.uint8), 200),
            (np.full((3, 4, 5), 200, np.uint8), 200),
            (np.full((4, 4), 1.0), 255),
            (np.ones((4, 4), bool), 255),
            (Image.new("RGB", (4, 4), (200, 0, 0)), 200),
            ([[1.0, 1.0], [0.0, 0.0]], 255),
        ],
    )
    def test_it_may_return_whatever_can_be_shown(
        self, begin: Begin, levels: list[int], returned: Any, level: int
    ) -> None:
        assert begin(lambda t: returned).wait_for_picture(20)
        assert levels == [level]

    def test_a_coroutine_function_may_wait(self, begin: Begin, clock: Clock, levels: list[int]) -> None:
        loops: set[asyncio.AbstractEventLoop] = set()

        async def view(t: float, tick: Tick) -> Any:
            await asyncio.sleep(0)
            loops.add(asyncio.get_running_loop())
            return grey(10 + tick.index)

        clock.watch(1)
        begin(view)
        eventually(lambda: len(levels) == 1)
        clock.let(SPACING_S)
        eventually(lambda: levels == [10, 11])
        assert len(loops) == 1

    def test_the_loop_of_a_coroutine_function_is_closed_with_the_animation(self, begin: Begin) -> None:
        loops: list[asyncio.AbstractEventLoop] = []

        async def view(t: float) -> Any:
            loops.append(asyncio.get_running_loop())
            return grey(0)

        running = begin(view)
        assert running.wait_for_picture(20)
        running.close()
        eventually(loops[0].is_closed)

    def test_it_goes_on_when_its_namespace_is_cleared(self, begin: Begin, clock: Clock, levels: list[int]) -> None:
        namespace: dict[str, Any] = {"__name__": "__main__", "np": np}
        source = "level = 77\ndef scene(): return np.full((4, 4, 3), level, np.uint8)\ndef view(t): return scene()"
        exec(source, namespace)
        running = begin(namespace["view"])
        assert running.wait_for_picture(20)
        namespace.clear()
        running.seek(1.0)
        eventually(lambda: levels == [77, 77])

    def test_it_runs_on_a_thread_of_its_own(self, begin: Begin, stream: Stream) -> None:
        threads: list[str] = []

        def view(t: float) -> Any:
            threads.append(threading.current_thread().name)
            return grey(0)

        assert begin(view).wait_for_picture(20)
        assert threads == [f"rfb-animate {stream.name}"]


def names_what_is_missing(t: float) -> Any:
    return no_such_name  # type: ignore[name-defined]  # noqa: F821


class Panic(BaseException):
    """As libraries in Rust raise."""


class Unreadable(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


# What a function that renders may do.
OUTCOMES = [
    *(None, "picture.png", [], {}, 5, np.zeros((0, 4)), np.zeros((5, 5, 7)), np.full((4, 4), 200.0), object()),
    *(
        SystemExit(),
        KeyboardInterrupt(),
        GeneratorExit(),
        StopIteration(),
        asyncio.CancelledError(),
        MarimoStopError(None),
    ),
    *(
        MarimoStopError(None),
        Panic(),
        Unreadable(),
        RecursionError(),
        MemoryError(),
        ValueError("x" * 100_000),
        StreamClosed("another"),
    ),
]


class TestFailure:
    def test_it_is_shown_with_its_line_and_logged_once_and_the_calls_go_on(
        self, begin: Begin, clock: Clock, stream: Stream, owner: Owner, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock.watch(1)
        begin(names_what_is_missing)
        for n in range(5):
            eventually(lambda n=n: stream.stats.render_errors == 1 + n)
            clock.let(SPACING_S)
        line = names_what_is_missing.__code__.co_firstlineno + 1
        (notice,) = owner.notices
        assert notice.startswith("NameError: name 'no_such_name' is not defined\n")
        assert f"\nnames_what_is_missing, line {line}: return no_such_name" in notice
        (record,) = caplog.records
        assert record.getMessage() == "the animation of stream 'scene' raised; it goes on"
        assert record.exc_info is not None
        assert stream.stats.published == 0

    def test_the_next_good_version_takes_it_away(
        self, begin: Begin, clock: Clock, owner: Owner, levels: list[int]
    ) -> None:
        running = begin(names_what_is_missing)
        eventually(lambda: len(owner.notices) == 1)
        swap(running, lambda t: grey(5))
        eventually(lambda: len(owner.notices) == 2)
        assert owner.notices[1] == ""
        assert levels == [5]

    def test_so_does_the_next_call_that_works(self, begin: Begin, clock: Clock, owner: Owner) -> None:
        times: list[float] = []

        def view(t: float) -> Any:
            times.append(t)
            return grey(100 / t)

        running = begin(view)
        eventually(lambda: len(owner.notices) == 1)
        for n, t in enumerate((1.0, 2.0, 0.0, 0.0, 3.0), 2):
            running.seek(t)
            eventually(lambda n=n: len(times) == n)
        eventually(lambda: len(owner.notices) == 4)
        assert [notice[:17] for notice in owner.notices] == ["ZeroDivisionError", "", "ZeroDivisionError", ""]

    def test_another_error_is_told_again(
        self, begin: Begin, clock: Clock, owner: Owner, caplog: pytest.LogCaptureFixture
    ) -> None:
        def view(t: float) -> Any:
            raise ValueError(f"at {t}")

        running = begin(view)
        eventually(lambda: len(owner.notices) == 1)
        running.seek(1.0)
        eventually(lambda: len(owner.notices) == 2)
        assert [notice.partition("\n")[0] for notice in owner.notices] == ["ValueError: at 0.0", "ValueError: at 1.0"]
        assert len(caplog.records) == 2

    @pytest.mark.parametrize("returned", [None, "picture.png", np.zeros((5, 5, 7), np.uint8)])
    def test_what_cannot_be_shown_is_an_error_of_the_function(self, begin: Begin, owner: Owner, returned: Any) -> None:
        begin(lambda t: returned)
        eventually(lambda: owner.notices)
        assert owner.notices[0].startswith("FrameError: frame must be")

    @pytest.mark.parametrize("kind", ["function", "coroutine", "executor"])
    @pytest.mark.parametrize(
        ("exc", "told"),
        [
            (SystemExit(3), "SystemExit: 3"),
            (KeyboardInterrupt(), "KeyboardInterrupt"),
            (GeneratorExit(), "GeneratorExit"),
            (asyncio.CancelledError("why"), "CancelledError: why"),
            (MarimoStopError(None), "mo.stop ends the run of a cell"),
            (Panic("oops"), "Panic: oops"),
            (Unreadable(), "Unreadable: (its message could not be read: ZeroDivisionError)"),
            (BaseExceptionGroup("several", [Panic()]), "BaseExceptionGroup: several"),
            (RuntimeError("no"), "RuntimeError: no"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_whatever_it_raises_it_goes_on(
        self, begin: Begin, clock: Clock, owner: Owner, levels: list[int], exc: BaseException, told: str, kind: str
    ) -> None:
        def view(t: float) -> Any:
            if t == 0.0:
                raise exc
            return grey(9)

        async def coroutine(t: float) -> Any:
            return view(t)

        with ThreadPoolExecutor(1) as pool:
            executor = pool if kind == "executor" else None
            running = begin(coroutine if kind == "coroutine" else view, executor=executor)
            eventually(lambda: owner.notices)
            assert owner.notices[0].startswith(told)
            running.seek(1.0)
            eventually(lambda: levels == [9])
            assert owner.notices[-1] == ""
            running.close()

    def test_floats_up_to_255_are_remarked_upon_for_as_long_as_they_come(
        self, begin: Begin, clock: Clock, stream: Stream, owner: Owner
    ) -> None:
        bright = np.linspace(0, 255, 64).reshape(8, 8)
        running = begin(lambda t: bright + t)
        for n in range(1, 4):
            eventually(lambda n=n: stream.stats.published == n)
            running.seek(float(n))
        (told,) = owner.notices
        assert told.startswith("Floats are shown from 0 to 1, and the picture has values from 0 to 255")

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.sampled_from(OUTCOMES), max_size=6))
    def test_whatever_it_does_the_next_good_picture_is_shown_and_those_of_others_are(self, outcomes: list[Any]) -> None:
        streams = [Stream(name, 4, 4, options=StreamOptions(), owner=Owner(), token="") for name in ("bad", "good")]
        coming = iter(outcomes)

        def bad(t: float) -> Any:
            outcome = next(coming, grey(7))
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        options = AnimationOptions(fps=1000, when_hidden="run")
        running = [
            Animation(each, RenderFunction(function), options)
            for each, function in zip(streams, (bad, lambda t: grey(9)), strict=True)
        ]
        try:
            eventually(lambda: [each.newest and level_of(each.newest) for each in streams] == [7, 9])
        finally:
            for each in running:
                each.close()

    def test_a_coroutine_function_s_error_is_shown_too(self, begin: Begin, owner: Owner) -> None:
        async def view(t: float) -> Any:
            raise KeyError("level")

        begin(view)
        eventually(lambda: owner.notices)
        assert owner.notices[0].startswith("KeyError: 'level'\nview, line ")

    def test_another_stream_that_is_closed_is_an_error_like_any_other(
        self, begin: Begin, clock: Clock, owner: Owner
    ) -> None:
        other = Stream("other", 4, 4, options=StreamOptions(), owner=Owner(), token="")
        feed_of(other).close()

        def view(t: float) -> Any:
            other.publish(grey(0))

        running = begin(view)
        eventually(lambda: owner.notices)
        assert owner.notices[0].startswith("StreamClosed: stream 'other' was closed")
        assert not running.closed


class TestWaitForPicture:
    def test_it_returns_when_the_function_was_called(self, begin: Begin, levels: list[int]) -> None:
        assert begin(lambda t: grey(5)).wait_for_picture(20)
        assert levels == [5]

    def test_a_function_that_raised_was_called(self, begin: Begin, owner: Owner) -> None:
        assert begin(lambda t: 1 / 0).wait_for_picture(20)
        assert len(owner.notices) == 1

    def test_it_gives_up(self, begin: Begin) -> None:
        may_go_on = threading.Event()
        running = begin(lambda t: may_go_on.wait(20) and grey(0))
        assert not running.wait_for_picture(0.0)
        may_go_on.set()
        assert running.wait_for_picture(20)

    def test_the_function_before_does_not_count(self, begin: Begin, levels: list[int]) -> None:
        first, second = threading.Event(), threading.Event()
        running = begin(lambda t: first.wait(20) and grey(1))
        swap(running, lambda t: second.wait(20) and grey(2))
        first.set()
        eventually(lambda: levels == [1])
        assert not running.wait_for_picture(0.0)
        second.set()
        assert running.wait_for_picture(20)
        assert levels == [1, 2]


class TestClose:
    def test_nothing_is_called_afterwards_and_the_thread_ends(self, begin: Begin, clock: Clock, stream: Stream) -> None:
        scene = Scene()
        clock.watch(1)
        running = begin(scene)
        scene.called(1)
        running.close()
        running.close()
        assert running.closed
        eventually(lambda: not _threads(stream))
        clock.let(100.0)
        running.play()
        running.seek(5.0)
        swap(running, scene)
        scene.called(1)

    def test_it_does_not_wait_for_a_call_that_runs_and_does_not_show_what_comes_of_it(
        self, begin: Begin, stream: Stream, levels: list[int]
    ) -> None:
        inside, may_go_on = threading.Event(), threading.Event()

        def view(t: float) -> Any:
            inside.set()
            assert may_go_on.wait(20)
            return grey(1)

        running = begin(view)
        assert inside.wait(20)
        running.close()
        stream.publish(grey(2))
        may_go_on.set()
        eventually(lambda: not _threads(stream))
        assert levels == [2]

    def test_the_function_may_close_it(self, begin: Begin, stream: Stream) -> None:
        running: list[Animation] = []
        begun = threading.Event()

        def view(t: float) -> Any:
            assert begun.wait(20)
            running[0].close()
            return grey(0)

        running.append(begin(view))
        begun.set()
        eventually(lambda: not _threads(stream))

    def test_a_closed_stream_ends_it_without_a_word(
        self, begin: Begin, clock: Clock, stream: Stream, owner: Owner, caplog: pytest.LogCaptureFixture
    ) -> None:
        scene = Scene()
        running = begin(scene)
        scene.called(1)
        feed_of(stream).close()
        with pytest.raises(StreamClosed):
            stream.publish(grey(0))
        running.seek(1.0)
        eventually(lambda: running.closed)
        eventually(lambda: not _threads(stream))
        assert owner.notices == []
        assert caplog.records == []


def _threads(stream: Stream) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"rfb-animate {stream.name}"]


class TestExecutor:
    def test_pictures_are_shown_in_the_order_of_their_ticks(
        self, begin: Begin, clock: Clock, levels: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ordered_render_queue, "MAX_IN_FLIGHT", 4)
        desk = Desk()
        clock.watch(1)
        begin(lambda t: grey(0), executor=desk)
        for n in range(1, 4):
            eventually(lambda n=n: len(desk.futures) == n)
            clock.let(SPACING_S)
        eventually(lambda: len(desk.futures) == 4)
        for n in (3, 2, 1):
            desk.futures[n].set_result(grey(n))
        assert levels == []
        desk.futures[0].set_result(grey(9))
        eventually(lambda: levels == [9, 1, 2, 3])
        assert desk.calls == [(0.0,), (1 / 16,), (2 / 16,), (3 / 16,)]

    def test_when_too_many_are_under_way_ticks_are_skipped_and_counted(
        self, begin: Begin, clock: Clock, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ordered_render_queue, "MAX_IN_FLIGHT", 3)
        desk = Desk()
        clock.watch(1)
        begin(lambda t: grey(0), executor=desk)
        for n in (1, 2):
            eventually(lambda n=n: len(desk.futures) == n)
            clock.let(SPACING_S)
        eventually(lambda: len(desk.futures) == 3)
        for n in range(1, 4):
            clock.let(SPACING_S)
            eventually(lambda n=n: stream.stats.skipped == n)
        assert len(desk.futures) == 3
        desk.futures[0].set_result(grey(0))
        eventually(lambda: stream.stats.rendered == 1)
        clock.let(SPACING_S)
        eventually(lambda: len(desk.futures) == 4)
        assert desk.calls[-1] == (6 / 16,)

    def test_what_a_render_raises_is_shown_and_the_others_go_on(
        self, begin: Begin, clock: Clock, owner: Owner, levels: list[int]
    ) -> None:
        desk = Desk()
        clock.watch(1)
        begin(lambda t: grey(0), executor=desk)
        eventually(lambda: len(desk.futures) == 1)
        clock.let(SPACING_S)
        eventually(lambda: len(desk.futures) == 2)
        desk.futures[0].set_exception(ValueError("no such colour"))
        eventually(lambda: owner.notices == ["ValueError: no such colour"])
        desk.futures[1].set_result(grey(4))
        eventually(lambda: levels == [4])
        eventually(lambda: owner.notices[1:] == [""])

    def test_an_executor_that_was_shut_down_says_so_and_another_may_follow(
        self, begin: Begin, clock: Clock, owner: Owner, levels: list[int]
    ) -> None:
        pool = ThreadPoolExecutor(1)
        pool.shutdown()
        running = begin(lambda t: grey(0), executor=pool)
        assert running.wait_for_picture(20)
        assert owner.notices[0].startswith("RuntimeError: cannot schedule new futures after shutdown")
        with ThreadPoolExecutor(1) as other:
            swap(running, lambda t: grey(6), executor=other)
            assert running.wait_for_picture(20)
        assert levels == [6]
        assert owner.notices[1:] == [""]

    def test_a_render_that_was_cancelled_is_told_and_the_others_go_on(
        self, begin: Begin, clock: Clock, owner: Owner, levels: list[int]
    ) -> None:
        desk = Desk()
        running = begin(lambda t: grey(0), executor=desk)
        eventually(lambda: len(desk.futures) == 1)
        desk.futures[0].cancel()
        eventually(lambda: owner.notices)
        running.seek(1.0)
        eventually(lambda: len(desk.futures) == 2)
        desk.futures[1].set_result(grey(4))
        eventually(lambda: levels == [4])

    def test_closing_lets_go_of_what_is_under_way_and_leaves_the_executor_open(
        self, begin: Begin, clock: Clock, stream: Stream
    ) -> None:
        desk = Desk()
        clock.watch(1)
        running = begin(lambda t: grey(0), executor=desk)
        eventually(lambda: len(desk.futures) == 1)
        clock.let(SPACING_S)
        eventually(lambda: len(desk.futures) == 2)
        running.close()
        eventually(lambda: not _threads(stream))
        assert all(future.cancelled() for future in desk.futures)

    def test_there_is_no_state_to_keep_between_renders(self, begin: Begin, clock: Clock) -> None:
        desk = Desk()
        clock.watch(1)
        begin(lambda t, tick: grey(0), executor=desk)
        eventually(lambda: len(desk.futures) == 1)
        clock.let(SPACING_S)
        eventually(lambda: len(desk.futures) == 2)
        (_, one), (_, other) = desk.calls
        assert one.state == other.state == {}
        assert one.state is not other.state

    def test_threads_render(self, begin: Begin, levels: list[int]) -> None:
        names: set[str] = set()

        def view(t: float, tick: Tick) -> Any:
            names.add(threading.current_thread().name)
            return grey(tick.index)

        with ThreadPoolExecutor(3, thread_name_prefix="renderer") as pool:
            running = begin(view, fps=1000, when_hidden="run", executor=pool)
            eventually(lambda: len(levels) >= 50)
            running.close()
        assert levels[:50] == sorted(levels[:50])
        assert all(name.startswith("renderer") for name in names)

    def test_another_process_renders_a_function_that_it_can_import(
        self, begin: Begin, stream: Stream, levels: list[int]
    ) -> None:
        # Spawned: a process of many threads is not to be forked.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            running = begin(shade, when_hidden="run", executor=pool)
            running.seek(42.0)
            eventually(lambda: 42 in levels, within_s=50)
            running.close()
            eventually(lambda: not _threads(stream))

    def test_a_function_of_the_notebook_cannot_go_to_another_process_and_that_is_told(
        self, begin: Begin, clock: Clock, owner: Owner
    ) -> None:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        exec("def view(t): return [[0.0]]", namespace)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            running = begin(namespace["view"], executor=pool)
            assert running.wait_for_picture(50)
            running.close()
        assert "Can't pickle" in owner.notices[0]

    def test_what_a_function_raises_in_another_process_is_shown_with_its_line(
        self, begin: Begin, clock: Clock, owner: Owner
    ) -> None:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            running = begin(refuse, executor=pool)
            assert running.wait_for_picture(50)
            running.close()
        line = refuse.__code__.co_firstlineno + 2
        assert owner.notices == [
            f'ValueError: no shade at 0.0\nrefuse, line {line}: raise ValueError(f"no shade at {{t}}")'
        ]

    def test_a_coroutine_function_is_refused(self, stream: Stream) -> None:
        async def view(t: float) -> Any:
            return grey(0)

        with pytest.raises(OptionError, match="an executor renders plain functions; remove the async"):
            Animation(stream, RenderFunction(view), AnimationOptions(executor=Desk()))
        assert not _threads(stream)


class TestOptions:
    def test_thirty_a_second_on_its_own_thread_while_somebody_looks(self) -> None:
        assert AnimationOptions() == AnimationOptions(fps=30, when_hidden="pause", executor=None)

    @pytest.mark.parametrize("fps", [0, -1, 1001, float("nan"), float("inf"), "30", None, True])
    def test_a_rate_that_makes_no_sense_is_refused(self, begin: Begin, clock: Clock, fps: Any) -> None:
        with pytest.raises(OptionError, match="fps is above 0 and at most 1000, got"):
            AnimationOptions(fps=fps)
        running = begin(Scene())
        with pytest.raises(OptionError, match="fps is above 0 and at most 1000, got"):
            running.set_fps(fps)
        assert running.fps == FPS

    @pytest.mark.parametrize("fps", [0.001, 1, 29.97, np.float32(60), 1000])
    def test_any_other_rate_is_taken(self, fps: Any) -> None:
        assert AnimationOptions(fps=fps).fps == fps

    @pytest.mark.parametrize("when_hidden", ["stop", None, True])
    def test_there_are_two_ways_to_be_hidden(self, when_hidden: Any) -> None:
        with pytest.raises(OptionError, match='when_hidden is "pause" or "run", got'):
            AnimationOptions(when_hidden=when_hidden)

    @pytest.mark.parametrize("executor", [4, "threads", threading.Thread])
    def test_what_is_no_executor_is_refused(self, executor: Any) -> None:
        with pytest.raises(OptionError, match=r"executor is a concurrent\.futures\.Executor, got"):
            AnimationOptions(executor=executor)
