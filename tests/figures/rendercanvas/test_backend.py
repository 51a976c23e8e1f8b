"""The canvas: what rendercanvas asks of a backend, and what a view gets of it."""

import asyncio
import gc
import inspect
import signal
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import numpy as np
import pytest
import rendercanvas
from fake_screen import FakeScreen
from support import aeventually

from marimo_rfb.events import InputEvent, check_event
from marimo_rfb.figures.rendercanvas import backend
from marimo_rfb.figures.rendercanvas.loop import CanvasGroup, RfbLoop


class Canvas(backend.RenderCanvas):
    """A canvas with a loop of its own, which a test may run."""


@pytest.fixture(autouse=True)
def own_loop() -> RfbLoop:
    """Return the loop of the test's canvases."""
    loop = RfbLoop()
    Canvas._rc_canvas_group = CanvasGroup(loop)
    return loop


def rc_names(cls: type) -> set[str]:
    return {name for name in vars(cls) if name.startswith("_rc_")}


def painted(canvas: Any, *, red: int = 255) -> Any:
    """Have `canvas` show a color, with half its alpha; return the array that it shows."""
    context = canvas.get_bitmap_context()
    width, height = canvas.get_physical_size()
    pixels = np.full((height, width, 4), (red, 0, 0, 255), np.uint8)
    canvas.request_draw(lambda: context.set_bitmap(pixels))
    return pixels


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test in a loop that runs already, as a notebook has it."""
    asyncio.run(scenario())


# The contract.


def test_the_module_has_the_names_of_a_backend() -> None:
    assert issubclass(backend.RenderCanvas, rendercanvas.BaseRenderCanvas)
    assert isinstance(backend.loop, rendercanvas.BaseLoop)
    assert backend.RenderCanvas._rc_canvas_group.get_loop() is backend.loop
    assert inspect.getmodule(backend.RenderCanvas) is backend  # whose `loop` pygfx looks for


def test_the_canvas_implements_exactly_the_methods_that_a_backend_has() -> None:
    assert rc_names(backend.RfbRenderCanvas) == rc_names(rendercanvas.BaseRenderCanvas)


def test_a_canvas_has_the_size_that_it_is_given() -> None:
    canvas = Canvas(size=(640, 480))
    assert canvas.get_logical_size() == (640.0, 480.0)
    canvas.set_logical_size(700, 600)
    assert canvas.get_logical_size() == (700.0, 600.0)
    assert canvas.get_physical_size() == (700, 600)
    assert canvas.get_pixel_ratio() == 1.0
    canvas.close()
    assert canvas.get_closed()
    assert canvas.is_closed()


def test_the_loop_ends_when_its_canvases_are_closed(own_loop: RfbLoop) -> None:
    one, other = Canvas(), Canvas()
    closed: list[str] = []
    for name, canvas in {"one": one, "other": other}.items():
        canvas.add_event_handler(lambda _event, name=name: closed.append(name), "close")
    own_loop.call_later(0.05, one.close)
    own_loop.call_later(0.1, other.close)
    own_loop.run()
    assert closed == ["one", "other"]
    assert own_loop.get_canvases() == []


def test_stopping_the_loop_closes_its_canvases(own_loop: RfbLoop) -> None:
    canvas = Canvas()
    own_loop.call_later(0.05, own_loop.stop)
    own_loop.run()
    assert canvas.get_closed()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Handle SIGINT as Python usually does: a shell has what it starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_stops_a_loop_in_which_nothing_happens(
    own_loop: RfbLoop, caplog: pytest.LogCaptureFixture, interruptible: None
) -> None:
    canvas = Canvas()
    # From another thread, so that it does not wake the sleeping loop.
    interrupt = threading.Timer(0.1, lambda: signal.raise_signal(signal.SIGINT))
    own_loop.call_soon(interrupt.start)  # not before the loop has its own handler
    own_loop.run()
    interrupt.join()
    assert canvas.get_closed()
    assert "no notebook runs here" in caplog.text


def test_a_loop_without_canvases_ends_when_it_has_done_what_waits(own_loop: RfbLoop) -> None:
    done: list[int] = []
    for number in range(2):
        if number:
            Canvas().close()
        own_loop.call_soon(done.append, number)
        own_loop.call_soon(own_loop.stop)
        own_loop.run()
        assert own_loop.get_canvases() == []
    assert done == [0, 1]


def test_a_task_stops_the_loop(own_loop: RfbLoop) -> None:
    canvas = Canvas()

    async def stop() -> None:
        await asyncio.sleep(0.05)
        own_loop.stop()

    own_loop.add_task(stop)
    own_loop.run()
    assert canvas.get_closed()


def test_a_loop_that_is_not_used_any_more_goes(own_loop: RfbLoop) -> None:
    class Unused(RfbLoop):
        pass

    async def nothing() -> None:
        pass

    unused, ready = Unused(), Unused()
    ready.add_task(nothing)
    gone = weakref.ref(unused), weakref.ref(ready)
    del unused, ready
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


@pytest.mark.parametrize("drawn", [False, True])
def test_a_canvas_that_nobody_refers_to_goes(drawn: bool) -> None:
    async def scenario() -> None:
        canvas = Canvas(size=(4, 4))
        painted(canvas)
        # As a renderer does, which has the canvas in turn.
        canvas.add_event_handler(lambda _event, canvas=canvas: None, "pointer_down")
        screen = FakeScreen()
        if drawn:
            canvas.attach(screen)
            await settled(screen)
            canvas.detach(screen)
        else:
            await asyncio.sleep(0.1)  # waits for the first draw, which is withheld
        gone = weakref.ref(canvas)
        del canvas
        gc.collect()
        assert gone() is None
        await aeventually(lambda: not [task for task in asyncio.all_tasks() if "scheduler" in task.get_name()])

    run(scenario)


async def settled(screen: FakeScreen, pictures: int = 1) -> None:
    """Let the kernel and the scheduler go on until the screen has so many pictures."""

    def arrived() -> bool:
        screen.idle()
        return len(screen.pictures) >= pictures

    await aeventually(arrived)


def idle(screen: FakeScreen) -> None:
    """Let the kernel go on, and show what is raised, as a view does."""
    try:
        screen.idle()
    except BaseException as exc:
        screen.notify(f"{type(exc).__name__}: {exc}")


# What a view gets.


def test_a_canvas_is_drawn_when_it_is_shown() -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(6, 4)), FakeScreen()
        painted(canvas)
        canvas.attach(screen)
        await settled(screen)
        assert screen.pictures[0].shape == (4, 6, 3)
        assert screen.pictures[0][0, 0].tolist() == [255, 0, 0]
        canvas.close()

    run(scenario)


@pytest.mark.parametrize(
    ("shape", "color", "shown"),
    [
        ((4, 6), 255, 255),
        ((4, 6, 4), (255, 0, 0, 255), [255, 0, 0]),
        ((4, 6, 4), (255, 0, 0, 128), [255, 0, 0, 128]),
    ],
)
def test_the_array_of_a_bitmap_may_change_afterwards(shape: tuple[int, ...], color: Any, shown: Any) -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(6, 4)), FakeScreen()
        context = canvas.get_bitmap_context()
        pixels = np.full(shape, color, np.uint8)
        canvas.request_draw(lambda: context.set_bitmap(pixels))
        canvas.attach(screen)
        await settled(screen)
        pixels[:] = 0
        assert screen.pictures[0][0, 0].tolist() == shown
        canvas.close()

    run(scenario)


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3), (2, 3, 1), (8, 12, 4)])
def test_a_bitmap_of_another_size_fills_the_canvas(shape: tuple[int, ...]) -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(6, 4)), FakeScreen()
        context = canvas.get_bitmap_context()
        canvas.request_draw(lambda: context.set_bitmap(np.full(shape, 255, np.uint8)))
        canvas.attach(screen)
        await settled(screen)
        assert screen.pictures[0].shape[:2] == (4, 6)
        canvas.close()

    run(scenario)


def test_nothing_is_drawn_and_nothing_ticks_while_nobody_looks() -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(4, 4), max_fps=1000), FakeScreen()
        drawn = []
        context = canvas.get_bitmap_context()
        canvas.request_draw(lambda: (drawn.append(1), context.set_bitmap(np.zeros((4, 4, 4), np.uint8))))
        screen.watched = False
        canvas.attach(screen)
        ticks = []
        canvas._process_events = lambda: ticks.append(1)
        for _ in range(5):
            canvas.request_draw()
            screen.idle()
            await asyncio.sleep(0.02)
        before = len(ticks)
        await asyncio.sleep(0.1)
        assert drawn == []
        assert len(ticks) == before <= 2
        del canvas._process_events
        screen.watched = True
        canvas.draw_if_due()
        await settled(screen)
        canvas.close()

    run(scenario)


def test_an_export_gets_each_picture_at_once() -> None:
    canvas, screen = Canvas(size=(4, 4)), FakeScreen()
    screen.watched = screen.has_page = False
    context = canvas.get_bitmap_context()
    color = [10]

    def draw() -> None:
        context.set_bitmap(np.full((4, 4), color[0], np.uint8))
        canvas.request_draw()  # for the next picture, as animations do

    canvas.request_draw(draw)
    canvas.attach(screen)
    color[0] = 20
    canvas.request_draw()
    assert [picture[0, 0] for picture in screen.pictures] == [10, 20]
    canvas.close()


def test_a_picture_that_was_not_encoded_yet_holds_back_the_next_draw() -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(4, 4), max_fps=1000), FakeScreen()
        painted(canvas)
        canvas.attach(screen)
        await settled(screen)
        screen.ahead = True
        canvas.request_draw()
        await asyncio.sleep(0.05)
        screen.idle()
        assert len(screen.pictures) == 1
        screen.take()
        await settled(screen, 2)
        canvas.close()

    run(scenario)


def test_the_size_and_the_ratio_of_the_view_are_the_canvas_own() -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(40, 30)), FakeScreen()
        resized: list[tuple[float, float, float]] = []
        canvas.add_event_handler(
            lambda event: resized.append((event["width"], event["height"], event["pixel_ratio"])), "resize"
        )
        painted(canvas)
        canvas.attach(screen)
        await settled(screen)
        resized.clear()
        canvas.resize(100, 60, 2.0)
        await settled(screen, 2)
        assert canvas.get_physical_size() == (100, 60)
        assert canvas.get_logical_size() == (50.0, 30.0)
        assert resized == [(50.0, 30.0, 2.0)]
        assert screen.ratios[-1] == 2.0
        canvas.set_logical_size(20, 10)
        assert screen.sizes == [(20, 10)]
        assert canvas.get_physical_size() == (40, 20)
        canvas.close()

    run(scenario)


def test_events_reach_handlers_with_the_draw() -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(40, 30)), FakeScreen()
        seen: list[dict[str, Any]] = []
        canvas.add_event_handler(seen.append, "pointer_down")
        painted(canvas)
        canvas.attach(screen)
        await settled(screen)
        fields = {"type": "pointer_down", "x": 10, "y": 20, "button": 1}
        canvas.handle(InputEvent("viewer-1", None, check_event(fields, now_s=1.0), 0))
        await aeventually(lambda: seen)
        assert (seen[0]["x"], seen[0]["y"], seen[0]["time_stamp"]) == (10, 20, 1.0)
        canvas.close()

    run(scenario)


def test_what_a_draw_or_a_handler_raises_is_shown_until_it_succeeds() -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(4, 4)), FakeScreen()
        context = canvas.get_bitmap_context()
        broken = True

        def draw() -> None:
            if broken:
                raise ValueError("no such mesh")
            context.set_bitmap(np.zeros((4, 4, 4), np.uint8))

        def on_key(event: dict[str, Any]) -> None:
            if event["key"] == "x":
                raise SystemExit(3)

        canvas.add_event_handler(on_key, "key_down")
        canvas.request_draw(draw)
        canvas.attach(screen)
        await aeventually(lambda: screen.idle() or screen.texts)
        assert screen.texts[-1].startswith("ValueError: no such mesh\ndraw, line ")
        broken = False
        canvas.request_draw()
        await settled(screen)
        await aeventually(lambda: screen.idle() or screen.texts[-1] == "")
        canvas.submit_event({"event_type": "key_down", "key": "x", "modifiers": ()})
        await aeventually(lambda: screen.idle() or screen.texts[-1].startswith("SystemExit: 3"))
        canvas.submit_event({"event_type": "key_down", "key": "y", "modifiers": ()})
        await aeventually(lambda: screen.idle() or screen.texts[-1] == "")
        canvas.close()

    run(scenario)


@pytest.mark.parametrize("event_type", ["resize", "before_draw"])
def test_a_handler_that_exits_does_not_end_the_draws(event_type: str) -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(4, 4)), FakeScreen()
        painted(canvas)
        exits = iter([SystemExit(3)])

        def on_event(_event: dict[str, Any]) -> None:
            for error in exits:
                raise error

        canvas.add_event_handler(on_event, event_type)
        canvas.attach(screen)
        await aeventually(lambda: idle(screen) or screen.texts)
        assert screen.texts[-1].startswith("SystemExit: 3")
        canvas.request_draw()
        await aeventually(lambda: idle(screen) or screen.pictures)
        canvas.close()

    run(scenario)


def test_what_fails_again_and_again_is_shown_all_the_time() -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(4, 4), max_fps=1000, update_mode="continuous"), FakeScreen()
        canvas.get_bitmap_context()
        draws: list[int] = []

        def draw() -> None:
            draws.append(1)
            raise ValueError("no such texture")

        canvas.request_draw(draw)
        canvas.attach(screen)
        await aeventually(lambda: idle(screen) or len(draws) >= 20)
        assert [text.partition("\n")[0] for text in screen.texts] == ["ValueError: no such texture"]
        canvas.close()

    run(scenario)


def test_an_error_is_shown_where_the_canvas_is_and_goes_with_it() -> None:
    async def scenario() -> None:
        canvas, screen, other = Canvas(size=(4, 4)), FakeScreen(), FakeScreen()
        canvas.get_bitmap_context()
        canvas.request_draw(lambda: 1 / 0)
        canvas.attach(screen)
        await aeventually(lambda: idle(screen) or screen.texts)
        canvas.attach(other)
        assert other.texts == screen.texts
        # The next canvas in the view, whose draws succeed, does not know of it.
        canvas.detach(screen)
        assert screen.texts[-1] == ""
        canvas.close()
        assert other.texts[-1] == ""

    run(scenario)


def test_an_interrupt_of_a_forced_draw_interrupts_the_cell() -> None:
    async def scenario() -> None:
        canvas, screen = Canvas(size=(4, 4)), FakeScreen()
        pixels = painted(canvas)
        canvas.attach(screen)
        await settled(screen)

        def interrupted() -> None:
            raise KeyboardInterrupt

        canvas.request_draw(interrupted)
        with pytest.raises(KeyboardInterrupt):
            canvas.force_draw()
        context = canvas.get_bitmap_context()
        canvas.request_draw(lambda: context.set_bitmap(pixels))
        await settled(screen, 2)
        canvas.close()

    run(scenario)


def test_the_cursor_and_the_title_are_the_views() -> None:
    canvas, screen = Canvas(), FakeScreen()
    canvas.attach(screen)
    canvas.set_cursor("crosshair")
    canvas.set_cursor("default")
    assert screen.cursors == ["", "crosshair", ""]
    assert canvas.title == ""
    canvas.set_title("A cube")
    assert screen.descriptions == ["A cube"]
    canvas.close()


def test_nothing_is_shown_of_a_canvas_that_was_closed() -> None:
    canvas, screen = Canvas(size=(4, 4)), FakeScreen()
    painted(canvas)
    canvas.attach(screen)
    canvas.close()
    screen.idle()
    assert screen.pictures == []
    assert not canvas.shown
