from dataclasses import replace

from marimo_rfb.wire.picture_state import EXACT, FINE, PictureState
from marimo_rfb.wire.picture_update import Patch, PictureUpdate

FAST = 7
ALL = Patch(range(2), range(3), FAST)
LEFT = (range(2), range(1))
RIGHT = (range(2), range(1, 3))


def whole(frame_seq: int, quality: int = FAST, *, is_settled: bool = False) -> PictureUpdate:
    return PictureUpdate(1, frame_seq, (2, 3), (ALL._replace(quality=quality),), is_settled=is_settled)


def parts(frame_seq: int, base_seq: int, *patches: Patch, is_settled: bool = False) -> PictureUpdate:
    return PictureUpdate(1, frame_seq, (2, 3), patches, base_seq, is_settled)


def test_a_whole_picture_applies_to_everything_and_is_as_good_everywhere() -> None:
    update = whole(5, EXACT)
    other = PictureState(2, 9, bytes(1))
    for before in (None, other, whole(4).after(None)):
        assert update.applies_to(before)
        assert update.is_news_to(before)
        state = update.after(before)
        assert (state.chain, state.frame_seq, state.qualities) == (1, 5, bytes([EXACT] * 6))
    assert not update.is_news_to(update.after(None))


def test_parts_apply_to_their_base_and_later_frames_of_the_same_history() -> None:
    update = parts(7, 4, Patch(*LEFT, EXACT))
    states = {seq: whole(seq).after(None) for seq in (3, 4, 5, 7, 8)}
    assert [seq for seq, state in states.items() if update.applies_to(state)] == [4, 5, 7]
    assert not update.applies_to(None)
    assert not update.applies_to(PictureState(2, 5, states[5].qualities))
    assert [seq for seq in (4, 5, 7) if update.is_news_to(states[seq])] == [4, 5, 7]  # the last one gets better
    assert not update.is_news_to(update.after(states[7]))
    after = update.after(states[4])
    assert after.qualities == bytes([EXACT, FAST, FAST] * 2)
    assert (after.worst, after.frame_seq) == (FAST, 7)
    assert states[4].qualities == bytes([FAST] * 6)  # as before


def test_viewers_with_the_same_picture_share_the_next_one() -> None:
    first = whole(1)
    update = parts(2, 1, Patch(*LEFT, FINE))
    assert first.after(None) is first.after(PictureState(9, 9, bytes(1)))
    assert update.after(first.after(None)) is update.after(first.after(None))


def test_a_better_encoding_is_news_to_whom_it_improves() -> None:
    state = whole(4).after(None)
    fine = parts(4, 4, Patch(*LEFT, FINE), is_settled=True)
    exact = parts(4, 4, Patch(*LEFT, EXACT), Patch(*RIGHT, EXACT), is_settled=True)
    assert fine.is_news_to(state)
    state = fine.after(state)
    assert not fine.is_news_to(state)
    assert exact.is_news_to(state)
    state = exact.after(state)
    assert state.worst == EXACT
    assert not exact.is_news_to(state)
    assert not whole(4, EXACT, is_settled=True).is_news_to(state)
    assert whole(4, FINE, is_settled=True).is_news_to(None)
    # A frame that looks the same as an older one: who has that needs no better one either.
    same = parts(6, 4, Patch(*LEFT, EXACT), is_settled=True)
    assert not same.is_news_to(state)
    assert same.is_news_to(whole(4).after(None))


def test_who_does_not_have_an_exact_picture_then_does_not_get_what_says_so() -> None:
    claims = replace(parts(4, 4, Patch(*LEFT, EXACT), is_settled=True), claims_exact=True)
    had = whole(4).after(None)
    assert not claims.applies_to(had)
    assert claims.applies_to(parts(4, 4, Patch(*RIGHT, EXACT), is_settled=True).after(had))
