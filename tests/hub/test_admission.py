import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.hub import admission
from marimo_rfb.hub.admission import Admission, AdmissionControl


class Hub:
    """A lobby, and the names of those who were shown out."""

    def __init__(self) -> None:
        self.lobby = AdmissionControl()
        self.shown_out: list[str] = []

    def enter(self, name: str, client: str = "proxy") -> Admission:
        return self.lobby.request(client, lambda: self.shown_out.append(name))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(admission, "MAX_WAITING", 3)
    monkeypatch.setattr(admission, "MAX_CONNECTIONS", 2)
    return Hub()


def test_the_one_that_was_silent_longest_makes_room(hub: Hub) -> None:
    for name in "abcde":
        hub.enter(name)
    assert hub.shown_out == ["a", "b"]


def test_one_that_has_said_hello_is_not_silent(hub: Hub) -> None:
    hub.enter("a").said_hello = True
    for name in "bcde":
        hub.enter(name)
    assert hub.shown_out == ["b", "c"]


def test_one_that_was_let_in_does_not_wait(hub: Hub) -> None:
    assert hub.enter("a").admit()
    for name in "bcd":
        hub.enter(name)
    assert hub.shown_out == []


def test_who_crowds_the_lobby_crowds_out_its_own(hub: Hub) -> None:
    hub.enter("other", client="10.0.0.2")
    for name in "abcd":
        hub.enter(name, client="10.0.0.1")
    assert hub.shown_out == ["a", "b"]


def test_when_all_have_said_hello_the_last_that_came_goes(hub: Hub) -> None:
    guests = [hub.enter(name) for name in "abc"]
    for guest in guests:
        guest.said_hello = True
    hub.enter("d")
    assert hub.shown_out == ["d"]


def test_there_is_room_for_so_many_and_again_when_one_leaves(hub: Hub) -> None:
    first = hub.enter("a")
    assert first.admit()
    assert hub.enter("b").admit()
    assert not hub.enter("c").admit()
    first.release()
    first.release()
    assert hub.enter("d").admit()


def test_one_that_was_shown_out_or_has_left_is_not_let_in(hub: Hub) -> None:
    first, *_ = [hub.enter(name) for name in "abcd"]
    assert hub.shown_out == ["a"]
    assert not first.admit()
    gone = hub.enter("e")
    gone.release()
    assert not gone.admit()


@given(came=st.lists(st.tuples(st.sampled_from("xyz"), st.booleans()), max_size=1000))
def test_whoever_comes_in_whatever_number_one_of_another_client_gets_in(came: list[tuple[str, bool]]) -> None:
    hub = Hub()
    good = hub.enter("good", client="good")
    for client, speaks in came * 3:
        hub.enter("other", client=client).said_hello = speaks
    assert "good" not in hub.shown_out
    assert good.admit()
