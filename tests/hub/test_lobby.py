import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.hub import lobby
from marimo_rfb.hub.lobby import Guest, Lobby


class House:
    """A lobby, and the names of those who were shown out."""

    def __init__(self) -> None:
        self.lobby = Lobby()
        self.shown_out: list[str] = []

    def enter(self, name: str, client: str = "proxy") -> Guest:
        return self.lobby.enter(client, lambda: self.shown_out.append(name))


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(lobby, "MAX_WAITING", 3)
    monkeypatch.setattr(lobby, "MAX_CONNECTIONS", 2)
    return House()


def test_the_one_that_was_silent_longest_makes_room(house: House) -> None:
    for name in "abcde":
        house.enter(name)
    assert house.shown_out == ["a", "b"]


def test_one_that_has_said_hello_is_not_silent(house: House) -> None:
    house.enter("a").was_heard = True
    for name in "bcde":
        house.enter(name)
    assert house.shown_out == ["b", "c"]


def test_one_that_was_let_in_does_not_wait(house: House) -> None:
    assert house.enter("a").let_in()
    for name in "bcd":
        house.enter(name)
    assert house.shown_out == []


def test_who_crowds_the_lobby_crowds_out_its_own(house: House) -> None:
    house.enter("other", client="10.0.0.2")
    for name in "abcd":
        house.enter(name, client="10.0.0.1")
    assert house.shown_out == ["a", "b"]


def test_when_all_have_said_hello_the_last_that_came_goes(house: House) -> None:
    guests = [house.enter(name) for name in "abc"]
    for guest in guests:
        guest.was_heard = True
    house.enter("d")
    assert house.shown_out == ["d"]


def test_there_is_room_for_so_many_and_again_when_one_leaves(house: House) -> None:
    first = house.enter("a")
    assert first.let_in()
    assert house.enter("b").let_in()
    assert not house.enter("c").let_in()
    first.leave()
    first.leave()
    assert house.enter("d").let_in()


def test_one_that_was_shown_out_or_has_left_is_not_let_in(house: House) -> None:
    first, *_ = [house.enter(name) for name in "abcd"]
    assert house.shown_out == ["a"]
    assert not first.let_in()
    gone = house.enter("e")
    gone.leave()
    assert not gone.let_in()


@given(came=st.lists(st.tuples(st.sampled_from("xyz"), st.booleans()), max_size=1000))
def test_whoever_comes_in_whatever_number_one_of_another_client_gets_in(came: list[tuple[str, bool]]) -> None:
    house = House()
    good = house.enter("good", client="good")
    for client, speaks in came * 3:
        house.enter("other", client=client).was_heard = speaks
    assert "good" not in house.shown_out
    assert good.let_in()
