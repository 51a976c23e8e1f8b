import asyncio
import threading
from typing import Any

import numpy as np
import pytest
from marimo._runtime.control_flow import MarimoStopError
from support import act, aeventually, card, drag

from marimo_rfb.errors import OptionError
from marimo_rfb.events import EVENT_TYPES, InputEvent
from marimo_rfb.notebook.events.event_dispatcher import LISTENABLE, EventDispatcher, check_type
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream


@pytest.fixture
def dispatcher(session: Session, stream: Stream) -> EventDispatcher:
    return EventDispatcher(session, stream)


def heard(dispatcher: EventDispatcher, *types: str) -> list[Any]:
    """Return a list to which events of these types are appended, without their numbers."""
    events: list[Any] = []

    def take(event: Any) -> None:
        events.append(event and {name: value for name, value in event.items() if name != "id"})

    for event_type in types:
        dispatcher.listen(event_type, take)
    return events


class TestTypes:
    @pytest.mark.parametrize("event_type", [*EVENT_TYPES, "resize", "close", "drag", "dragging", "pick", "click"])
    def test_what_there_is_can_be_listened_for(self, event_type: str) -> None:
        assert check_type(event_type) == event_type

    @pytest.mark.parametrize("event_type", ["move", "", "Drag", None, 5, ("drag",)])
    def test_what_there_is_not_is_told_what_there_is(self, event_type: object) -> None:
        with pytest.raises(OptionError) as caught:
            check_type(event_type)
        assert str(caught.value) == f"there is no event {event_type!r}; there are {', '.join(LISTENABLE)}"


class TestEvents:
    def test_those_who_listen_for_a_type_get_each_event_of_it(
        self, dispatcher: EventDispatcher, stream: Stream
    ) -> None:
        keys, wheels = heard(dispatcher, "key_down"), heard(dispatcher, "wheel")
        for key in "abc":
            act(stream, "key_down", key=key)
            act(stream, "key_up", key=key)
        act(stream, "wheel", dx=0, dy=10, x=1, y=2)
        assert [event["key"] for event in keys] == ["a", "b", "c"]
        assert [event["dy"] for event in wheels] == [10]

    def test_many_may_listen_and_one_that_stops_gets_no_more(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        one, other = heard(dispatcher, "key_down"), list[Any]()
        dispatcher.listen("key_down", other.append)
        act(stream, "key_down", key="a")
        dispatcher.unlisten("key_down", other.append)
        dispatcher.unlisten("wheel", other.append)
        act(stream, "key_down", key="b")
        assert [event["key"] for event in one] == ["a", "b"]
        assert [event["key"] for event in other] == ["a"]

    @pytest.mark.parametrize("exc", [ZeroDivisionError(), SystemExit(1), MarimoStopError(None), GeneratorExit()])
    def test_a_listener_that_raises_is_logged_and_the_others_get_the_event_and_those_after_it(
        self, dispatcher: EventDispatcher, stream: Stream, caplog: pytest.LogCaptureFixture, exc: BaseException
    ) -> None:
        def fail(event: object) -> None:
            raise exc

        dispatcher.listen("key_down", fail)
        keys = heard(dispatcher, "key_down")
        for key in "ab":
            act(stream, "key_down", key=key)
        assert [event["key"] for event in keys] == ["a", "b"]
        assert [record.getMessage() for record in caplog.records] == ["a listener for key_down raised"] * 2

    def test_polling_gets_the_events_too(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        heard(dispatcher, "key_down")
        act(stream, "key_down", key="a")
        assert [event.type for event in stream.poll_events()] == ["key_down"]

    def test_after_close_nobody_gets_any(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        keys, inboxes = heard(dispatcher, "key_down"), len(feed_of(stream)._event_queues)
        dispatcher.close()
        dispatcher.close()
        act(stream, "key_down", key="a")
        assert keys == []
        assert len(feed_of(stream)._event_queues) == inboxes - 1


class TestDrags:
    def test_a_press_that_moves_is_a_drag_when_it_ends(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        drags = heard(dispatcher, "drag")
        drag(stream, (10.5, 20), (30, 5))
        assert drags == [
            {
                "type": "drag",
                "start": (10.5, 20.0),
                "end": (30.0, 5.0),
                "rect": (10, 5, 31, 21),
                "button": 1,
                "buttons": (1,),
                "modifiers": (),
                "timestamp": 1.0,
            }
        ]

    def test_a_click_is_none(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        drags = heard(dispatcher, "drag", "dragging")
        drag(stream, (10, 10), (11, 11))
        assert drags == []

    def test_the_rectangle_is_clipped_to_the_picture_of_now(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        drags = heard(dispatcher, "drag")
        drag(stream, (10, 10), (1000, 1000))
        stream.publish(card(20, 30))
        drag(stream, (10, 10), (1000, 1000))
        assert [event["rect"] for event in drags] == [(10, 10, 64, 48), (10, 10, 20, 30)]

    def test_two_people_drag_each_for_himself(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        drags = heard(dispatcher, "drag")
        act(stream, "pointer_down", viewer="ann", x=1, y=1, button=1, buttons=[1])
        act(stream, "pointer_down", viewer="bob", x=40, y=40, button=1, buttons=[1])
        act(stream, "pointer_up", viewer="ann", x=20, y=1, button=1)
        act(stream, "pointer_up", viewer="bob", x=40, y=20, button=1)
        assert [(event["start"], event["end"]) for event in drags] == [
            ((1.0, 1.0), (20.0, 1.0)),
            ((40.0, 40.0), (40.0, 20.0)),
        ]

    def test_one_who_left_and_came_back_drags_nothing(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        drags = heard(dispatcher, "drag")
        act(stream, "pointer_down", x=1, y=1, button=1, buttons=[1])
        feed_of(stream).dispatch(InputEvent("viewer-1", None, {"type": "close", "timestamp": 1.0}, received_us=0))
        act(stream, "pointer_up", x=40, y=40, button=1)
        assert drags == []

    def test_while_it_goes_on_it_is_told_how_far_it_got_and_at_the_end_that_it_is_over(
        self, dispatcher: EventDispatcher, stream: Stream
    ) -> None:
        dragging = heard(dispatcher, "dragging")
        act(stream, "pointer_down", x=1, y=1, button=1, buttons=[1])
        for x in (2, 10, 20):
            act(stream, "pointer_move", x=x, y=1, buttons=[1])
        act(stream, "pointer_up", x=20, y=1, button=1)
        act(stream, "pointer_move", x=30, y=1)
        assert [event and (event["type"], event["start"], event["end"]) for event in dragging] == [
            ("dragging", (1.0, 1.0), (10.0, 1.0)),
            ("dragging", (1.0, 1.0), (20.0, 1.0)),
            None,
        ]


class TestClicks:
    def test_a_press_and_its_release_are_one(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        clicks = heard(dispatcher, "click")
        stream.publish(card(seed=3))
        act(stream, "pointer_down", x=12.5, y=7.25, button=1, buttons=[1])
        assert clicks == []
        act(stream, "pointer_up", x=13, y=7, button=1, buttons=[])
        assert [(click["x"], click["y"], click["rgb"]) for click in clicks] == [
            (12.5, 7.25, tuple(card(seed=3)[7, 12].tolist()))
        ]

    def test_a_drag_is_none_nor_is_another_button(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        clicks = heard(dispatcher, "click")
        drag(stream, (1, 1), (30, 30))
        act(stream, "pointer_down", x=5, y=5, button=2, buttons=[2])
        act(stream, "pointer_up", x=5, y=5, button=2, buttons=[])
        assert clicks == []

    def test_events_have_numbers_that_rise(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        ids: list[int] = []
        for event_type in ("pointer_down", "pointer_up", "click"):
            dispatcher.listen(event_type, lambda event: ids.append(event["id"]))  # type: ignore[index]
        for _ in range(2):
            act(stream, "pointer_down", x=5, y=5, button=1, buttons=[1])
            act(stream, "pointer_up", x=5, y=5, button=1, buttons=[])
        assert len(ids) == len(set(ids)) == 6
        assert ids == sorted(ids)


class TestPicks:
    @pytest.mark.parametrize("alpha", [False, True])
    def test_a_press_picks_the_pixel_under_it_as_it_was_published(
        self, dispatcher: EventDispatcher, stream: Stream, alpha: bool
    ) -> None:
        picks = heard(dispatcher, "pick")
        pixels = card(seed=3)
        stream.publish(np.dstack((pixels, np.full((48, 64), 9, np.uint8))) if alpha else pixels)
        act(stream, "pointer_down", x=12.9, y=7.2, button=2, buttons=[2], modifiers=["Alt"])
        assert picks == [
            {
                "type": "pick",
                "x": 12,
                "y": 7,
                "rgb": tuple(pixels[7, 12].tolist()),
                "button": 2,
                "modifiers": ("Alt",),
                "timestamp": 1.0,
            }
        ]
        assert all(type(value) is int for value in picks[0]["rgb"])

    @pytest.mark.parametrize(
        ("data", "value"),
        [
            (np.full((48, 64), 1234, ">u2"), 1234),
            (np.full((48, 64), 0.25, np.float32), 0.25),
            (np.ma.masked_all((48, 64), np.int32), None),
            (np.full((48, 64, 1), -7), -7),
        ],
    )
    def test_a_press_a_pick_and_a_click_tell_the_number_that_was_published(
        self, dispatcher: EventDispatcher, stream: Stream, data: Any, value: object
    ) -> None:
        events = [heard(dispatcher, kind) for kind in ("pointer_down", "pick", "click")]
        stream.publish(data)
        act(stream, "pointer_down", x=12.9, y=7.2, button=1, buttons=[1])
        act(stream, "pointer_up", x=12.9, y=7.2, button=1, buttons=[])
        for (event,) in events:
            assert (event["value"], type(event["value"])) == (value, type(value))
            assert len(event["rgb"]) == 3

    def test_of_colors_there_is_no_number(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        picks = heard(dispatcher, "pick")
        stream.publish(card())
        act(stream, "pointer_down", x=1, y=2, button=1, buttons=[1])
        assert "value" not in picks[0]

    def test_the_press_has_the_colour_too(self, dispatcher: EventDispatcher, stream: Stream) -> None:
        presses = heard(dispatcher, "pointer_down")
        stream.publish(card(seed=3))
        act(stream, "pointer_down", x=63, y=47, button=1, buttons=[1])
        assert presses[0]["rgb"] == tuple(card(seed=3)[47, 63].tolist())

    @pytest.mark.parametrize(("x", "y"), [(-0.1, 5), (5, -0.1), (64, 5), (5, 48), (1e9, -1e9)])
    def test_beside_the_picture_there_is_nothing_to_pick(
        self, dispatcher: EventDispatcher, stream: Stream, x: float, y: float
    ) -> None:
        picks, presses = heard(dispatcher, "pick"), heard(dispatcher, "pointer_down")
        stream.publish(card())
        act(stream, "pointer_down", x=x, y=y, button=1, buttons=[1])
        assert picks == []
        assert "rgb" not in presses[0]

    def test_before_the_first_picture_there_is_nothing_to_pick(
        self, dispatcher: EventDispatcher, stream: Stream
    ) -> None:
        picks = heard(dispatcher, "pick")
        act(stream, "pointer_down", x=5, y=5, button=1, buttons=[1])
        assert picks == []

    def test_it_is_the_picture_that_was_there_when_the_button_went_down(self, stream: Stream) -> None:
        async def kernel() -> None:
            session = Session(asyncio.get_running_loop())
            picks = heard(EventDispatcher(session, stream), "pick")
            stream.publish(np.full((48, 64, 3), 10, np.uint8))
            act(stream, "pointer_down", x=5, y=5, button=1, buttons=[1])
            stream.publish(np.full((48, 64, 3), 200, np.uint8))  # while the kernel was busy
            await aeventually(lambda: picks)
            assert picks[0]["rgb"] == (10, 10, 10)

        asyncio.run(kernel())


class CountingLoop(asyncio.SelectorEventLoop):
    """A loop that counts what other threads ask of it."""

    asked = 0

    def call_soon_threadsafe(self, *args: Any, **kwargs: Any) -> asyncio.Handle:
        self.asked += 1
        return super().call_soon_threadsafe(*args, **kwargs)


class TestThreads:
    def test_listeners_are_called_on_the_kernel_s_thread(self, stream: Stream) -> None:
        async def kernel() -> None:
            threads: list[int] = []
            EventDispatcher(Session(asyncio.get_running_loop()), stream).listen(
                "key_down", lambda event: threads.append(threading.get_ident())
            )
            hub = threading.Thread(target=lambda: act(stream, "key_down", key="a"))
            hub.start()
            hub.join()
            assert threads == []
            await aeventually(lambda: threads)
            assert threads == [threading.get_ident()]

        asyncio.run(kernel())

    def test_a_busy_kernel_is_asked_to_look_once(self, stream: Stream) -> None:
        with asyncio.Runner(loop_factory=CountingLoop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, CountingLoop)
            moves = heard(EventDispatcher(Session(loop), stream), "pointer_move")
            for x in range(1000):
                act(stream, "pointer_move", x=x, y=0)
            assert loop.asked == 1
            runner.run(asyncio.sleep(0))
            assert [event["x"] for event in moves] == [999]
            act(stream, "pointer_move", x=5, y=0)
            assert loop.asked == 2
