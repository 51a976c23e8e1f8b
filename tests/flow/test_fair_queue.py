from hypothesis import given, settings
from hypothesis import strategies as st

from marimo_rfb.flow.fair_queue import FairQueue


def drained(queue: FairQueue[str]) -> list[str]:
    taken = []
    while (item := queue.take()) is not None:
        taken.append(item)
    return taken


def filled(*items: str) -> FairQueue[str]:
    """Return a queue of items named by their stream, flow and number, such as `a1x`."""
    queue: FairQueue[str] = FairQueue()
    for item in items:
        queue.put(item, stream=item[0], flow=item[1])
    return queue


def test_nothing_comes_of_nothing() -> None:
    queue: FairQueue[str] = FairQueue()
    assert queue.take() is None
    assert (len(queue), bool(queue)) == (0, False)


def test_streams_are_served_in_turn_and_then_their_flows() -> None:
    assert drained(filled("a1", "a2", "a3", "b1", "b2", "c1")) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_comes_back_waits_behind_those_who_wait() -> None:
    queue = filled("a1", "a2", "b1")
    assert queue.take() == "a1"
    queue.put("a1", stream="a", flow="1")
    assert drained(queue) == ["b1", "a2", "a1"]


def test_a_newer_item_takes_the_place_of_its_flow() -> None:
    queue = filled("a1x", "b1", "a2", "a1y")
    assert len(queue) == 3
    assert drained(queue) == ["a1y", "b1", "a2"]


def test_what_was_removed_does_not_come() -> None:
    queue = filled("a1", "a2", "b1")
    queue.remove("a", "1")
    queue.remove("b", "1")
    queue.remove("b", "1")
    queue.remove("c", "1")
    assert (queue.has("a", "1"), queue.has("a", "2"), queue.has("b", "1")) == (False, True, False)
    assert drained(queue) == ["a2"]


@settings(max_examples=200, deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(0, 3), st.integers(0, 5)),
            st.tuples(st.just("remove"), st.integers(0, 3), st.integers(0, 5)),
            st.just(("take", 0, 0)),
        ),
        max_size=60,
    )
)
def test_whatever_others_do_a_stream_waits_for_one_item_of_each(steps: list[tuple[str, int, int]]) -> None:
    queue: FairQueue[tuple[int, int]] = FairQueue()
    waiting: set[tuple[int, int]] = set()
    # How many items of each other stream went before, since this one has waited.
    passed: dict[int, dict[int, int]] = {}
    for kind, stream, flow in steps:
        if kind == "put":
            queue.put((stream, flow), stream=stream, flow=flow)
            waiting.add((stream, flow))
        elif kind == "remove":
            queue.remove(stream, flow)
            waiting.discard((stream, flow))
        else:
            taken = queue.take()
            assert (taken is None) == (not waiting)
            if taken is None:
                continue
            waiting.remove(taken)
            passed.pop(taken[0], None)
            for waits in {stream for stream, _ in waiting} - {taken[0]}:
                counts = passed.setdefault(waits, {})
                counts[taken[0]] = counts.get(taken[0], 0) + 1
                assert counts[taken[0]] == 1
        for stream in set(passed) - {stream for stream, _ in waiting}:
            del passed[stream]
        assert len(queue) == len(waiting)
        assert bool(queue) == bool(waiting)
