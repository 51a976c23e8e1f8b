import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import marimo
import numpy as np
import pytest
from kernel import Cell, Notebook
from support import Desk, RawClient, act, aeventually, card, decode, eventually, psnr_db

import marimo_rfb as rfb
from marimo_rfb.errors import FrameError, NameTaken, OptionError
from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook import reactive
from marimo_rfb.notebook.hosts import cell_context, cell_registry, shared_hub
from marimo_rfb.notebook.view import View
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import SetContrast


def grey(level: float) -> Any:
    return np.full((4, 4, 3), int(level) % 256, np.uint8)


def shown(view: View) -> int:
    newest = view.stream.newest
    return -1 if newest is None else int(newest.pixels[0, 0, 0])


def view(t: float) -> Any:
    return grey(10)


@pytest.fixture
def page(notebook: Notebook) -> Notebook:
    """Return a notebook that a page shows."""
    notebook.has_page = True
    return notebook


@pytest.fixture
def kept(nothing_left: None) -> Iterator[Callable[[View], View]]:
    """Return a function for views that nobody else closes; it hands them back."""
    views: list[View] = []

    def keep(made: View) -> View:
        views.append(made)
        return made

    yield keep
    for made in views:
        made._release_()


class TestFrame:
    def test_a_cell_that_runs_again_shows_the_next_picture_in_the_same_view(self, notebook: Notebook) -> None:
        cell, views = Cell(), []
        for seed in range(3):
            with notebook.running(cell):
                views.append(rfb.frame(card(seed=seed)))
        assert views[0] is views[1] is views[2]
        assert views[0].stream.newest is not None
        np.testing.assert_array_equal(views[0].stream.newest.pixels, card(seed=2))
        assert len(cell.registered) == 3
        assert len(cell.adopted) == len(cell.prefixes) == 1

    def test_a_viewer_stays_connected_and_sees_each_picture(self, page: Notebook) -> None:
        cell = Cell()

        async def kernel() -> None:
            with page.running(cell):
                shows = rfb.frame(card(seed=0), formats=("image/png",))
            async with RawClient.watching(shows.stream) as client:
                for seed in range(1, 4):
                    with page.running(cell):
                        rfb.frame(card(seed=seed), formats=("image/png",))
                    picture = await client.picture(seed + 1)
                    np.testing.assert_array_equal(picture.pixels, card(seed=seed))

        asyncio.run(kernel())

    def test_two_of_one_given_name_in_a_cell_are_an_error_that_says_so(self, notebook: Notebook) -> None:
        with notebook.running(Cell()):
            rfb.frame(card(), name="left")
            with pytest.raises(NameTaken, match="this cell has made 'left' already; give each one a name"):
                rfb.frame(card(), name="left")

    def test_those_without_a_name_are_told_apart_by_their_order(self, notebook: Notebook) -> None:
        cell, runs = Cell(), []
        for level in (10, 20):
            with notebook.running(cell):
                runs.append([rfb.frame(grey(level + n)) for n in range(3)])
        assert len({id(each) for each in runs[0]}) == 3
        assert [id(each) for each in runs[0]] == [id(each) for each in runs[1]]
        assert [shown(each) for each in runs[1]] == [20, 21, 22]

    def test_the_first_without_a_name_stays_when_a_second_comes(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell):
            alone = rfb.frame(card())
        with notebook.running(cell):
            assert rfb.frame(card()) is alone
            assert rfb.frame(card()) is not alone

    def test_a_run_that_makes_fewer_closes_the_others(
        self, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cell_registry, "GRACE_S", 0.001)
        cell = Cell()

        async def kernel() -> None:
            with notebook.running(cell):
                first, second = rfb.frame(card()), rfb.frame(card())
            with notebook.running(cell):
                assert rfb.frame(card()) is first
            await aeventually(lambda: second.closed)
            assert not first.closed

        asyncio.run(kernel())

    def test_a_loop_without_end_is_told_to_publish_to_one_stream(self, notebook: Notebook) -> None:
        with notebook.running(Cell()):
            for _ in range(cell_context.MAX_UNNAMED):
                rfb.frame(grey(1))
            with pytest.raises(NameTaken, match=r"s = rfb\.stream"):
                rfb.frame(grey(1))

    def test_after_the_run_of_a_cell_no_view_is_added_to_it(self, notebook: Notebook, cell: Cell) -> None:
        rfb.frame(card())
        with pytest.raises(NameTaken, match="this cell has made 'frame' already"):
            rfb.frame(card())

    def test_functions_without_a_name_of_their_own_are_numbered(self, notebook: Notebook) -> None:
        cell, runs = Cell(), []
        for _ in range(2):
            with notebook.running(cell):
                runs.append([rfb.animate(lambda t, n=n: grey(n)) for n in (1, 2)] + [rfb.frame(card())])
        assert len({id(each) for each in runs[0]}) == 3
        assert [id(each) for each in runs[0]] == [id(each) for each in runs[1]]

    def test_names_and_cells_tell_views_apart(self, notebook: Notebook) -> None:
        views = []
        for cell in (Cell(), Cell()):
            with notebook.running(cell):
                views += [rfb.frame(card(), name="left"), rfb.frame(card(), name="right"), rfb.frame(card())]
        assert len({id(each) for each in views}) == len({each.stream.name for each in views}) == 6

    def test_options_go_to_the_widget_and_to_the_stream(self, notebook: Notebook, cell: Cell) -> None:
        shows = rfb.frame(card(), height=300, alt="a card", quality=50, max_viewers=3, max_fps=5)
        assert (shows.height, shows.alt) == (300, "a card")
        assert shows.stream.options == StreamOptions(quality=50, max_viewers=3, max_fps=5)

    def test_options_that_are_named_no_more_are_what_they_were(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell):
            rfb.frame(card(), height=300, fit="cover", quality=50, max_fps=5)
        with notebook.running(cell):
            shows = rfb.frame(card(), fit="fill")
        assert (shows.height, shows.fit) == (480, "fill")
        assert shows.stream.options == StreamOptions()
        assert shows.token == shows.stream.token

    def test_a_region_may_be_an_array_and_a_person_s_look_stays_when_it_is_given_again(
        self, notebook: Notebook
    ) -> None:
        cell = Cell()
        for given in (np.array([0, 0, 8, 8]), [0.0, 0.0, 8.0, 8.0]):
            with notebook.running(cell):
                shows = rfb.frame(card(), region=given)
            assert shows.widget.settings["region"] == [1, (0.0, 0.0, 8.0, 8.0)]
        with notebook.running(cell):
            assert rfb.frame(card(), region=np.array([2, 2, 8, 8])).region == (2.0, 2.0, 8.0, 8.0)
        with notebook.running(cell), pytest.raises(OptionError, match="region is"):
            rfb.frame(card(), region=np.zeros(3))

    def test_an_unknown_option_is_told_the_right_one_and_makes_nothing(self, notebook: Notebook, cell: Cell) -> None:
        with pytest.raises(OptionError, match="RfbViewer has no trait 'heigth'; did you mean height"):
            rfb.frame(card(), heigth=300)
        with pytest.raises(OptionError, match='quality is "auto" or an integer from 1 to 100'):
            rfb.frame(card(), quality=0)
        with pytest.raises(OptionError, match="fps is above 0"):
            rfb.frame(card(), max_fps=0)
        with pytest.raises(OptionError, match="height"):
            rfb.frame(card(), height=0)
        eventually(lambda: shared_hub._hub is None)
        rfb.frame(card())

    def test_a_rate_is_an_animation_s_and_it_says_what_there_is(self, notebook: Notebook, cell: Cell) -> None:
        with pytest.raises(OptionError, match="has no fps; max_fps limits the frames"):
            rfb.frame(card(), fps=30)

    def test_what_cannot_be_shown_is_an_error_and_the_next_run_may_do_better(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell), pytest.raises(FrameError, match="frame must be"):
            rfb.frame(None)
        with notebook.running(cell):
            assert shown(rfb.frame(grey(5))) == 5

    def test_it_is_described_for_those_who_cannot_see_it(self, notebook: Notebook, cell: Cell) -> None:
        assert rfb.frame(card()).alt == "Live picture"
        assert rfb.frame(card(), name="left eye").alt == "Live picture: left eye"
        assert rfb.frame(card(), name="right", alt="the right one").alt == "the right one"

    def test_when_its_cell_is_gone_all_of_it_is_gone(self, notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cell_registry, "GRACE_S", 0.001)
        cell = Cell()

        async def kernel() -> None:
            with notebook.running(cell):
                shows = rfb.frame(card())
            cell.dispose()
            await aeventually(lambda: shows.closed and shows.stream.closed)
            assert shows.widget.comm is None

        asyncio.run(kernel())
        eventually(lambda: shared_hub._hub is None)

    def test_one_that_was_closed_is_made_anew(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell):
            old = rfb.frame(card())
        old.close()
        with notebook.running(cell):
            new = rfb.frame(card())
        assert new is not old
        assert not new.closed
        assert old.widget.comm is None

    def test_what_people_do_in_it_reaches_the_cells(self, notebook: Notebook) -> None:
        with notebook.running(Cell()):
            shows = rfb.frame(card(seed=3))
        with notebook.running(Cell()):
            pick = shows.on("pick")
        act(shows.stream, "pointer_down", x=5, y=6, button=1, buttons=[1])
        assert pick()["rgb"] == tuple(card(seed=3)[6, 5].tolist())


class TestContrast:
    DATA = np.array([[0, 50, 4000]], np.uint16)

    def levels(self, view: View) -> list[int]:
        assert view.stream.newest is not None
        return [int(level) for level in view.stream.newest.pixels[0, :, 0]]

    def choose(self, view: View) -> None:
        feed_of(view.stream).choose_contrast(SetContrast(vmin=0.0, vmax=50.0, cmap="gray"))

    def test_a_cell_that_runs_again_keeps_what_a_user_chose_unless_its_arguments_change(
        self, notebook: Notebook
    ) -> None:
        cell = Cell()
        for options, expected in (({"vmax": 100}, [0, 255, 255]), ({"vmax": 4000}, [0, 3, 255]), ({}, [0, 0, 16])):
            with notebook.running(cell):
                view = rfb.frame(self.DATA, **options)
            first = self.levels(view)
            self.choose(view)
            assert self.levels(view) == [0, 255, 255]
            with notebook.running(cell):
                assert rfb.frame(self.DATA, **options) is view
            assert self.levels(view) == [0, 255, 255]
            if options != {"vmax": 100}:
                assert first == expected

    def test_what_is_configured_always_counts(self, notebook: Notebook) -> None:
        with notebook.running(Cell()):
            view = rfb.frame(self.DATA)
        self.choose(view)
        view.stream.configure(vmax=100_000)
        assert self.levels(view)[1] == 0

    def test_the_view_of_a_stream_and_the_stream_itself_keep_it_too(self, notebook: Notebook) -> None:
        one, other = Cell(), Cell()
        for _ in range(2):
            with notebook.running(one):
                shown = rfb.stream("depth", vmin=0)
            with notebook.running(other):
                view = shown.view(vmax=100)
            if shown.newest is None:
                shown.publish(self.DATA)
                self.choose(view)
            assert self.levels(view) == [0, 255, 255]
            assert (shown.options.vmin, shown.options.vmax) == (0, 50)
        with notebook.running(other):
            shown.view(vmax=4000)
        assert shown.options.vmax == 4000

    def test_a_function_that_is_animated_may_return_numbers(self, notebook: Notebook) -> None:
        def depth(t: float) -> Any:
            return np.array([[0, 50, 100]], np.int64)

        with notebook.running(Cell()):
            view = rfb.animate(depth, vmin=0, vmax=100, cmap="viridis")
        eventually(lambda: view.stream.newest is not None)
        assert view.stream.newest is not None
        assert view.stream.newest.pixels[0, 2].tolist() == [253, 231, 36]


class TestAnimateForms:
    @pytest.mark.parametrize(
        ("decorated", "fps"),
        [
            (lambda function: rfb.animate(function), 30),
            (lambda function: rfb.animate(function, 24), 24),
            (lambda function: rfb.animate(function, fps=24), 24),
            (lambda function: rfb.animate()(function), 30),
            (lambda function: rfb.animate(24)(function), 24),
            (lambda function: rfb.animate(0.5)(function), 0.5),
            (lambda function: rfb.animate(fps=24)(function), 24),
            (lambda function: rfb.animate(height=300, quality=50)(function), 30),
        ],
    )
    def test_it_may_be_called_in_every_way(
        self, notebook: Notebook, cell: Cell, decorated: Callable[[Any], View], fps: float
    ) -> None:
        made = decorated(view)
        assert made.fps == fps
        assert shown(made) == 10

    def test_options_go_where_they_belong(self, notebook: Notebook, cell: Cell) -> None:
        made = rfb.animate(name="scene", height=300, quality=50, when_hidden="run", alt="a scene")(view)
        assert (made.height, made.alt, made.stream.options.quality) == (300, "a scene", 50)
        eventually(lambda: made.stream.stats.rendered > 3)  # nobody looks

    def test_a_coroutine_function_will_do_but_not_with_an_executor(self, notebook: Notebook, cell: Cell) -> None:
        async def coroutine(t: float) -> Any:
            await asyncio.sleep(0)
            return grey(60)

        with pytest.raises(OptionError, match="an executor renders plain functions"):
            rfb.animate(coroutine, executor=Desk(), name="other")
        assert shown(rfb.animate(coroutine)) == 60

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"fps": 0}, "fps is above 0 and at most 1000, got 0"),
            ({"when_hidden": "stop"}, "when_hidden is"),
            ({"executor": 4}, "executor is a"),
            ({"scope": "process"}, "scope is"),
            ({"heigth": 300}, "did you mean height"),
            ({"quality": 0}, "quality is"),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_makes_nothing(
        self, notebook: Notebook, cell: Cell, options: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(OptionError, match=message):
            rfb.animate(**options)(view)
        assert shared_hub._hub is None or shared_hub._hub.streams == []
        rfb.animate(view)

    @pytest.mark.parametrize("function", [lambda: 1, lambda t, tick, more: 1])
    def test_a_function_that_wants_something_else_is_refused(
        self, notebook: Notebook, cell: Cell, function: Callable[..., Any]
    ) -> None:
        with pytest.raises(OptionError, match="animate calls"):
            rfb.animate(function)

    @pytest.mark.parametrize("function", ["view", [view]])
    def test_what_is_no_function_is_refused(self, notebook: Notebook, cell: Cell, function: Any) -> None:
        with pytest.raises(OptionError):
            rfb.animate(function)(view)


class TestAnimate:
    def test_a_cell_that_runs_again_exchanges_the_function_and_time_goes_on(self, notebook: Notebook) -> None:
        cell, made = Cell(), []
        for level in (1, 2):
            with notebook.running(cell):

                @rfb.animate(fps=20)
                def view(t: float, level: int = level) -> Any:
                    return grey(level)

                made.append(view)
            assert shown(view) == level
            if level == 1:
                view.seek(5.0)
        assert made[0] is made[1]
        assert made[0].t == 5.0

    def test_functions_are_told_apart_by_their_names(self, notebook: Notebook) -> None:
        cell, runs = Cell(), []
        for _ in range(2):
            with notebook.running(cell):
                runs.append(
                    [
                        rfb.animate(view),
                        rfb.animate(lambda t: grey(1)),
                        rfb.animate(lambda t: grey(2), name="two"),
                        rfb.frame(grey(3)),
                    ]
                )
        assert all(one is other for one, other in zip(*runs, strict=True))
        assert [shown(each) for each in runs[0]] == [10, 1, 2, 3]

    def test_a_function_that_is_renamed_keeps_its_view(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell):
            old = rfb.animate(view)

        def other(t: float) -> Any:
            return grey(20)

        cell.names = {"other"}
        with notebook.running(cell):
            assert rfb.animate(other) is old
        assert shown(old) == 20

    def test_a_name_that_was_given_is_kept_whatever_the_function_is_called(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell):
            made = rfb.animate(view, name="scene")
        with notebook.running(cell):
            assert rfb.animate(lambda t: grey(30), name="scene") is made
        assert shown(made) == 30

    def test_a_picture_in_its_place_ends_it(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell):
            made = rfb.animate(view, name="scene")
        assert made.playing
        with notebook.running(cell):
            assert rfb.frame(grey(40), name="scene") is made
        assert shown(made) == 40
        with pytest.raises(rfb.RfbError, match="only an animation"):
            made.play()

    def test_what_it_raises_is_no_error_of_the_cell(self, notebook: Notebook, caplog: pytest.LogCaptureFixture) -> None:
        cell = Cell()
        with notebook.running(cell):
            made = rfb.animate(lambda t: 1 / 0, name="scene")
        assert made.stream.stats.render_errors == 1
        assert len(caplog.records) == 1
        with notebook.running(cell):
            rfb.animate(view, name="scene")
        assert shown(made) == 10

    def test_without_a_page_the_first_picture_is_there_on_return(self, notebook: Notebook, cell: Cell) -> None:
        made = rfb.animate(lambda t: card(seed=3))
        assert psnr_db(decode(made.poster), card(seed=3)) > 30

    def test_without_a_page_it_is_not_waited_for_for_ever(
        self, notebook: Notebook, cell: Cell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reactive, "FIRST_PICTURE_TIMEOUT_S", 0.0)
        may_go_on = threading.Event()
        made = rfb.animate(lambda t: may_go_on.wait(20) and grey(1))
        assert made.poster == b""
        may_go_on.set()
        eventually(lambda: shown(made) == 1)

    def test_with_a_page_the_cell_goes_on_at_once(self, page: Notebook) -> None:
        may_go_on = threading.Event()
        with page.running(Cell()):
            made = rfb.animate(lambda t: may_go_on.wait(20) and grey(1))
        assert shown(made) == -1
        may_go_on.set()
        eventually(lambda: shown(made) == 1)

    def test_it_sees_the_names_of_the_notebook_as_they_were(self, notebook: Notebook) -> None:
        namespace: dict[str, Any] = {"__name__": "__main__", "np": np}
        exec("level = 50\ndef view(t): return np.full((4, 4, 3), level + t, np.uint8)", namespace)
        with notebook.running(Cell()):
            made = rfb.animate(namespace["view"])
        namespace.clear()
        made.seek(5.0)
        eventually(lambda: shown(made) == 55)

    def test_when_its_cell_is_gone_the_thread_is_gone(
        self, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cell_registry, "GRACE_S", 0.001)
        cell = Cell()

        async def kernel() -> None:
            with notebook.running(cell):
                made = rfb.animate(view)
            thread = f"rfb-animate {made.stream.name}"
            assert thread in [each.name for each in threading.enumerate()]
            cell.dispose()
            await aeventually(lambda: thread not in [each.name for each in threading.enumerate()])

        asyncio.run(kernel())


class TestStream:
    def test_a_name_is_one_stream_in_all_cells_of_the_session(self, notebook: Notebook) -> None:
        streams = []
        for cell in (Cell(), Cell()):
            with notebook.running(cell):
                streams += [rfb.stream("camera"), rfb.stream("camera")]
        assert len({id(each) for each in streams}) == 1
        assert streams[0].name.startswith("camera~")
        with notebook.running(Cell()):
            assert rfb.stream("other") is not streams[0]

    def test_without_a_name_it_is_the_cell_s_own(self, notebook: Notebook) -> None:
        cells, streams = (Cell(), Cell()), []
        for cell in (*cells, *cells):
            with notebook.running(cell):
                streams.append(rfb.stream())
        assert streams[0] is streams[2]
        assert streams[1] is streams[3]
        assert streams[0] is not streams[1]

    def test_without_a_name_and_a_cell_it_is_the_caller_s_own(self) -> None:
        one, other = rfb.stream(), rfb.stream()
        assert one is not other
        for each in (one, other):
            shared_hub.close_in_background(each)

    def test_it_has_the_size_that_was_asked_for_until_a_frame_says_otherwise(
        self, notebook: Notebook, cell: Cell
    ) -> None:
        assert (rfb.stream().width, rfb.stream().height) == (640, 480)
        made = rfb.stream("camera", 1280, 720)
        assert (made.width, made.height) == (1280, 720)
        assert rfb.stream("camera", 8, 8) is made
        assert made.width == 1280
        made.publish(card())
        assert made.width == 64
        with pytest.raises(OptionError, match="width and height are integers"):
            rfb.stream("large", 0, 8)

    def test_options_change_one_that_is_there(self, notebook: Notebook, cell: Cell) -> None:
        made = rfb.stream("camera", quality=50, max_fps=10)
        assert made.options == StreamOptions(quality=50, max_fps=10)
        assert rfb.stream("camera", quality=70) is made
        assert made.options == StreamOptions(quality=70, max_fps=10)

    def test_an_option_that_makes_no_sense_is_refused_and_makes_nothing(self, notebook: Notebook, cell: Cell) -> None:
        with pytest.raises(OptionError, match=r"options are quality, .*; got height_px"):
            rfb.stream("camera", 640, 480, height_px=300)
        with pytest.raises(OptionError, match='quality is "auto" or an integer'):
            rfb.stream("camera", quality=0)
        with pytest.raises(OptionError, match='scope is "session" or "app"'):
            rfb.stream("camera", scope="process")  # type: ignore[arg-type]
        assert shared_hub._hub is None or shared_hub._hub.streams == []

    def test_it_moves_while_the_cell_that_publishes_runs(self, page: Notebook) -> None:
        seen: list[int] = []
        connected = threading.Event()

        def browser(made: Stream) -> None:
            async def watch() -> None:
                async with RawClient.watching(made) as client:
                    connected.set()
                    while len(seen) < 10:
                        picture = await client.next_picture()
                        await client.ack(picture.seq)
                        seen.append(picture.seq)

            asyncio.run(watch())

        async def cell() -> None:
            """Run a cell that holds the kernel's loop until a browser saw ten pictures."""
            with page.running(Cell()):
                made = rfb.stream()
                made.view()
                looking = threading.Thread(target=browser, args=(made,))
                looking.start()
                assert connected.wait(20)
                for step in range(1_000_000):
                    made.publish(card(seed=step))
                    if not looking.is_alive():
                        break
                looking.join()

        asyncio.run(cell())
        assert seen == sorted(set(seen))
        assert len(seen) == 10

    def test_it_lives_as_long_as_one_of_the_cells_that_asked_for_it(
        self, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cell_registry, "GRACE_S", 0.001)
        cells = Cell(), Cell()

        async def kernel() -> None:
            for cell in cells:
                with notebook.running(cell):
                    made = rfb.stream("camera")
            session = rfb.notebook.hosts.session.Session.current()
            cells[0].dispose()
            await aeventually(lambda: len(session.registry) == 1)
            assert not made.closed
            cells[1].dispose()
            await aeventually(lambda: made.closed)

        asyncio.run(kernel())


class TestStreamView:
    def test_a_cell_that_runs_again_gets_the_same_view(self, notebook: Notebook) -> None:
        cell, views = Cell(), []
        for height in (300, 200):
            with notebook.running(cell):
                made = rfb.stream()
                views += [made.view(height=height), made.view(height=height)]
        assert len({id(each) for each in views}) == 1
        assert views[0].height == 200
        assert views[0].stream is made

    def test_names_and_cells_tell_views_of_a_stream_apart(self, notebook: Notebook) -> None:
        views = []
        for cell in (Cell(), Cell()):
            with notebook.running(cell):
                made = rfb.stream("camera")
                views += [made.view(), made.view(name="small")]
        assert len({id(each) for each in views}) == 4

    def test_it_takes_the_stream_s_options_too(self, notebook: Notebook, cell: Cell) -> None:
        made = rfb.stream(quality=50)
        assert made.view(height=300).height == 300
        assert made.options.quality == 50
        made.view(quality=60)
        assert made.options.quality == 60
        with pytest.raises(OptionError, match="did you mean height"):
            made.view(heigth=300)

    def test_it_is_described_by_the_stream_s_name(self, notebook: Notebook, cell: Cell) -> None:
        made = rfb.stream("camera")
        assert made.view().alt == "Live picture: camera"
        assert made.view(name="small").alt == "Live picture: small"

    def test_a_cell_that_ends_with_the_stream_shows_it(self, notebook: Notebook, cell: Cell) -> None:
        made = rfb.stream()
        assert made._display_() is made.view()

    def test_a_stream_of_a_hub_of_one_s_own_outlives_its_view(self, notebook: Notebook, cell: Cell) -> None:
        with_hub = Hub()
        made = with_hub.add_stream("scene", 64, 48)
        shows = made.view()
        assert made.view() is shows
        shows._release_()
        assert not made.closed
        with_hub.close()


class TestSharedByAnApp:
    @pytest.fixture
    def runners(self, notebook: Notebook) -> Iterator[list[asyncio.Runner]]:
        """Return the kernels of two visitors."""
        with asyncio.Runner() as one, asyncio.Runner() as other:
            yield [one, other]

    def test_a_stream_is_one_for_all_sessions_and_the_last_one_closes_it(
        self, notebook: Notebook, runners: list[asyncio.Runner]
    ) -> None:
        async def visit() -> Stream:
            with notebook.running(Cell("Hbol")):
                return rfb.stream("camera", scope="app")

        one, other = (runner.run(visit()) for runner in runners)
        assert one is other
        runners[0].close()
        assert not one.closed
        runners[1].close()
        eventually(lambda: one.closed)

    def test_by_default_each_session_has_its_own(self, notebook: Notebook, runners: list[asyncio.Runner]) -> None:
        async def visit() -> tuple[Stream, View, View]:
            with notebook.running(Cell("Hbol")):
                return rfb.stream("camera"), rfb.frame(card()), rfb.animate(view)

        one, other = (runner.run(visit()) for runner in runners)
        assert one[0] is not other[0]
        assert one[1].stream is not other[1].stream
        assert one[2].stream is not other[2].stream
        runners[0].close()
        assert one[1].closed
        assert not other[1].closed

    def test_an_animation_is_one_for_all_sessions_with_a_view_each(
        self, notebook: Notebook, runners: list[asyncio.Runner]
    ) -> None:
        async def visit(level: int) -> View:
            with notebook.running(Cell("Hbol")):
                return rfb.animate(lambda t: grey(level), name="scene", scope="app")

        one, other = (runner.run(visit(level)) for level, runner in enumerate(runners, 1))
        assert one is not other
        assert one.stream is other.stream
        assert [each.name for each in threading.enumerate()].count(f"rfb-animate {one.stream.name}") == 1
        assert shown(one) == 2
        one.pause()
        assert not other.playing
        runners[1].close()
        assert other.closed
        assert not one.closed
        eventually(lambda: shown(one) == 1)
        runners[0].close()
        eventually(lambda: one.stream.closed)

    def test_another_cell_and_another_app_share_nothing(
        self, notebook: Notebook, runners: list[asyncio.Runner]
    ) -> None:
        async def visit(cell_id: str) -> Stream:
            with notebook.running(Cell(cell_id)):
                return rfb.stream(scope="app")

        one, other = runners[0].run(visit("Hbol")), runners[1].run(visit("MJUe"))
        assert one is not other
        notebook.path = "/notebooks/other.py"
        assert runners[1].run(visit("Hbol")) is not one


class TestWithoutACell:
    """In a script, and where marimo does not tell the cell."""

    def test_a_script_starts_no_server_and_has_its_pictures(self, kept: Callable[[View], View]) -> None:
        views = [
            kept(rfb.frame(card(seed=1))),
            kept(rfb.frame(card(seed=1))),
            kept(rfb.animate(lambda t: card(seed=1))),
        ]
        assert len({id(each) for each in views}) == 3
        for each in views:
            assert each.port == each.stream.port == each.stream.server.port == 0
            assert psnr_db(decode(each.poster), card(seed=1)) > 30
            assert each.value is None

    def test_a_marimo_notebook_runs_as_a_script(self, kept: Callable[[View], View]) -> None:
        app = marimo.App()

        @app.cell
        def _() -> tuple[Any, ...]:
            import numpy as np

            import marimo_rfb as rfb

            return np, rfb

        @app.cell
        def _(np: Any, rfb: Any) -> tuple[Any, ...]:
            still = rfb.frame(np.full((4, 4, 3), 7, np.uint8))
            return (still,)

        @app.cell
        def _(np: Any, rfb: Any) -> tuple[Any, ...]:
            @rfb.animate(fps=10)
            def moving(t):  # type: ignore[no-untyped-def]
                return np.full((4, 4, 3), 8, np.uint8)

            return (moving,)

        @app.cell
        def _(np: Any, rfb: Any) -> tuple[Any, ...]:
            published = rfb.stream("loop")
            for step in range(10):
                published.publish(np.full((4, 4, 3), step, np.uint8))
            shows = published.view()
            drags = shows.on("drag")
            return drags, published, shows

        _, names = app.run()
        for name, level in (("still", 7), ("moving", 8), ("shows", 9)):
            made = kept(names[name])
            assert shown(made) == level
            assert decode(made.poster)[0, 0, 0] == pytest.approx(level, abs=3)
            assert made.stream.port == 0
        assert names["drags"]() is None
        shared_hub.close_in_background(names["published"])

    def test_where_marimo_does_not_tell_the_cell_a_view_lives_as_long_as_its_run(
        self, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cell_registry, "GRACE_S", 0.001)

        async def kernel() -> None:
            views = [rfb.frame(card()), rfb.frame(card()), rfb.animate(view)]
            assert len({id(each) for each in views}) == 3
            notebook.tokens[0].over = notebook.tokens[2].over = True
            await aeventually(lambda: views[0].closed and views[2].closed)
            assert not views[1].closed
            notebook.tokens[1].over = True
            await aeventually(lambda: views[1].closed)

        asyncio.run(kernel())
        eventually(lambda: shared_hub._hub is None)
