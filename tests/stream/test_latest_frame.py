import threading

import numpy as np
import pytest

from marimo_rfb.stream.latest_frame import MAX_CHANGES, LatestFrame
from marimo_rfb.tone.auto_range import UNIT_RANGE
from marimo_rfb.tone.options import check_tone
from marimo_rfb.tone.tone import Tone

PIXELS = np.zeros((2, 3, 3), np.uint8)


def test_an_empty_slot_has_nothing() -> None:
    assert LatestFrame().newest is None


def test_frames_are_numbered_from_1_and_carry_the_time() -> None:
    times = iter([10.0, 12.5])
    latest = LatestFrame(clock=lambda: next(times))
    first, second = latest.put(PIXELS), latest.put(PIXELS, pixel_ratio=2.0)
    assert [(f.seq, f.published_s, f.pixel_ratio) for f in (first, second)] == [(1, 10.0, 1.0), (2, 12.5, 2.0)]


def test_only_the_newest_frame_is_held() -> None:
    latest = LatestFrame()
    latest.put(PIXELS)
    newest = latest.put(PIXELS)
    assert latest.newest is newest


def test_the_pixels_are_the_array_that_was_put() -> None:
    assert LatestFrame().put(PIXELS).pixels is PIXELS


def test_numbers_from_many_threads_are_unique_and_rise() -> None:
    latest, per_thread = LatestFrame(), 200
    seqs: list[list[int]] = [[] for _ in range(8)]
    threads = [
        threading.Thread(target=lambda mine=mine: mine.extend(latest.put(PIXELS).seq for _ in range(per_thread)))
        for mine in seqs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == sorted(mine) for mine in seqs)
    assert sorted(seq for mine in seqs for seq in mine) == list(range(1, 8 * per_thread + 1))
    assert latest.newest is not None
    assert latest.newest.seq == 8 * per_thread


def test_a_number_can_be_had_without_a_frame() -> None:
    latest = LatestFrame()
    latest.put(PIXELS)
    assert latest.next_seq() == 2
    assert latest.newest is not None
    assert latest.newest.seq == 1
    assert (latest.put(PIXELS).seq, latest.count) == (3, 2)


def test_a_frame_shown_anew_has_the_same_data_a_new_number_and_is_not_counted() -> None:
    times = iter([10.0, 12.5])
    latest = LatestFrame(clock=lambda: next(times))
    data = np.array([[0, 255]], np.uint8)
    tone = Tone(data.dtype, check_tone(vmin=0, vmax=1), UNIT_RANGE, has_colors=False)
    first = latest.put(data, pixel_ratio=2.0)
    again = latest.show_anew(tone)
    assert latest.newest is again
    assert (again.seq, again.published_s, again.pixel_ratio, latest.count) == (2, 12.5, 2.0, 1)
    assert again.data is first.data
    assert again.tone is tone


SHARED_TONE = Tone(np.dtype(np.uint8), check_tone(), UNIT_RANGE, has_colors=True)
WIDE = np.zeros((16, 48, 3), np.uint8)
FIRST, SECOND, NOWHERE = (np.array([tiles], np.bool_) for tiles in ([1, 0, 0], [0, 1, 0], [0, 0, 0]))


def test_what_publishers_say_of_changes_adds_up() -> None:
    latest = LatestFrame()
    for dirty in (None, FIRST, NOWHERE, SECOND):
        latest.put(WIDE, tone=SHARED_TONE, dirty=dirty)
    assert [latest.dirty_since(seq) for seq in (0, 5)] == [None, None]
    for seq, expected in ((1, FIRST | SECOND), (2, SECOND), (3, SECOND), (4, NOWHERE)):
        np.testing.assert_array_equal(latest.dirty_since(seq), expected)
    assert not NOWHERE.any()


def test_numbers_without_a_frame_do_not_break_the_chain_of_changes() -> None:
    latest = LatestFrame()
    latest.put(WIDE, tone=SHARED_TONE)
    assert latest.renumber(1) == 2
    latest.put(WIDE, tone=SHARED_TONE, dirty=FIRST)
    np.testing.assert_array_equal(latest.dirty_since(1), FIRST)


@pytest.mark.parametrize("what", ["nothing", "size", "tone", "shown anew"])
def test_a_change_that_nobody_told_may_be_anywhere(what: str) -> None:
    latest = LatestFrame()
    latest.put(WIDE, tone=SHARED_TONE)
    other = Tone(np.dtype(np.uint8), check_tone(gamma=2.0), UNIT_RANGE, has_colors=True)
    match what:
        case "nothing":
            latest.put(WIDE, tone=SHARED_TONE)
        case "size":
            latest.put(WIDE[:, :33], tone=SHARED_TONE, dirty=FIRST)
        case "tone":
            latest.put(WIDE, tone=other, dirty=FIRST)
        case "shown anew":
            latest.show_anew(other)
    assert latest.dirty_since(1) is None


def test_changes_of_long_ago_are_forgotten() -> None:
    latest = LatestFrame()
    for _ in range(MAX_CHANGES + 1):
        latest.put(WIDE, tone=SHARED_TONE, dirty=FIRST)
    np.testing.assert_array_equal(latest.dirty_since(1), FIRST)
    latest.put(WIDE, tone=SHARED_TONE, dirty=FIRST)
    assert latest.dirty_since(1) is None
