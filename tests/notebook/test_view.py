import asyncio
import base64
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import marimo as mo
import numpy as np
import pytest
import traitlets
from kernel import Cell, Notebook
from support import act, aeventually, card, decode, drag, eventually, psnr_db

from marimo_rfb.errors import OptionError, RfbError
from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.hosts.stream_registry import StreamLease, StreamRegistry
from marimo_rfb.notebook.rendering.animation import AnimationOptions
from marimo_rfb.notebook.rendering.render_function import RenderFunction
from marimo_rfb.notebook.view import View
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream

PRESS = {"type": "pointer_down", "x": 3.5, "y": 4, "button": 1, "buttons": [1], "modifiers": [], "timestamp": 5}
RELEASE = {**PRESS, "type": "pointer_up", "x": 130.5, "y": 20.0, "buttons": [], "timestamp": 6}
KEY = {"type": "key_down", "key": "a", "modifiers": [], "timestamp": 7}

Make = Callable[..., View]


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    yield hub
    hub.close()


@pytest.fixture
def stream(hub: Hub) -> Stream:
    return hub.add_stream("scene", 64, 48)


@pytest.fixture
def make(session: Session, stream: Stream) -> Iterator[Make]:
    """Return a function that makes a view of the stream which ends with the test."""
    views: list[View] = []

    def make(**traits: Any) -> View:
        views.append(View(StreamLease.of(stream), traits, session=session))
        return views[-1]

    yield make
    for view in views:
        view._release_()


@pytest.fixture
def view(make: Make) -> View:
    return make()


def tell(view: View, event: Any) -> None:
    """Have the page set `last_event`, and marimo hand the trait on as the value."""
    view._update({"last_event": event})


def write(view: View, event: Any) -> None:
    """Have the page set `last_event`, as a widget that marimo does not know for an element."""
    view.widget.set_state({"last_event": event})


class TestTraits:
    def test_the_widget_s_traits_are_attributes_that_take_effect_at_once(self, make: Make) -> None:
        view = make(height=300, alt="a scene")
        assert (view.height, view.alt, view.fit) == (300, "a scene", "contain")
        view.height = 200
        assert view.widget.height == 200
        assert view.state == "connecting"

    def test_it_shows_the_stream(self, view: View, stream: Stream) -> None:
        assert view.stream is stream
        assert (view.widget.stream, view.token) == ("scene", stream.token)
        assert repr(view) == "<View of <Stream 'scene' 64x48, 0 viewers>>"

    def test_a_trait_that_makes_no_sense_is_refused(self, make: Make) -> None:
        with pytest.raises(OptionError, match="height"):
            make(height=0)
        with pytest.raises(OptionError, match="did you mean height"):
            make(heigth=300)

    def test_it_can_be_configured_anew(self, make: Make) -> None:
        view = make(height=300)
        view._configure({"height": 200, "fit": "cover"})
        assert (view.height, view.fit) == (200, "cover")

    def test_a_trait_that_is_named_no_more_is_what_it_was(self, make: Make) -> None:
        view = make(height=300, fit="cover")
        view._configure({"fit": "fill"})
        assert (view.height, view.fit) == (480, "fill")

    def test_several_that_are_named_no_more_leave_the_others_as_they_are(self, make: Make, stream: Stream) -> None:
        view = make(height=300, fit="cover", show_status=False)
        stream.publish(card())
        poster = view.poster
        view._configure({})
        assert (view.height, view.fit, view.show_status) == (480, "contain", True)
        assert (view.widget.stream, view.token, view.host) == ("scene", stream.token, "127.0.0.1")
        assert view.poster == poster != b""

    def test_what_a_person_set_by_hand_stays_unless_it_is_named(self, make: Make) -> None:
        view = make(height=300)
        view.fit = "cover"
        view._configure({"height": 300})
        assert view.fit == "cover"

    def test_where_a_person_looks_stays_until_another_place_is_named(self, make: Make) -> None:
        view = make(zoom=2.0)
        view.widget.zoom = 3.5
        view._configure({"zoom": 2.0})
        assert view.zoom == 3.5
        view._configure({"zoom": 4.0})
        assert view.zoom == 4.0
        view._configure({})
        assert view.zoom == 1.0

    def test_a_value_that_makes_no_sense_is_refused_then_too(self, view: View) -> None:
        with pytest.raises(OptionError, match="fit"):
            view._configure({"fit": "stretch"})
        assert view.fit == "contain"

    def test_the_page_s_measurements_and_the_stream_s_are_one(self, view: View, stream: Stream) -> None:
        view.widget.stats = {"framesDisplayed": 3}
        stream.publish(card())
        assert (view.stats["framesDisplayed"], view.stats["published"], view.stats["skipped"]) == (3, 1, 0)

    def test_a_copy_is_the_view_itself(self, view: View) -> None:
        assert copy.copy(view) is view
        assert copy.deepcopy(view) is view
        assert copy.deepcopy([view])[0] is view


class TestServer:
    def test_without_a_page_none_is_started(self, view: View, stream: Stream) -> None:
        assert (view.port, stream.port) == (0, 0)

    def test_for_a_page_it_is_started_and_its_address_known(
        self, notebook: Notebook, make: Make, stream: Stream
    ) -> None:
        notebook.has_page = True
        view = make()
        assert view.port == stream.port > 0


class TestValue:
    def test_before_the_first_event_it_is_nothing(self, view: View) -> None:
        assert view.value is None

    def test_it_is_what_the_page_told_last(self, view: View) -> None:
        tell(view, PRESS)
        assert view.value is not None
        assert (view.value["type"], view.value["x"], view.value["buttons"]) == ("pointer_down", 3.5, (1,))
        number = view.value["id"]
        tell(view, KEY)
        assert view.value == {"type": "key_down", "key": "a", "modifiers": (), "timestamp": 7, "id": view.value["id"]}
        assert view.value["id"] > number
        tell(view, None)
        assert view.value is None

    def test_a_drag_is_told_in_pixels_of_the_picture_there_is(self, view: View, stream: Stream) -> None:
        tell(view, {"type": "drag", "start": PRESS, "end": RELEASE})
        assert view.value is not None
        assert (view.value["start"], view.value["rect"]) == ((3.5, 4.0), (3, 4, 64, 21))
        stream.publish(card(200, 10))
        tell(view, {"type": "drag", "start": PRESS, "end": RELEASE})
        assert view.value["rect"] == (3, 4, 131, 10)

    @pytest.mark.parametrize(
        "event",
        [{}, {"type": "nope"}, {"type": ["drag"]}, {**PRESS, "x": "3"}, {"type": "drag", "start": 5, "end": {}}],
    )
    def test_what_makes_no_sense_is_nothing(self, view: View, event: Any, caplog: pytest.LogCaptureFixture) -> None:
        tell(view, KEY)
        tell(view, event)
        assert view.value is None
        assert len(caplog.records) == 1

    @pytest.mark.parametrize("event", [5, "key_down", [KEY], True])
    def test_what_is_no_event_at_all_changes_nothing(self, view: View, event: Any) -> None:
        tell(view, KEY)
        with pytest.raises(traitlets.TraitError):
            tell(view, event)
        assert view.value is not None
        assert view.value["key"] == "a"
        assert view.last_event == KEY

    def test_another_trait_of_the_page_leaves_it_as_it_is(self, view: View) -> None:
        tell(view, KEY)
        view._update({"height": 200})
        assert view.value is not None
        assert view.value["key"] == "a"

    def test_the_page_tells_events_once_somebody_asks(self, view: View) -> None:
        assert not view.sync_last_event
        assert view.value is None
        assert view.sync_last_event

    def test_moves_and_statistics_are_no_value(self, view: View, stream: Stream) -> None:
        act(stream, "pointer_move", x=1, y=1)
        view.widget._handle_custom_msg({"kind": "report", "state": "open", "stats": {"framesDisplayed": 3}}, [])
        assert view.value is None


class TestReaders:
    """Which cells run again when a page tells an event."""

    @pytest.fixture
    def maker(self) -> Cell:
        return Cell("Hbol")

    @pytest.fixture
    def view(self, notebook: Notebook, maker: Cell, make: Make) -> View:
        with notebook.running(maker):
            return make()

    def test_those_that_read_the_value_run_and_find_it(self, notebook: Notebook, view: View) -> None:
        reader = Cell("MJUe")
        with notebook.running(reader):
            assert view.value is None
        write(view, KEY)
        assert notebook.run_again == [{reader}]
        with notebook.running(reader):
            assert view.value is not None
            assert view.value["key"] == "a"

    def test_those_that_only_mention_the_view_do_not(self, notebook: Notebook, view: View) -> None:
        with notebook.running(Cell()):
            mo.hstack([view])
            view.on("drag")
            assert view.height == 480
        write(view, KEY)
        assert [cells for cells in notebook.run_again if cells] == []

    def test_the_cell_that_made_it_does_not(self, notebook: Notebook, maker: Cell, view: View) -> None:
        with notebook.running(maker):
            assert view.value is None
        write(view, KEY)
        assert [cells for cells in notebook.run_again if cells] == []

    def test_one_that_reads_it_no_more_does_not(self, notebook: Notebook, view: View) -> None:
        reader = Cell("MJUe")
        with notebook.running(reader):
            assert view.value is None
        with notebook.running(reader):
            """Its code is another now."""
        write(view, KEY)
        assert [cells for cells in notebook.run_again if cells] == []

    def test_the_same_event_runs_them_once(self, notebook: Notebook, view: View) -> None:
        reader = Cell("MJUe")
        with notebook.running(reader):
            assert view.value is None
        write(view, KEY)
        write(view, KEY)
        assert notebook.run_again == [{reader}]

    def test_what_is_done_in_the_view_comes_by_its_socket(self, notebook: Notebook, view: View, stream: Stream) -> None:
        reader, other = Cell("MJUe"), Cell("vblA")
        with notebook.running(reader):
            assert view.value is None
        assert not view.sync_last_event
        act(stream, "key_down", view="another", key="a")
        act(stream, "pointer_down", view=view.view_id, x=3, y=4, button=1, buttons=[1], inside=False)
        act(stream, "pointer_move", view=view.view_id, x=3, y=5)
        assert notebook.run_again == []
        stream.publish(card())
        act(stream, "pointer_down", view=view.view_id, x=3, y=4, button=1, buttons=[1])
        assert notebook.run_again == [{reader}]
        with notebook.running(other):
            assert view.value is not None
            assert (view.value["type"], view.value["x"]) == ("pointer_down", 3)
            assert view.value["rgb"] == tuple(card()[4, 3].tolist())
            assert "value" not in view.value  # colors were published

    def test_a_press_on_numbers_tells_the_number_by_the_socket_and_by_the_trait(
        self, notebook: Notebook, view: View, stream: Stream
    ) -> None:
        reader = Cell("MJUe")
        data = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 20
        stream.configure(vmin=0, vmax=1, cmap="viridis")
        stream.publish(data)
        with notebook.running(reader):
            assert view.value is None
        act(stream, "pointer_down", view=view.view_id, x=3.7, y=4, button=1, buttons=[1])
        yellow = (253, 231, 36)
        assert view._value is not None
        assert (view._value["value"], view._value["rgb"]) == (20 * (4 * 64 + 3), yellow)
        tell_by_trait = {"type": "pointer_down", "x": 5, "y": 0, "button": 1, "buttons": [1], "modifiers": []}
        tell(view, tell_by_trait)
        assert (view._value["value"], view._value["rgb"]) == (100, yellow)
        stream.publish(data + np.uint16(1))
        assert view._value["value"] == 100

    def test_a_press_arrives_where_it_is_listened_for_first_and_then_as_the_value(
        self, notebook: Notebook, view: View, stream: Stream
    ) -> None:
        seen: list[Any] = []
        view.on_event(
            ["pointer_down", "drag", "double_click", "key_down"], lambda event: seen.append((event, view._value))
        )
        act(stream, "pointer_down", view=view.view_id, x=3, y=4, button=1, buttons=[1])
        press = view._value
        act(stream, "pointer_move", view=view.view_id, x=30, y=4, buttons=[1])
        act(stream, "pointer_up", view=view.view_id, x=30, y=4, button=1)
        act(stream, "double_click", view=view.view_id, x=30, y=4, button=1)
        act(stream, "key_down", view=view.view_id, key="a")
        events = [event for event, _ in seen]
        assert [event["type"] for event in events] == ["pointer_down", "drag", "double_click", "key_down"]
        assert [before for _, before in seen] == [None, *events[:-1]]
        assert (press, view._value) == (events[0], events[-1])

    def test_the_next_event_waits_until_the_cells_have_run_for_the_one_before(
        self, notebook: Notebook, view: View, stream: Stream
    ) -> None:
        reader, keys = Cell("MJUe"), []

        def run() -> None:
            with notebook.running(reader):
                keys.append(view.value and view.value["key"])

        run()
        for key in "abc":
            reader.pending = bool(notebook.run_again)
            act(stream, "key_down", view=view.view_id, key=key)
        while notebook.after_reruns:
            run()
            notebook.after_reruns.pop(0)()
        assert keys == [None, "a", "b", "c"]

    def test_in_an_array_marimo_runs_those_that_mention_it(self, notebook: Notebook, maker: Cell, view: View) -> None:
        with notebook.running(Cell("MJUe")):
            array = mo.ui.array([view])
        assert maker.shared[-1]
        write(view, KEY)
        assert notebook.run_again == []
        array._update({"0": {"last_event": {**KEY, "key": "b"}}})
        assert array.value[0]["key"] == "b"

    def test_when_the_cell_that_made_it_runs_again_no_array_has_it_yet(
        self, notebook: Notebook, maker: Cell, view: View
    ) -> None:
        with notebook.running(Cell("MJUe")):
            mo.ui.array([view])
        with notebook.running(maker):
            view._bind_to(maker)
        assert maker.registered == [view]
        assert not maker.shared[-1]
        reader = Cell("BYtC")
        with notebook.running(reader):
            assert view.value is None
        write(view, KEY)
        assert notebook.run_again == [{reader}]


class TestInOtherElements:
    """Constructed in plain Python, as the tests of a notebook would."""

    def told(self, element: Any, value: Any) -> Any:
        element._update(value)
        return element.value

    def test_an_array_has_its_value(self, view: View) -> None:
        array = mo.ui.array([view, mo.ui.slider(0, 5)])
        assert array[0] is view
        assert array.value == [None, 0]
        assert view.sync_last_event
        assert self.told(array, {"0": {"last_event": KEY}})[0]["key"] == "a"

    def test_a_dictionary_has_its_value(self, view: View) -> None:
        dictionary = mo.ui.dictionary({"scene": view})
        assert dictionary["scene"] is view
        assert dictionary.value == {"scene": None}
        assert view.sync_last_event
        assert self.told(dictionary, {"scene": {"last_event": KEY}})["scene"]["key"] == "a"

    def test_a_batch_has_its_value(self, view: View) -> None:
        batch = mo.md("{scene} {level}").batch(scene=view, level=mo.ui.slider(0, 5))
        assert batch["scene"] is view
        assert batch.value == {"scene": None, "level": 0}
        assert view.sync_last_event
        assert self.told(batch, {"scene": {"last_event": KEY}})["scene"]["key"] == "a"

    def test_a_form_has_its_value_when_it_is_submitted(self, view: View) -> None:
        form = view.form()
        assert form.element is view
        assert form.value is None
        assert view.sync_last_event
        assert self.told(form, {"last_event": KEY})["key"] == "a"

    def test_an_array_in_a_dictionary_has_it_too(self, view: View) -> None:
        dictionary = mo.ui.dictionary({"views": mo.ui.array([view])})
        assert dictionary.value == {"views": [None]}
        assert self.told(dictionary, {"views": {"0": {"last_event": KEY}}})["views"][0]["key"] == "a"

    @pytest.mark.parametrize(
        "show",
        [
            lambda view: mo.hstack([view, view]),
            lambda view: mo.vstack([view]),
            lambda view: mo.ui.tabs({"scene": view}),
            lambda view: mo.accordion({"scene": view}),
            lambda view: mo.sidebar([view]),
            lambda view: mo.md(f"{view}"),
        ],
    )
    def test_a_layout_shows_the_view_itself(self, view: View, show: Callable[[View], mo.Html]) -> None:
        assert view._id in show(view).text


class TestOn:
    def test_a_getter_has_the_newest_event_of_its_type(self, view: View, stream: Stream) -> None:
        drags, picks = view.on("drag"), view.on("pick")
        assert (drags(), picks()) == (None, None)
        stream.publish(card(seed=3))
        drag(stream, (1.5, 2), (30, 20))
        found, picked = drags(), picks()
        assert found is not None
        assert picked is not None
        assert (found["start"], found["end"], found["rect"]) == ((1.5, 2.0), (30.0, 20.0), (1, 2, 31, 21))
        assert (picked["x"], picked["y"], picked["rgb"]) == (1, 2, tuple(card(seed=3)[2, 1].tolist()))

    def test_the_same_arguments_are_the_same_getter(self, view: View) -> None:
        assert view.on("drag") is view.on("drag") is view.on("drag", max_hz=30)
        assert view.on("drag", max_hz=20) is not view.on("drag")
        assert view.on("wheel") is not view.on("drag")

    def test_a_cell_that_runs_again_gets_the_same_getter_and_its_new_where(
        self, notebook: Notebook, view: View, stream: Stream
    ) -> None:
        cell, getters = Cell(), []
        for wanted in ("a", "b"):
            with notebook.running(cell):
                getters.append(view.on("key_down", max_hz=1000, where=lambda e, wanted=wanted: e["key"] == wanted))
        assert getters[0] is getters[1]
        act(stream, "key_down", key="b")
        act(stream, "key_down", key="a")
        assert getters[0]()["key"] == "b"

    def test_what_there_is_not_is_refused(self, view: View) -> None:
        with pytest.raises(OptionError, match="there is no event 'press'; there are"):
            view.on("press")
        with pytest.raises(OptionError, match="max_hz"):
            view.on("drag", max_hz=0)
        with pytest.raises(OptionError, match="where"):
            view.on("drag", where="x > 3")  # type: ignore[arg-type]

    def test_no_event_travels_as_a_trait_for_it(self, view: View, stream: Stream) -> None:
        view.on("key_down")
        act(stream, "key_down", key="a")
        assert not view.sync_last_event
        assert view.value is None


class TestEvents:
    def test_all_that_people_do_comes_one_by_one(self, view: View, stream: Stream) -> None:
        async def read() -> list[str]:
            keys = []
            async for event in view.events():
                keys.append(event.event["key"])
                if len(keys) == 3:
                    break
            return keys

        async def kernel() -> list[str]:
            reading = asyncio.create_task(read())
            await asyncio.sleep(0)
            for key in "abc":
                act(stream, "key_down", key=key)
            return await reading

        assert asyncio.run(kernel()) == ["a", "b", "c"]

    def test_who_reads_in_a_cell_ends_when_the_cell_runs_again(
        self, notebook: Notebook, view: View, stream: Stream
    ) -> None:
        cell, keys = Cell(), list[str]()

        async def read(events: Any) -> None:
            async for event in events:
                keys.append(event.event["key"])

        async def kernel() -> None:
            with notebook.running(cell):
                reading = asyncio.create_task(read(view.events()))
            await asyncio.sleep(0)
            act(stream, "key_down", key="a")
            await aeventually(lambda: keys == ["a"])
            cell.dispose()
            await asyncio.wait_for(reading, 20)
            act(stream, "key_down", key="b")

        asyncio.run(kernel())
        assert keys == ["a"]


class TestAttendance:
    def test_the_getters_follow_who_looks_on(self, view: View, stream: Stream) -> None:
        assert (view.viewers(), view.size(), view.connected()) == (0, None, False)
        stream.audience.update(viewers=2, watching=1, size=(800, 600))
        assert (view.viewers(), view.size(), view.connected()) == (2, (800, 600), True)

    def test_a_getter_follows_the_part_that_is_seen(self, view: View) -> None:
        assert view.seen() is None
        view.widget.region = (1, 2, 3, 4)
        assert view.seen() == (1.0, 2.0, 3.0, 4.0)
        view.close()
        view.widget.region = (5, 6, 7, 8)
        assert view.seen() == (1.0, 2.0, 3.0, 4.0)

    def test_each_is_one_getter(self, view: View) -> None:
        assert view.seen is view.seen
        assert view.viewers is view.viewers
        assert view.size is view.size
        assert view.connected is view.connected
        assert view.viewers is not view.connected


class TestAnimation:
    OPTIONS = AnimationOptions(fps=10)

    def test_a_view_of_frames_has_no_time(self, view: View) -> None:
        for act_on in (view.play, view.pause, lambda: view.seek(1.0), lambda: view.fps, lambda: view.t):
            with pytest.raises(RfbError, match="only an animation has a time of its own"):
                act_on()
        with pytest.raises(RfbError, match="only an animation"):
            view.fps = 5

    def test_an_animation_can_be_steered(self, view: View, stream: Stream) -> None:
        view._show_animation(RenderFunction(lambda t: np.full((4, 4), t / 10)), self.OPTIONS)
        assert (view.fps, view.playing, view.t) == (10, True, 0.0)
        view.fps = 5
        assert view.fps == 5
        view.pause()
        assert not view.playing
        view.play()
        assert view.playing
        view.seek(10.0)
        assert view.t == 10.0
        eventually(lambda: stream.newest is not None and stream.newest.pixels[0, 0, 0] == 255)
        with pytest.raises(OptionError):
            view.fps = 0
        with pytest.raises(OptionError):
            view.seek(float("nan"))

    def test_frames_end_it(self, view: View) -> None:
        animation = view._show_animation(RenderFunction(lambda t: np.zeros((4, 4))), self.OPTIONS)
        view._show_content(None)
        assert animation.closed
        with pytest.raises(RfbError, match="only an animation"):
            view.play()


class TestPoster:
    def test_without_a_page_every_picture_is_there_at_once(self, view: View, stream: Stream) -> None:
        assert view.poster == b""
        for seed in range(2):
            stream.publish(card(seed=seed))
            assert psnr_db(decode(view.poster), card(seed=seed)) > 30

    def test_what_was_published_before_is_there_too(self, make: Make, stream: Stream) -> None:
        stream.publish(card(seed=2))
        assert psnr_db(decode(make().poster), card(seed=2)) > 30

    def test_with_a_page_it_comes_when_it_is_made(self, notebook: Notebook, make: Make, stream: Stream) -> None:
        notebook.has_page = True
        view = make()
        stream.publish(card(seed=1))
        eventually(lambda: view.poster != b"")
        assert psnr_db(decode(view.poster), card(seed=1)) > 30

    def test_an_export_gets_the_picture_besides_the_element(self, view: View, stream: Stream) -> None:
        stream.publish(card(seed=1))
        mime, content = view._mime_()
        assert mime == "application/vnd.marimo+mimebundle"
        bundle = json.loads(content)
        assert view._id in bundle["text/html"]
        head, _, data = bundle["image/png"].partition(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(data) == view.poster

    def test_without_a_picture_there_is_the_element_alone(self, view: View) -> None:
        assert view._mime_()[0] == "text/html"

    def test_a_page_gets_the_element_alone(self, notebook: Notebook, make: Make, stream: Stream) -> None:
        stream.publish(card())
        notebook.has_page = True
        view = make()
        eventually(lambda: view.poster != b"")
        assert view._mime_()[0] == "text/html"


class TestClose:
    def test_it_lets_go_of_the_stream_and_stays_on_screen(self, session: Session) -> None:
        lease = StreamRegistry.of_session(session).lease("key", "scene", (64, 48))
        view = View(lease, {}, session=session)
        animation = view._show_animation(RenderFunction(lambda t: np.zeros((4, 4))), AnimationOptions())
        assert not view.closed
        view.close()
        view.close()
        assert view.closed
        assert animation.closed
        eventually(lambda: lease.closed)
        assert view.widget.comm is not None
        view._release_()
        view._release_()
        assert view.widget.comm is None

    def test_nothing_is_told_any_more(self, view: View, stream: Stream) -> None:
        drags, viewers, inboxes = view.on("drag"), view.viewers, len(feed_of(stream)._event_queues)
        view.close()
        drag(stream, (1, 1), (30, 30))
        stream.audience.update(viewers=1, watching=1, size=None)
        stream.publish(card())
        assert (drags(), viewers(), view.poster) == (None, 0, b"")
        assert len(feed_of(stream)._event_queues) == inboxes - 1

    def test_a_stream_of_somebody_else_goes_on(self, view: View, stream: Stream) -> None:
        view.close()
        assert not stream.closed

    def test_with_its_stream_it_is_closed(self, view: View, stream: Stream) -> None:
        stream.close()
        assert view.closed
        view.close()
