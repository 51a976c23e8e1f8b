import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from kernel import Cell, Notebook
from support import aeventually

from marimo_rfb.errors import NameTaken, OptionError
from marimo_rfb.notebook.hosts import cell_registry
from marimo_rfb.notebook.hosts.cell_context import CellContext
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.hosts.stream_registry import StreamRegistry
from marimo_rfb.notebook.rendering.animation import AnimationOptions
from marimo_rfb.notebook.rendering.render_function import RenderFunction
from marimo_rfb.notebook.view import View


class Thing:
    """Something that can be claimed."""

    closed = False

    def _release_(self) -> None:
        self.closed = True


def unexpected() -> Thing:
    raise AssertionError("it was made already")


@pytest.fixture
def make() -> Iterator[Callable[..., View]]:
    """Return a function that makes a view at the place where it is called, which ends with the test."""
    views: list[View] = []

    def make(place: CellContext, **options: Any) -> View:
        lease = place.streams("session").lease(object(), "scene", (64, 48))
        views.append(place.make_view(View, lease, {}, **options))
        return views[-1]

    yield make
    for view in views:
        view._release_()


class TestWhere:
    def test_it_is_the_session_and_the_cell_of_the_caller(self, notebook: Notebook, cell: Cell) -> None:
        place = CellContext()
        assert place.session is Session.current()
        assert place.cell is cell

    def test_outside_of_a_notebook_there_is_no_cell(self) -> None:
        assert CellContext().cell is None

    def test_in_an_app_the_cells_of_all_sessions_are_one(self, notebook: Notebook) -> None:
        places = []
        for cell in (Cell("Hbol"), Cell("Hbol")):
            with notebook.running(cell):
                places.append(CellContext())
        one, other = places
        assert one.key("app") == other.key("app") == "Hbol"
        assert one.key("session") != other.key("session")

    def test_streams_are_the_session_s_or_the_app_s(self, notebook: Notebook, cell: Cell) -> None:
        place = CellContext()
        assert place.streams("session") is StreamRegistry.of_session(place.session)
        assert place.streams("app") is StreamRegistry.of_app(notebook.path)

    @pytest.mark.parametrize("scope", ["process", "", None, "App"])
    def test_there_are_two_scopes(self, scope: Any) -> None:
        with pytest.raises(OptionError, match='scope is "session" or "app", got'):
            CellContext().streams(scope)


class TestClaiming:
    def test_a_cell_finds_what_it_made(self, notebook: Notebook) -> None:
        cell, found = Cell(), []
        for make in (Thing, unexpected):
            with notebook.running(cell):
                found.append(CellContext().claim("thing", make))
                assert CellContext().claim("thing", unexpected, again=True) is found[0]
                with pytest.raises(NameTaken):
                    CellContext().claim("thing", unexpected)
        assert found[0] is found[1]

    def test_where_no_cell_is_known_it_lives_as_long_as_the_run(
        self, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cell_registry, "GRACE_S", 0.001)

        async def kernel() -> None:
            things = [CellContext().claim("thing", Thing) for _ in range(2)]
            assert things[0] is not things[1]
            notebook.tokens[0].over = True
            await aeventually(lambda: things[0].closed)
            assert not things[1].closed
            notebook.tokens[1].over = True
            await aeventually(lambda: things[1].closed)

        asyncio.run(kernel())

    def test_outside_of_a_notebook_it_is_the_caller_s(self) -> None:
        things = [CellContext().claim("thing", Thing) for _ in range(2)]
        assert things[0] is not things[1]
        CellContext().session.close()
        assert not any(thing.closed for thing in things)


class TestViews:
    def test_each_has_ids_of_its_own_and_outlives_the_run(
        self, notebook: Notebook, cell: Cell, make: Callable[..., View]
    ) -> None:
        views = [make(CellContext()) for _ in range(2)]
        assert len(set(cell.prefixes)) == 2
        assert all(prefix.startswith("rfb-Hbol-") for prefix in cell.prefixes)
        assert all(adopted is view for adopted, view in zip(cell.adopted, views, strict=True))

    def test_each_run_says_that_it_made_it(self, notebook: Notebook, cell: Cell, make: Callable[..., View]) -> None:
        view = make(CellContext())
        CellContext().show(view, {"height": 300})
        CellContext().show(view, {"height": 200})
        assert view.height == 200
        assert len(cell.registered) == 2

    def test_without_a_cell_it_is_made_too(self, make: Callable[..., View]) -> None:
        view = make(CellContext())
        CellContext().show(view, {"height": 300})
        assert view.height == 300


class TestFollowingAFunction:
    def claimed(self, name: str, make: Callable[..., View], *, goes_by_function: bool = True) -> View:
        place = CellContext()
        place.follow_function(name)
        return place.claim(name, lambda: make(place, goes_by_function=goes_by_function))

    def test_a_function_that_was_renamed_keeps_its_view(self, notebook: Notebook, make: Callable[..., View]) -> None:
        cell = Cell()
        with notebook.running(cell):
            view = self.claimed("old", make)
        cell.names = {"new"}
        with notebook.running(cell):
            assert self.claimed("new", make) is view

    def test_one_that_is_still_there_keeps_it_for_itself(self, notebook: Notebook, make: Callable[..., View]) -> None:
        cell = Cell()
        with notebook.running(cell):
            view = self.claimed("old", make)
        cell.names = {"old", "new"}
        with notebook.running(cell):
            assert self.claimed("new", make) is not view
            assert self.claimed("old", make) is view

    def test_a_view_that_was_given_its_name_does_not_change_it(
        self, notebook: Notebook, make: Callable[..., View]
    ) -> None:
        cell = Cell()
        with notebook.running(cell):
            view = self.claimed("given", make, goes_by_function=False)
        with notebook.running(cell):
            assert self.claimed("new", make) is not view

    def test_what_is_no_view_is_left_alone(self, notebook: Notebook, make: Callable[..., View]) -> None:
        cell = Cell()
        with notebook.running(cell):
            CellContext().claim("stream", Thing)
        with notebook.running(cell):
            assert isinstance(self.claimed("new", make), View)

    def test_without_a_cell_there_is_nothing_to_follow(self) -> None:
        CellContext().follow_function("new")


def test_a_view_of_a_place_can_be_animated(notebook: Notebook, cell: Cell, make: Callable[..., View]) -> None:
    view = make(CellContext())
    animation = view._show_animation(RenderFunction(lambda t: np.zeros((4, 4))), AnimationOptions())
    assert animation.wait_for_picture(20)
