import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from support import eventually

from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook.comm.ticket_renewal import MIN_AGE_S, RENEW_AFTER_S, TicketRenewal
from marimo_rfb.stream.stream import Stream


class World:
    """A clock, and what was to be called later."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def clock(self) -> float:
        return self.now_s

    def later(self, delay_s: float, function: Callable[[], None]) -> None:
        self.waiting.append((self.now_s + delay_s, function))

    def go_on(self, span_s: float) -> None:
        self.now_s += span_s
        due = [each for each in self.waiting if each[0] <= self.now_s]
        self.waiting = [each for each in self.waiting if each[0] > self.now_s]
        for _, function in due:
            function()


class Widget:
    """Has its ticket renewed."""

    def __init__(self, stream: Stream, world: World) -> None:
        self.renewed = 0
        self.renewal = TicketRenewal(stream, self.renew, call_later=world.later, clock=world.clock)

    def renew(self) -> None:
        self.renewed += 1
        self.renewal.on_issued()


@pytest.fixture
def stream() -> Iterator[Stream]:
    hub = Hub()
    yield hub.add_stream("scene", 8, 8)
    hub.close()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def widget(stream: Stream, world: World) -> Iterator[Widget]:
    widget = Widget(stream, world)
    yield widget
    widget.renewal.close()


def watch(stream: Stream, viewers: int) -> None:
    stream.audience.update(viewers=viewers, watching=viewers, size=None)


class TestLeaving:
    def test_a_viewer_that_leaves_has_it_renewed(self, stream: Stream, world: World, widget: Widget) -> None:
        widget.renewal.on_issued()
        world.go_on(MIN_AGE_S)
        watch(stream, 1)
        assert widget.renewed == 0
        watch(stream, 0)
        eventually(lambda: widget.renewed == 1)

    def test_a_ticket_that_is_fresh_is_good_enough(self, stream: Stream, world: World, widget: Widget) -> None:
        widget.renewal.on_issued()
        world.go_on(MIN_AGE_S - 1)
        for _ in range(100):
            watch(stream, 2)
            watch(stream, 0)
        assert widget.renewed == 0

    def test_many_that_leave_have_it_renewed_once(self, stream: Stream, world: World, widget: Widget) -> None:
        world.go_on(MIN_AGE_S)
        for viewers in (3, 2, 1, 0):
            watch(stream, viewers)
        eventually(lambda: widget.renewed == 1)
        watch(stream, 5)
        watch(stream, 4)
        assert widget.renewed == 1

    def test_what_is_closed_is_renewed_no_more(self, stream: Stream, world: World, widget: Widget) -> None:
        world.go_on(MIN_AGE_S)
        watch(stream, 1)
        widget.renewal.close()
        widget.renewal.close()
        watch(stream, 0)
        assert widget.renewed == 0

    def test_a_stream_keeps_no_widget_alive(self, stream: Stream, world: World) -> None:
        gone = weakref.ref(Widget(stream, world))
        gc.collect()
        assert gone() is None
        watch(stream, 1)
        watch(stream, 0)


class TestBusyKernel:
    def test_as_long_as_a_cell_runs_it_is_renewed_before_it_ends(self, stream: Stream, world: World) -> None:
        async def kernel() -> int:
            widget = Widget(stream, world)
            widget.renewal.on_issued()
            # It runs a cell: nothing is awaited.
            for count in range(1, 4):
                world.go_on(RENEW_AFTER_S)
                world.go_on(1)
                eventually(lambda count=count: widget.renewed == count)  # type: ignore[misc]
            return widget.renewed

        assert asyncio.run(kernel()) == 3

    def test_a_kernel_that_can_be_asked_has_nothing_renewed(self, stream: Stream, world: World) -> None:
        async def kernel() -> int:
            widget = Widget(stream, world)
            widget.renewal.on_issued()
            for _ in range(5):
                world.go_on(RENEW_AFTER_S)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                world.go_on(1)
            return widget.renewed

        assert asyncio.run(kernel()) == 0
        assert world.waiting == []

    def test_a_newer_ticket_has_its_own_time(self, stream: Stream, world: World) -> None:
        async def kernel() -> int:
            widget = Widget(stream, world)
            widget.renewal.on_issued()
            world.go_on(RENEW_AFTER_S - 1)
            widget.renewal.on_issued()
            world.go_on(1)
            world.go_on(1)
            return widget.renewed

        assert asyncio.run(kernel()) == 0

    def test_a_kernel_that_has_ended_ends_it(self, stream: Stream, world: World) -> None:
        async def kernel() -> Widget:
            widget = Widget(stream, world)
            widget.renewal.on_issued()
            return widget

        widget = asyncio.run(kernel())
        world.go_on(RENEW_AFTER_S)
        world.go_on(RENEW_AFTER_S)
        assert (widget.renewed, world.waiting) == (0, [])
