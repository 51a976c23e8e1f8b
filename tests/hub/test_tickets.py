import threading

import pytest

from marimo_rfb.hub.tickets import TICKET_TTL_S, Tickets


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tickets(clock: Clock) -> Tickets:
    return Tickets(clock=clock)


def test_a_ticket_stands_for_its_token_as_often_as_it_is_shown(tickets: Tickets) -> None:
    ours, theirs = tickets.issue("ours"), tickets.issue("theirs")
    assert [tickets.redeem(each) for each in (ours, theirs, ours)] == ["ours", "theirs", "ours"]


def test_a_ticket_is_unguessable_and_tells_nothing_of_the_token(tickets: Tickets) -> None:
    made = {tickets.issue("a token that somebody chose") for _ in range(100)}
    assert len(made) == 100
    assert all(len(each) >= 43 and "chose" not in each for each in made)


def test_a_ticket_ends_after_a_minute(tickets: Tickets, clock: Clock) -> None:
    assert TICKET_TTL_S == 60
    ticket = tickets.issue("token")
    clock.now_s += 59.9
    later = tickets.issue("token")
    assert tickets.redeem(ticket) == "token"
    clock.now_s += 0.1
    assert (tickets.redeem(ticket), tickets.redeem(later)) == (ticket, "token")


def test_what_is_no_ticket_is_handed_on_as_it_is(tickets: Tickets) -> None:
    tickets.issue("token")
    assert [tickets.redeem(each) for each in (None, "", "token", "\ud800")] == [None, "", "token", "\ud800"]


def test_tickets_that_have_ended_are_forgotten(tickets: Tickets, clock: Clock) -> None:
    for _ in range(1000):
        tickets.issue("token")
        clock.now_s += 1.0
    assert len(tickets._issued) <= TICKET_TTL_S + 1


def test_they_are_issued_and_redeemed_on_many_threads_at_once(tickets: Tickets) -> None:
    wrong = list[str]()

    def use() -> None:
        wrong.extend(each for each in "abc" for _ in range(200) if tickets.redeem(tickets.issue(each)) != each)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
