import numpy as np
from support import noise

from marimo_rfb.encode.dirty_tiles import Rect, TileMask, mask_of_rects
from marimo_rfb.frame import Frame
from marimo_rfb.stream.picture_history import Parts, PictureHistory
from marimo_rfb.wire.picture_state import PictureState

WIDTH, HEIGHT = 160, 80
WHOLE = Rect(0, 0, WIDTH, HEIGHT)
CORNER = Rect(0, 0, 16, 16)
OTHER = Rect(96, 48, 16, 16)


def frame(seq: int) -> Frame:
    return Frame(noise(WIDTH, HEIGHT, seed=seq), seq, 0.0)


def mask(*rects: Rect) -> TileMask:
    return mask_of_rects(rects, width=WIDTH, height=HEIGHT)


def state(history: PictureHistory) -> PictureState:
    return PictureState(history.chain, history.position, history.seq)


def test_without_a_picture_nobody_is_behind() -> None:
    assert not PictureHistory().is_behind(None)


def test_who_has_a_picture_that_looks_the_same_is_not_behind() -> None:
    history = PictureHistory()
    history.show(frame(1), None)
    had = state(history)
    history.show(frame(2), mask())
    assert not history.is_behind(had)
    assert history.is_behind(None)
    history.show(frame(3), mask(CORNER))
    assert history.is_behind(had)


def test_the_oldest_picture_that_parts_suffice_for_counts() -> None:
    history = PictureHistory()
    states = []
    for seq, dirty in [(1, None), (2, mask(CORNER)), (3, mask(OTHER)), (4, mask(CORNER))]:
        history.show(frame(seq), dirty)
        states.append(state(history))
    assert history.parts_for(states) == Parts(1, 1, [CORNER, OTHER])
    assert history.parts_for([None, *states[1:]]) == Parts(2, 2, [CORNER, OTHER])
    assert history.parts_for(states[2:3]) == Parts(3, 3, [CORNER])


def test_pictures_of_another_rendition_or_from_before_a_change_everywhere_need_the_whole() -> None:
    history, other = PictureHistory(), PictureHistory()
    for each in (history, other):
        each.show(frame(1), None)
        each.show(frame(2), mask(CORNER))
    assert history.parts_for([state(other), None]) is None
    had = state(history)
    history.show(frame(3), None)
    history.show(frame(4), mask(CORNER))
    assert history.parts_for([had]) is None


def test_parts_that_are_large_or_too_many_changes_ago_are_no_parts() -> None:
    history = PictureHistory()
    history.show(frame(1), None)
    had = state(history)
    history.show(frame(2), mask(Rect(0, 0, WIDTH, HEIGHT // 2)))
    assert history.parts_for([had]) is None
    for seq in range(3, 67):
        history.show(frame(seq), mask(CORNER))
    assert history.parts_for([PictureState(history.chain, 3, 3)]) == Parts(3, 3, [CORNER])
    assert history.parts_for([PictureState(history.chain, 2, 2)]) is None


def test_a_lossless_picture_for_one_who_joins_does_not_make_it_exact_for_the_others() -> None:
    history = PictureHistory()
    history.show(frame(1), None)
    history.sent_whole(is_lossless=False)
    history.sent_whole(is_lossless=True)
    assert history.lossy_parts() is None


def test_a_lossless_picture_is_exact_until_lossy_parts_come() -> None:
    history = PictureHistory()
    history.show(frame(1), None)
    history.sent_whole(is_lossless=True)
    assert history.lossy_parts() == Parts(1, 1, [])
    history.show(frame(2), mask(CORNER, OTHER))
    assert not history.sent_parts(Parts(1, 1, [CORNER, OTHER]), [OTHER])
    assert history.lossy_parts() == Parts(2, 2, [CORNER])
    history.show(frame(3), mask())  # which looks the same
    assert history.lossy_parts() == Parts(2, 2, [CORNER])
    history.show(frame(4), mask(CORNER))
    assert history.sent_parts(Parts(3, 3, [CORNER]), [CORNER])
    assert history.lossy_parts() == Parts(4, 4, [])


def test_who_has_not_had_the_settled_picture_gets_what_changed_and_then_a_whole_settled_one() -> None:
    history = PictureHistory()
    history.show(frame(1), None)
    history.sent_whole(is_lossless=False)
    had = state(history)
    history.settle(2)
    settled = state(history)
    assert not history.is_behind(had)
    history.show(frame(3), mask(CORNER))
    assert history.parts_for([settled]) == Parts(2, 1, [CORNER])
    assert history.sent_parts(Parts(2, 1, [CORNER]), [CORNER])
    assert history.parts_for([had, settled]) == Parts(1, 1, [CORNER])
    assert not history.sent_parts(Parts(1, 1, [CORNER]), [CORNER])
    assert history.lossy_parts() is None


def test_what_is_lossy_nearly_everywhere_is_settled_as_a_whole() -> None:
    history = PictureHistory()
    history.show(frame(1), None)
    history.sent_whole(is_lossless=True)
    history.show(frame(2), np.ones_like(mask()))
    history.sent_parts(Parts(1, 1, [WHOLE]), [])
    assert history.lossy_parts() is None
