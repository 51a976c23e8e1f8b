import threading
from typing import Any

from marimo_rfb.events import InputEvent
from marimo_rfb.stream.event_queue import CAPACITY, EventQueue


def event(kind: str, *, viewer: str = "viewer-1", principal: Any = None, at_us: int = 0, **fields: Any) -> InputEvent:
    return InputEvent(viewer, principal, {"type": kind, **fields}, received_us=at_us)


def move(x: float, *, viewer: str = "viewer-1", at_us: int = 0, buttons: tuple[int, ...] = ()) -> InputEvent:
    return event("pointer_move", viewer=viewer, at_us=at_us, x=x, buttons=buttons, modifiers=(), ntouches=0)


def seen(queue: EventQueue) -> list[tuple[str, str, Any]]:
    return [(e.viewer, e.type, e.event.get("x")) for e in queue.take()]


def test_events_come_out_once_and_in_order() -> None:
    queue = EventQueue()
    queue.put(event("key_down", key="a"))
    queue.put(event("key_up", key="a"))
    assert [e.type for e in queue.take()] == ["key_down", "key_up"]
    assert queue.take() == []


def test_moves_merge_into_the_newest() -> None:
    queue = EventQueue()
    for x in range(5):
        queue.put(move(x, at_us=x))
    (merged,) = queue.take()
    assert (merged.event["x"], merged.received_us) == (4, 4)


def test_a_press_between_moves_stays_between_them() -> None:
    queue = EventQueue()
    queue.put(move(1))
    queue.put(event("pointer_down", x=1))
    queue.put(move(2, buttons=(1,)))
    queue.put(move(3, buttons=(1,)))
    assert seen(queue) == [
        ("viewer-1", "pointer_move", 1),
        ("viewer-1", "pointer_down", 1),
        ("viewer-1", "pointer_move", 3),
    ]


def test_the_wheel_adds_up() -> None:
    queue = EventQueue()
    for dy in (1, 2, 4):
        queue.put(event("wheel", dx=0, dy=dy, buttons=(), modifiers=()))
    (turn,) = queue.take()
    assert turn.event["dy"] == 7


def test_moves_of_two_viewers_do_not_merge() -> None:
    queue = EventQueue()
    for x, viewer in ((1, "a"), (2, "b"), (3, "a")):
        queue.put(move(x, viewer=viewer))
    assert seen(queue) == [("a", "pointer_move", 1), ("b", "pointer_move", 2), ("a", "pointer_move", 3)]


def test_a_merged_event_keeps_its_principal() -> None:
    queue = EventQueue()
    for x in (1, 2):
        queue.put(event("resize", principal="ann", width=x))
    assert [(e.principal, e.event["width"]) for e in queue.take()] == [("ann", 2)]


def test_what_was_taken_is_not_merged_into() -> None:
    queue = EventQueue()
    queue.put(move(1))
    (taken,) = queue.take()
    queue.put(move(2))
    assert taken.event["x"] == 1
    assert seen(queue) == [("viewer-1", "pointer_move", 2)]


def test_a_full_inbox_loses_the_oldest_and_counts_them() -> None:
    queue = EventQueue()
    for number in range(CAPACITY + 3):
        queue.put(event("key_down", key=str(number)))
    events = queue.take()
    assert len(events) == CAPACITY
    assert queue.dropped == 3
    assert [events[0].event["key"], events[-1].event["key"]] == ["3", str(CAPACITY + 2)]


def test_merging_needs_no_room() -> None:
    queue = EventQueue()
    for number in range(CAPACITY - 1):
        queue.put(event("key_down", key=str(number)))
    for x in range(100):
        queue.put(move(x))
    assert queue.dropped == 0
    assert len(queue.take()) == CAPACITY


def test_the_reader_is_woken_for_each_event_with_the_event_in_place() -> None:
    lengths: list[int] = []
    queue = EventQueue(wake=lambda: lengths.append(len(queue.take())))
    queue.put(event("key_down", key="a"))
    queue.put(event("key_up", key="a"))
    assert lengths == [1, 1]


def test_no_event_of_many_threads_is_lost_or_doubled() -> None:
    queue, taken = EventQueue(), []
    threads = [
        threading.Thread(
            target=lambda name=name: [
                queue.put(event("key_down", viewer=name, key=str(number))) for number in range(100)
            ]
        )
        for name in "abcdefgh"
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken += queue.take()
    taken += queue.take()
    for name in "abcdefgh":
        assert [int(e.event["key"]) for e in taken if e.viewer == name] == list(range(100))


def test_who_reads_may_come_later() -> None:
    woken: list[str] = []
    queue = EventQueue()
    queue.put(event("key_down", key="a"))
    queue.wake_with(lambda: woken.append("woken"))
    assert woken == []
    queue.put(event("key_up", key="a"))
    assert woken == ["woken"]
    assert [e.type for e in queue.take()] == ["key_down", "key_up"]


def test_closing_wakes_the_reader_and_twice_is_fine() -> None:
    woken: list[bool] = []
    queue = EventQueue(wake=lambda: woken.append(queue.closed))
    queue.put(event("key_down", key="a"))
    queue.close()
    queue.close()
    assert woken == [False, True, True]
    assert [e.type for e in queue.take()] == ["key_down"]
