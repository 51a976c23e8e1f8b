import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.errors import WireError
from marimo_rfb.wire.envelope import pack, unpack
from marimo_rfb.wire.messages import HEADERS, MAX_CONTROL_BYTES, ImageHeader

HEADER = ImageHeader(seq=7, timestamp_us=1_700_000_000_000_001, width=640, height=480, mime="image/jpeg")
HEADER_TEXT = (
    b'{"type":"image_frame","seq":7,"timestamp_us":1700000000000001,"width":640,"height":480,"mime":"image/jpeg"}'
)


def test_a_message_is_length_header_payload() -> None:
    assert pack(HEADER, b"\xff\xd8\x00") == struct.pack("<I", len(HEADER_TEXT)) + HEADER_TEXT + b"\xff\xd8\x00"


def test_a_payload_may_be_a_view() -> None:
    assert pack(HEADER, memoryview(b"xyz")[1:]) == pack(HEADER, b"yz")


def test_unpacking_gives_a_view_of_the_payload_and_no_copy() -> None:
    message = pack(HEADER, b"pixels")
    header, payload = unpack(message)
    assert header == HEADER
    assert payload == b"pixels"
    assert payload.obj is message


def test_the_length_counts_bytes_not_characters() -> None:
    header = ImageHeader(seq=1, timestamp_us=0, width=1, height=1, mime="image/ü☂")
    assert unpack(pack(header, b"p")) == (header, b"p")


def test_a_header_longer_than_a_control_message_is_refused() -> None:
    text = HEADER_TEXT + b" " * (MAX_CONTROL_BYTES + 1 - len(HEADER_TEXT))
    with pytest.raises(WireError, match=f"claims {MAX_CONTROL_BYTES + 1} bytes"):
        unpack(struct.pack("<I", len(text)) + text + b"p")
    assert unpack(struct.pack("<I", len(text) - 1) + text[:-1] + b"p") == (HEADER, b"p")


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: pack(HEADER, b"p")[:-40] + tail))
def test_whatever_the_bytes_are_they_are_a_picture_or_an_error(message: bytes) -> None:
    try:
        header, payload = unpack(message)
    except WireError:
        return
    assert isinstance(header, HEADERS)
    assert message.endswith(payload)


@given(st.integers(0, len(HEADER_TEXT) + 3))
def test_a_message_cut_anywhere_in_its_header_is_refused(end: int) -> None:
    with pytest.raises(WireError):
        unpack(pack(HEADER, b"payload")[:end])
