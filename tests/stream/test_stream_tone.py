import logging

import numpy as np
import pytest

from marimo_rfb.stream.stream_tone import StreamTone, contrast_of
from marimo_rfb.tone.options import ToneOptions, check_tone
from marimo_rfb.wire.messages import Contrast

WIDE = np.array([[0, 4095]], np.uint16)


def test_the_tone_is_the_same_object_while_nothing_changes() -> None:
    tone = StreamTone("a", ToneOptions())
    first = tone.tone_of(WIDE)
    assert tone.tone_of(WIDE + np.uint16(5)) is first
    assert tone.tone_of(WIDE.astype(np.uint8)) is not first
    tone.set_options(check_tone(vmin=5))
    assert tone.tone_of(WIDE) is not first


def test_the_first_frame_of_a_dtype_sets_the_range_of_the_later_ones() -> None:
    tone = StreamTone("a", ToneOptions())
    shown = [tone.tone_of(np.array([numbers], np.int16)).contrast for numbers in ([-5, 5], [-900, 900])]
    assert [(each.vmin, each.vmax) for each in shown] == [(-5, 5)] * 2
    tone.set_options(check_tone(cmap="magma"))
    again = tone.tone_of(np.array([[0, 700]], ">i2")).contrast
    assert (again.vmin, again.vmax) == (-5, 5)


def test_a_frame_that_is_all_masked_sets_no_range() -> None:
    tone = StreamTone("a", ToneOptions())
    tone.tone_of(np.ma.masked_all((1, 2), np.int16))
    shown = tone.tone_of(np.ma.MaskedArray([[-7, 7]], dtype=np.int16)).contrast
    assert (shown.vmin, shown.vmax) == (-7, 7)


def test_a_remark_is_logged_once_per_dtype_and_cause(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tone = StreamTone("a", ToneOptions())
    texts = {tone.remark_on(WIDE + np.uint16(n)) for n in range(3)}
    assert len(texts) == 1
    tone.set_options(check_tone(vmax=5))
    assert tone.remark_on(WIDE) == ""
    tone.set_options(ToneOptions())
    assert tone.remark_on(WIDE) in texts
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warned == [f"stream 'a': {texts.pop()}"]
    assert "stream 'a': uint16 without vmin and vmax is shown from 0 to 65535" in caplog.text


def test_viewers_are_told_how_numbers_are_shown_and_of_colors_nothing() -> None:
    tone = StreamTone("a", check_tone(vmin=5, gamma=0.5, cmap="magma"))
    wanted = Contrast(dtype="uint16", vmin=5, vmax=65535, gamma=0.5, cmap="magma", fixed=True)
    assert contrast_of(tone.tone_of(WIDE)) == wanted
    assert contrast_of(tone.tone_of(np.zeros((2, 2, 3)))) == Contrast()
    plain = StreamTone("a", ToneOptions())
    assert contrast_of(plain.tone_of(np.zeros((2, 2), bool))) == Contrast(dtype="bool", vmin=0, vmax=1)
