from collections.abc import Callable

import pytest
from kernel import Cell, Token

from marimo_rfb.errors import NameTaken
from marimo_rfb.notebook.hosts.cell_registry import GRACE_S, CellRegistry


class Later:
    """The clock of a kernel's loop."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, delay_s: float, function: Callable[[], None]) -> None:
        self._due.append((self._now_s + delay_s, function))

    @property
    def idle(self) -> bool:
        return not self._due

    def wait(self, wait_s: float) -> None:
        """Let time pass, and call what becomes due in its order."""
        end_s = self._now_s + wait_s
        while due := [entry for entry in self._due if entry[0] <= end_s + 1e-9]:
            entry = min(due, key=lambda entry: entry[0])
            self._due.remove(entry)
            self._now_s = entry[0]
            entry[1]()
        self._now_s = end_s


class Thing:
    """Something that can be claimed."""

    def __init__(self, name: str = "thing") -> None:
        self.name = name
        self.closed = False
        self.released = 0

    def __repr__(self) -> str:
        return f"<Thing {self.name}>"

    def _release_(self) -> None:
        self.closed = True
        self.released += 1


class Stubborn(Thing):
    def _release_(self) -> None:
        super()._release_()
        raise OSError("the page does not answer")


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def registry(later: Later) -> CellRegistry:
    return CellRegistry(later)


def unexpected() -> Thing:
    raise AssertionError("it was made already")


class TestClaiming:
    def test_the_next_run_of_a_cell_finds_what_the_one_before_made(self, registry: CellRegistry) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        for _ in range(3):
            cell.dispose()
            assert registry.claim(cell, "view", unexpected) is thing
        assert thing.released == 0
        assert len(registry) == 1

    def test_another_name_and_another_cell_have_things_of_their_own(self, registry: CellRegistry) -> None:
        cell, other = Cell("Hbol"), Cell("MJUe")
        things = [registry.claim(c, name, Thing) for c in (cell, other) for name in ("left", "right")]
        assert len({id(thing) for thing in things}) == len(registry) == 4

    def test_two_of_one_name_in_one_run_are_an_error_that_says_what_to_do(self, registry: CellRegistry) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        with pytest.raises(
            NameTaken, match=r"this cell has made 'view' already; .* name=, or publish many .* s\.publish\(picture\)"
        ):
            registry.claim(cell, "view", unexpected)
        cell.dispose()
        assert registry.claim(cell, "view", unexpected) is thing
        with pytest.raises(NameTaken):
            registry.claim(cell, "view", unexpected)

    def test_with_again_one_run_may_claim_as_often_as_it_likes(self, registry: CellRegistry) -> None:
        cell = Cell()
        thing = registry.claim(cell, "stream", Thing, again=True)
        assert registry.claim(cell, "stream", unexpected, again=True) is thing
        assert len(registry) == 1

    def test_what_is_held_is_told(self, registry: CellRegistry) -> None:
        cell = Cell()
        assert not registry.is_claimed(cell, "view")
        thing = registry.claim(cell, "view", Thing)
        assert registry.is_claimed(cell, "view")
        assert not registry.is_claimed(cell, "other")
        cell.dispose()
        assert not registry.is_claimed(cell, "view")
        registry.claim(cell, "view", unexpected)
        thing.closed = True
        assert not registry.is_claimed(cell, "view")

    def test_what_was_closed_meanwhile_is_let_go_of_and_made_anew(self, registry: CellRegistry) -> None:
        cell = Cell()
        old = registry.claim(cell, "view", Thing)
        old.closed = True
        new = registry.claim(cell, "view", Thing)
        assert new is not old
        assert (old.released, new.released) == (1, 0)
        assert len(registry) == 1

    def test_what_could_not_be_made_is_not_there(self, registry: CellRegistry, later: Later) -> None:
        cell = Cell()
        with pytest.raises(AssertionError):
            registry.claim(cell, "view", unexpected)
        assert len(registry) == 0
        assert registry.claim(cell, "view", Thing).released == 0
        cell.dispose()
        later.wait(GRACE_S)
        assert len(registry) == 0
        assert later.idle


class TestLapsing:
    def test_what_no_run_claims_within_a_second_is_released(self, registry: CellRegistry, later: Later) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        later.wait(100 * GRACE_S)
        cell.dispose()
        later.wait(0.9 * GRACE_S)
        assert thing.released == 0
        later.wait(0.2 * GRACE_S)
        assert thing.released == 1
        assert len(registry) == 0
        assert later.idle

    def test_the_same_name_is_something_new_afterwards(self, registry: CellRegistry, later: Later) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        cell.dispose()
        later.wait(GRACE_S)
        assert registry.claim(cell, "view", Thing) is not thing

    def test_what_a_run_claims_in_time_stays(self, registry: CellRegistry, later: Later) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        cell.dispose()
        later.wait(0.9 * GRACE_S)
        registry.claim(cell, "view", unexpected)
        later.wait(100 * GRACE_S)
        assert thing.released == 0
        assert later.idle

    def test_of_the_things_of_a_cell_those_that_are_gone_from_its_code_are_released(
        self, registry: CellRegistry, later: Later
    ) -> None:
        cell = Cell()
        left, right = (registry.claim(cell, name, lambda name=name: Thing(name)) for name in ("left", "right"))
        cell.dispose()
        registry.claim(cell, "right", unexpected)
        later.wait(GRACE_S)
        assert (left.released, right.released) == (1, 0)

    def test_the_things_of_other_cells_stay(self, registry: CellRegistry, later: Later) -> None:
        cell, other = Cell(), Cell()
        thing, theirs = registry.claim(cell, "view", Thing), registry.claim(other, "view", Thing)
        cell.dispose()
        later.wait(GRACE_S)
        assert (thing.released, theirs.released) == (1, 0)

    def test_while_its_cell_may_still_come_to_claim_it_nothing_is_released(
        self, registry: CellRegistry, later: Later
    ) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        cell.dispose()
        cell.pending = True
        later.wait(10 * GRACE_S)
        assert thing.released == 0
        assert registry.claim(cell, "view", unexpected) is thing
        cell.pending = False
        later.wait(10 * GRACE_S)
        assert thing.released == 0
        assert later.idle

    def test_a_cell_that_ended_without_claiming_it_lets_it_go(self, registry: CellRegistry, later: Later) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        cell.dispose()
        cell.pending = True
        later.wait(5 * GRACE_S)
        cell.pending = False
        later.wait(GRACE_S)
        assert thing.released == 1
        assert later.idle

    def test_a_later_lapse_gives_another_second(self, registry: CellRegistry, later: Later) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        cell.dispose()
        later.wait(0.9 * GRACE_S)
        registry.claim(cell, "other", Thing)  # the run got this far and failed
        cell.dispose()
        later.wait(0.9 * GRACE_S)
        assert thing.released == 0
        later.wait(0.1 * GRACE_S)
        assert thing.released == 1

    def test_one_that_cannot_be_released_does_not_keep_the_others(
        self, registry: CellRegistry, later: Later, caplog: pytest.LogCaptureFixture
    ) -> None:
        cell = Cell()
        things = [registry.claim(cell, name, make) for name, make in (("a", Stubborn), ("b", Thing))]
        cell.dispose()
        later.wait(GRACE_S)
        assert [thing.released for thing in things] == [1, 1]
        assert [record.getMessage() for record in caplog.records] == ["could not release an object of a cell"]
        assert len(registry) == 0

    def test_a_cell_is_asked_once_a_run_to_tell_of_its_end(self, registry: CellRegistry, later: Later) -> None:
        cell = Cell()
        for name in "abc":
            registry.claim(cell, name, Thing)
        cell.dispose()
        for name in "abc":
            registry.claim(cell, name, unexpected)
        cell.dispose()
        later.wait(GRACE_S)
        assert len(registry) == 0

    def test_a_thousand_runs_leave_nothing_behind(self, registry: CellRegistry, later: Later) -> None:
        cell = Cell()
        thing = registry.claim(cell, "view", Thing)
        for _ in range(1000):
            cell.dispose()
            registry.claim(cell, "view", unexpected)
            later.wait(0.01)
        later.wait(GRACE_S)
        assert thing.released == 0
        assert len(registry) == 1
        assert later.idle


class TestHandingOver:
    """What was called otherwise in the run before."""

    @pytest.fixture
    def cell(self, registry: CellRegistry) -> Cell:
        return Cell()

    def test_the_one_thing_that_fits_is_found_by_its_new_name(
        self, registry: CellRegistry, later: Later, cell: Cell
    ) -> None:
        thing, other = registry.claim(cell, "old", Thing), registry.claim(cell, "other", Thing)
        cell.dispose()
        registry.rename(cell, "new", lambda name, what: name == "old" and what is thing)
        assert registry.claim(cell, "new", unexpected) is thing
        assert registry.claim(cell, "other", unexpected) is other
        later.wait(GRACE_S)
        assert (thing.released, len(registry)) == (0, 2)

    def test_of_two_that_fit_nobody_knows_which(self, registry: CellRegistry, later: Later, cell: Cell) -> None:
        things = [registry.claim(cell, name, Thing) for name in ("one", "two")]
        cell.dispose()
        registry.rename(cell, "new", lambda name, what: True)
        assert registry.claim(cell, "new", Thing) not in things
        later.wait(GRACE_S)
        assert [thing.released for thing in things] == [1, 1]

    def test_what_this_run_has_claimed_stays_where_it_is(self, registry: CellRegistry, cell: Cell) -> None:
        thing = registry.claim(cell, "old", Thing)
        registry.rename(cell, "new", lambda name, what: True)
        assert registry.claim(cell, "new", Thing) is not thing

    def test_a_name_that_finds_something_is_not_given_another(self, registry: CellRegistry, cell: Cell) -> None:
        old, new = registry.claim(cell, "old", Thing), registry.claim(cell, "new", Thing)
        cell.dispose()
        registry.rename(cell, "new", lambda name, what: name == "old")
        assert registry.claim(cell, "new", unexpected) is new
        assert registry.claim(cell, "old", unexpected) is old

    def test_a_cell_that_has_nothing_hands_nothing_over(self, registry: CellRegistry, cell: Cell) -> None:
        registry.rename(cell, "new", lambda name, what: True)
        assert len(registry) == 0


class TestOrphans:
    """What was made where no cell is known, as when marimo's private names are missing."""

    def test_it_goes_when_the_run_that_made_it_is_over(self, registry: CellRegistry, later: Later) -> None:
        thing, token = Thing(), Token()
        registry.release_after(thing, token)
        later.wait(100 * GRACE_S)
        assert thing.released == 0
        token.over = True
        later.wait(GRACE_S)
        assert thing.released == 1
        assert len(registry) == 0
        assert later.idle

    def test_those_of_other_runs_stay(self, registry: CellRegistry, later: Later) -> None:
        things, tokens = [Thing(), Thing(), Thing()], [Token(), Token(), Token()]
        for thing, token in zip(things, tokens, strict=True):
            registry.release_after(thing, token)
        tokens[1].over = True
        later.wait(2 * GRACE_S)
        assert [thing.released for thing in things] == [0, 1, 0]
        assert len(registry) == 2
        tokens[0].over = tokens[2].over = True
        later.wait(GRACE_S)
        assert [thing.released for thing in things] == [1, 1, 1]

    def test_after_the_last_one_there_may_be_others(self, registry: CellRegistry, later: Later) -> None:
        for _ in range(3):
            thing, token = Thing(), Token()
            registry.release_after(thing, token)
            token.over = True
            later.wait(GRACE_S)
            assert thing.released == 1
            assert later.idle

    def test_one_that_was_closed_is_looked_after_no_more(self, registry: CellRegistry, later: Later) -> None:
        thing = Thing()
        registry.release_after(thing, Token())
        thing.closed = True
        later.wait(GRACE_S)
        assert len(registry) == 0
        assert later.idle


class TestClose:
    def test_all_is_released(self, registry: CellRegistry, later: Later) -> None:
        cells = [Cell(), Cell()]
        things = [registry.claim(cell, name, Thing) for cell in cells for name in ("left", "right")]
        orphan = Thing()
        registry.release_after(orphan, Token())
        cells[0].dispose()
        registry.close()
        assert [thing.released for thing in (*things, orphan)] == [1] * 5
        assert len(registry) == 0
        later.wait(10 * GRACE_S)
        assert [thing.released for thing in (*things, orphan)] == [1] * 5
        assert later.idle

    def test_twice_is_fine(self, registry: CellRegistry) -> None:
        thing = registry.claim(Cell(), "view", Thing)
        registry.close()
        registry.close()
        assert thing.released == 1

    def test_one_that_raises_does_not_keep_the_others(
        self, registry: CellRegistry, caplog: pytest.LogCaptureFixture
    ) -> None:
        things = [registry.claim(Cell(), "view", make) for make in (Thing, Stubborn, Thing)]
        registry.close()
        assert [thing.released for thing in things] == [1, 1, 1]
        (record,) = caplog.records
        assert record.exc_info is not None
        assert record.exc_info[0] is OSError
