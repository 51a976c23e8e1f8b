import pytest

from marimo_rfb.flow.refinement_budget import RefinementBudget


def course(*, live_wire_s: float, piece_wire_s: float, seconds: float = 10.0, fps: float = 30.0) -> float:
    """Send a piece whenever it is due, beside live pictures; return the part of the time that pieces take."""
    budget, pieces = RefinementBudget(), 0
    for number in range(round(seconds * fps)):
        now_s = number / fps
        budget.on_live_sent(now_s, wire_s=live_wire_s)
        if budget.is_due(now_s + live_wire_s):
            budget.on_settled_sent(number, 3000, now_s + live_wire_s, wire_s=piece_wire_s)
            pieces += 1
    return pieces * piece_wire_s / seconds


@pytest.mark.parametrize("live_wire_s", [1 / 30, 1.0])
def test_where_live_pictures_fill_the_link_pieces_have_a_quarter_of_it(live_wire_s: float) -> None:
    assert 0.15 < course(live_wire_s=live_wire_s, piece_wire_s=0.025) <= 0.26


def test_where_they_do_not_pieces_have_what_they_leave() -> None:
    assert 0.6 < course(live_wire_s=0.005, piece_wire_s=0.025) <= 0.85


def test_where_pieces_take_no_time_one_may_follow_every_picture() -> None:
    budget = RefinementBudget()
    budget.on_settled_sent(1, 3000, 5.0, wire_s=0.0)
    assert budget.is_due(5.0)


def test_pieces_grow_as_long_as_they_are_not_late_and_shrink_again_within_bounds() -> None:
    budget, sizes = RefinementBudget(), []
    for seq in range(40):
        budget.on_settled_sent(seq, budget.piece_bytes, seq, wire_s=0.0)
        budget.on_ack(seq, queue_s=0.01 if seq < 20 else 0.1)
        sizes.append(budget.piece_bytes)
    assert sizes[:20] == sorted(sizes[:20])
    assert sizes[20:] == sorted(sizes[20:], reverse=True)
    assert 100_000 < max(sizes) < 200_000
    assert 1000 < min(sizes) == sizes[-1] < 5000


def test_only_the_acks_of_pieces_count() -> None:
    budget = RefinementBudget()
    before = budget.piece_bytes
    budget.on_ack(1, queue_s=0.0)
    budget.on_settled_sent(5, 1 << 20, 0.0, wire_s=1.0)  # a whole picture at rest
    budget.on_ack(5, queue_s=0.0)
    budget.on_settled_sent(7, 1000, 0.0, wire_s=0.0)
    budget.on_ack(6, queue_s=0.0)
    assert budget.piece_bytes == before
    budget.on_ack(7, queue_s=0.0)
    assert budget.piece_bytes > before
    budget.on_ack(8, queue_s=1.0)
    assert budget.piece_bytes > before
