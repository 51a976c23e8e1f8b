import threading
from typing import Any

from marimo_rfb.events import InputEvent
from marimo_rfb.stream.inbox import CAPACITY, Inbox


def event(kind: str, *, viewer: str = "viewer-1", principal: Any = None, at_us: int = 0, **fields: Any) -> InputEvent:
    return InputEvent(viewer, principal, {"type": kind, **fields}, received_us=at_us)


def move(x: float, *, viewer: str = "viewer-1", at_us: int = 0, buttons: tuple[int, ...] = ()) -> InputEvent:
    return event("pointer_move", viewer=viewer, at_us=at_us, x=x, buttons=buttons, modifiers=(), ntouches=0)


def seen(inbox: Inbox) -> list[tuple[str, str, Any]]:
    return [(e.viewer, e.type, e.event.get("x")) for e in inbox.take()]


def test_events_come_out_once_and_in_order() -> None:
    inbox = Inbox()
    inbox.put(event("key_down", key="a"))
    inbox.put(event("key_up", key="a"))
    assert [e.type for e in inbox.take()] == ["key_down", "key_up"]
    assert inbox.take() == []


def test_moves_merge_into_the_newest() -> None:
    inbox = Inbox()
    for x in range(5):
        inbox.put(move(x, at_us=x))
    (merged,) = inbox.take()
    assert (merged.event["x"], merged.received_us) == (4, 4)


def test_a_press_between_moves_stays_between_them() -> None:
    inbox = Inbox()
    inbox.put(move(1))
    inbox.put(event("pointer_down", x=1))
    inbox.put(move(2, buttons=(1,)))
    inbox.put(move(3, buttons=(1,)))
    assert seen(inbox) == [
        ("viewer-1", "pointer_move", 1),
        ("viewer-1", "pointer_down", 1),
        ("viewer-1", "pointer_move", 3),
    ]


def test_the_wheel_adds_up() -> None:
    inbox = Inbox()
    for dy in (1, 2, 4):
        inbox.put(event("wheel", dx=0, dy=dy, buttons=(), modifiers=()))
    (turn,) = inbox.take()
    assert turn.event["dy"] == 7


def test_moves_of_two_viewers_do_not_merge() -> None:
    inbox = Inbox()
    for x, viewer in ((1, "a"), (2, "b"), (3, "a")):
        inbox.put(move(x, viewer=viewer))
    assert seen(inbox) == [("a", "pointer_move", 1), ("b", "pointer_move", 2), ("a", "pointer_move", 3)]


def test_a_merged_event_keeps_its_principal() -> None:
    inbox = Inbox()
    for x in (1, 2):
        inbox.put(event("resize", principal="ann", width=x))
    assert [(e.principal, e.event["width"]) for e in inbox.take()] == [("ann", 2)]


def test_what_was_taken_is_not_merged_into() -> None:
    inbox = Inbox()
    inbox.put(move(1))
    (taken,) = inbox.take()
    inbox.put(move(2))
    assert taken.event["x"] == 1
    assert seen(inbox) == [("viewer-1", "pointer_move", 2)]


def test_a_full_inbox_loses_the_oldest_and_counts_them() -> None:
    inbox = Inbox()
    for number in range(CAPACITY + 3):
        inbox.put(event("key_down", key=str(number)))
    events = inbox.take()
    assert len(events) == CAPACITY
    assert inbox.dropped == 3
    assert [events[0].event["key"], events[-1].event["key"]] == ["3", str(CAPACITY + 2)]


def test_merging_needs_no_room() -> None:
    inbox = Inbox()
    for number in range(CAPACITY - 1):
        inbox.put(event("key_down", key=str(number)))
    for x in range(100):
        inbox.put(move(x))
    assert inbox.dropped == 0
    assert len(inbox.take()) == CAPACITY


def test_the_reader_is_woken_for_each_event_with_the_event_in_place() -> None:
    lengths: list[int] = []
    inbox = Inbox(wake=lambda: lengths.append(len(inbox.take())))
    inbox.put(event("key_down", key="a"))
    inbox.put(event("key_up", key="a"))
    assert lengths == [1, 1]


def test_no_event_of_many_threads_is_lost_or_doubled() -> None:
    inbox, taken = Inbox(), []
    threads = [
        threading.Thread(
            target=lambda name=name: [
                inbox.put(event("key_down", viewer=name, key=str(number))) for number in range(100)
            ]
        )
        for name in "abcdefgh"
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken += inbox.take()
    taken += inbox.take()
    for name in "abcdefgh":
        assert [int(e.event["key"]) for e in taken if e.viewer == name] == list(range(100))


def test_who_reads_may_come_later() -> None:
    woken: list[str] = []
    inbox = Inbox()
    inbox.put(event("key_down", key="a"))
    inbox.wake_with(lambda: woken.append("woken"))
    assert woken == []
    inbox.put(event("key_up", key="a"))
    assert woken == ["woken"]
    assert [e.type for e in inbox.take()] == ["key_down", "key_up"]


def test_closing_wakes_the_reader_and_twice_is_fine() -> None:
    woken: list[bool] = []
    inbox = Inbox(wake=lambda: woken.append(inbox.closed))
    inbox.put(event("key_down", key="a"))
    inbox.close()
    inbox.close()
    assert woken == [False, True, True]
    assert [e.type for e in inbox.take()] == ["key_down"]
