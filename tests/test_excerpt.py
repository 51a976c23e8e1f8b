import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.excerpt import MAX_CHARACTERS, MAX_LINES, excerpt
from marimo_rfb.wire.json_codec import encode_message, parse_server
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, Notice

# What takes most room on the way: control characters, quotes, what lies beyond U+FFFF, and half of it.
DEAR = st.sampled_from(["\0", "\x1b", '"', "\\", "\n", "\r\n", "\u2028", "é", "🜁", "\ud83d", "\udf01", "x"])


@pytest.mark.parametrize("text", ["", "oops", "a\nb\n", "x" * MAX_CHARACTERS, "\n".join("x" * MAX_LINES)])
def test_what_can_be_shown_is_left_as_it_is(text: str) -> None:
    assert excerpt(text) == text


def test_of_a_long_one_there_is_the_beginning_and_how_much_is_left_out() -> None:
    shown = excerpt("ValueError: " + "x" * 100_000)
    assert shown.startswith("ValueError: xxx")
    assert shown.endswith("x … (96,012 more characters)")


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028", "\v"])
def test_of_many_lines_there_are_the_first(line_break: str) -> None:
    shown = excerpt(line_break.join(str(n) for n in range(40_000)))
    assert shown.splitlines()[: MAX_LINES - 1] == [str(n) for n in range(MAX_LINES - 1)]
    assert len(shown.splitlines()) == MAX_LINES


@given(st.lists(st.tuples(DEAR, st.integers(0, 50_000)), max_size=4))
def test_whatever_the_text_its_message_is_one_that_a_page_takes(parts: list[tuple[str, int]]) -> None:
    notice = Notice(text=excerpt("".join(part * times for part, times in parts)))
    message = encode_message(notice)
    assert len(message.encode("utf-16-le")) // 2 < MAX_CONTROL_BYTES / 2
    assert parse_server(message) is not None
