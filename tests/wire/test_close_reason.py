from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.wire.close_reason import MAX_REASON_BYTES, close_reason


@given(st.text(max_size=300))
def test_it_fits_into_a_close_frame_whatever_it_is(text: str) -> None:
    reason = close_reason(text)
    assert len(reason.encode()) <= MAX_REASON_BYTES


def test_one_that_fits_is_as_it_was() -> None:
    assert close_reason("the stream was closed – really") == "the stream was closed – really"
    assert close_reason("é" * 100) == "é" * 61
