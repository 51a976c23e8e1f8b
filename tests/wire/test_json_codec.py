import dataclasses
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marimo_rfb.errors import WireError
from marimo_rfb.wire.json_codec import encode_message, load_object, parse_client, parse_header, parse_server
from marimo_rfb.wire.messages import (
    CLIENT_MESSAGES,
    MAX_CONTROL_BYTES,
    MAX_RECTS,
    SERVER_MESSAGES,
    Ack,
    Config,
    DecoderReset,
    Hello,
    Notice,
    RectsHeader,
    SetViewport,
    Stats,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def spoilt_messages(classes: tuple[type, ...]) -> st.SearchStrategy[str]:
    """Messages of known types whose fields hold anything."""

    def fields(cls: Any) -> st.SearchStrategy[dict[str, Any]]:
        names = {field.name: json_values for field in dataclasses.fields(cls)}
        return st.fixed_dictionaries({"type": st.just(cls.type)}, optional=names)

    return st.one_of([fields(cls) for cls in classes]).map(json.dumps)


def test_absent_fields_take_their_defaults() -> None:
    assert parse_client('{"type":"hello","supported":[]}') == Hello(supported=(), device_pixel_ratio=1.0, token=None)


def test_fields_of_the_future_are_left_out() -> None:
    assert parse_client('{"type":"decoder_reset","why":{"deep":[1,2]}}') == DecoderReset()


def test_of_two_fields_with_one_name_the_last_counts() -> None:
    assert parse_client('{"type":"ack","seq":1,"seq":2}') == Ack(seq=2)


def test_a_whole_float_is_an_integer_because_javascript_has_one_number_type() -> None:
    message = parse_client('{"type":"ack","seq":3.0}')
    assert isinstance(message, Ack)
    assert type(message.seq) is int


def test_an_integer_is_a_float_where_a_float_is_expected() -> None:
    message = parse_client('{"type":"set_viewport","width":4,"height":5,"pwidth":4,"pheight":5,"ratio":2}')
    assert message == SetViewport(width=4.0, height=5.0, pwidth=4, pheight=5, ratio=2.0)
    assert isinstance(message, SetViewport)
    assert type(message.width) is float


@pytest.mark.parametrize("seq", [2**53, -(2**53)])
def test_the_largest_integer_of_javascript_is_taken(seq: int) -> None:
    assert parse_client(json.dumps({"type": "ack", "seq": seq})) == Ack(seq=seq)


@pytest.mark.parametrize("seq", [2**53 + 1, -(2**53) - 1])
def test_an_integer_javascript_cannot_hold_is_refused(seq: int) -> None:
    with pytest.raises(WireError, match="seq must be an integer"):
        parse_client(json.dumps({"type": "ack", "seq": seq}))


def test_an_error_names_message_and_field() -> None:
    with pytest.raises(WireError, match="Ack: seq is missing"):
        parse_client('{"type":"ack"}')
    with pytest.raises(WireError, match="Ack: displayed must be true or false, got int"):
        parse_client('{"type":"ack","seq":1,"displayed":0}')


def test_a_server_message_means_nothing_from_a_client() -> None:
    assert parse_client('{"type":"config","transport":"image","width":1,"height":1}') is None
    assert parse_server('{"type":"ack","seq":1}') is None


def test_a_header_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(WireError, match="unknown type"):
        parse_header('{"type":"hologram"}')


def test_a_header_has_room_for_the_most_rectangles() -> None:
    header = RectsHeader(
        seq=2,
        timestamp_us=0,
        width=9999,
        height=9999,
        base_seq=1,
        rects=(9_000, 9_000, 999, 999, 10**9) * MAX_RECTS,
        mimes=("image/jpeg",) * MAX_RECTS,
    )
    assert parse_header(encode_message(header)) == header


def test_a_text_of_the_most_allowed_length_is_read() -> None:
    text = '{"type":"decoder_reset","x":"' + "y" * MAX_CONTROL_BYTES
    text = text[: MAX_CONTROL_BYTES - 2] + '"}'
    assert len(text) == MAX_CONTROL_BYTES
    assert parse_client(text) == DecoderReset()


def test_a_text_one_longer_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError, match=f"at most {MAX_CONTROL_BYTES} bytes"):
        load_object(" " * (MAX_CONTROL_BYTES + 1))


@pytest.mark.parametrize("depth", [500, 3000, MAX_CONTROL_BYTES // 2 - 20])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_deep_nesting_is_read_or_refused_but_never_overflows_the_stack(depth: int, brackets: str) -> None:
    opening = "[" if brackets == "[]" else '{"a":'
    depth = depth if brackets == "[]" else depth // 3
    text = '{"type":"decoder_reset","x":' + opening * depth + "0" + brackets[1] * depth + "}"
    try:
        assert parse_client(text) == DecoderReset()
    except WireError as exc:
        assert "not JSON" in str(exc)  # noqa: PT017


def test_a_field_that_is_none_is_absent_in_the_text() -> None:
    assert encode_message(Stats(fps_sent=1.5)) == '{"type":"stats","fps_sent":1.5}'


def test_text_is_compact_and_keeps_its_characters() -> None:
    assert encode_message(Notice(text="größer → ☂")) == '{"type":"notice","text":"größer → ☂","level":"error"}'


def test_half_a_surrogate_pair_can_still_be_sent_as_utf_8() -> None:
    text = encode_message(Notice(text="bad \ud800 name"))
    assert json.loads(text.encode().decode())["text"] == "bad \ud800 name"


def test_a_number_json_has_no_word_for_is_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_message(Stats(fps_sent=float("nan")))


@given(st.text() | json_values.map(json.dumps) | spoilt_messages(CLIENT_MESSAGES))
@example("[" * 60_000)
def test_whatever_a_client_says_is_a_message_or_an_error(text: str) -> None:
    try:
        message = parse_client(text)
    except WireError:
        return
    assert message is None or isinstance(message, CLIENT_MESSAGES)
    if message is not None:
        assert parse_client(encode_message(message)) == message


@given(st.text() | json_values.map(json.dumps) | spoilt_messages(SERVER_MESSAGES))
def test_whatever_a_server_says_is_a_message_or_an_error(text: str) -> None:
    try:
        message = parse_server(text)
    except WireError:
        return
    assert message is None or isinstance(message, SERVER_MESSAGES)
    if message is not None:
        assert parse_server(encode_message(message)) == message


def test_config_reads_back_with_its_color() -> None:
    text = (
        '{"type":"config","transport":"image","width":2,"height":1,"coords":"frame-pixels",'
        '"color":{"primaries":"bt709","transfer":"srgb","matrix":"rgb","full_range":true,"bit_depth":8}}'
    )
    message = parse_server(text)
    assert isinstance(message, Config)
    assert message.color is not None
    assert message.color.bit_depth == 8
    assert encode_message(message) == text
