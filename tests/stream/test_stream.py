import asyncio
import copy
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support import Owner, act, card, decode, eventually, published

from marimo_rfb.errors import FrameError, OptionError, StreamClosed
from marimo_rfb.frame import MAX_SIDE
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.envelope import unpack


@pytest.mark.parametrize("name", ["default", "a", "Camera-1", "a.b_c~d", "0", "x" * 100])
def test_a_name_that_fits_into_an_address_is_taken(owner: Owner, name: str) -> None:
    assert Stream(name, 1, 1, options=StreamOptions(), owner=owner, token="").name == name


@pytest.mark.parametrize(
    "name", ["", "-a", ".", "a/b", "a b", "ü", "x" * 101, "a\n", "a?b", "a#b", "%41", None, 5, b"a"]
)
def test_a_name_that_does_not_is_refused(owner: Owner, name: Any) -> None:
    with pytest.raises(OptionError, match="a stream's name is"):
        Stream(name, 1, 1, options=StreamOptions(), owner=owner, token="")


@pytest.mark.parametrize("side", [0, -1, 16385, 1.5, "640", None, True])
def test_a_size_that_is_no_picture_is_refused(owner: Owner, side: Any) -> None:
    for size in ((side, 1), (1, side)):
        with pytest.raises(OptionError, match="width and height are integers from 1 to 16384"):
            Stream("scene", *size, options=StreamOptions(), owner=owner, token="")


def test_it_tells_what_its_hub_knows(stream: Stream, owner: Owner) -> None:
    assert stream.port == 4242
    assert stream.ws_url == "ws://127.0.0.1:4242/scene"
    assert stream.client_count == 3
    assert stream.server is owner
    assert repr(stream) == "<Stream 'scene' 64x48, 3 viewers>"


def test_a_frame_gives_the_size_from_then_on(stream: Stream) -> None:
    assert (stream.width, stream.height) == (64, 48)
    stream.publish(card(20, 10))
    assert (stream.width, stream.height) == (20, 10)


def test_frames_are_numbered(stream: Stream) -> None:
    assert [published(stream, card()) for _ in range(3)] == [1, 2, 3]
    assert stream.stats.published == 3


def test_what_cannot_be_shown_is_an_error_and_uses_no_number(stream: Stream) -> None:
    with pytest.raises(FrameError, match=r"got \(3, 5, 5, 5\); a\[0\]"):
        stream.publish(np.zeros((3, 5, 5, 5), np.uint8))
    assert published(stream, card()) == 1
    assert stream.stats.published == 1


def test_publish_returns_nothing_that_a_cell_would_show(stream: Stream) -> None:
    publish = stream.publish
    assert publish(card()) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_stream_itself(stream: Stream, make: Any) -> None:
    assert make(stream) is stream
    assert make([stream])[0] is stream


def test_a_stream_that_is_sent_to_another_process_says_what_to_do(stream: Stream) -> None:
    with pytest.raises(TypeError, match=r"stays in its process.*send arrays"):
        pickle.dumps(stream)


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.intp])
def test_numpys_integers_are_taken_for_sizes_and_kept_as_pythons(owner: Owner, dtype: Any) -> None:
    stream = Stream("s", dtype(64), dtype(48), options=StreamOptions(), owner=owner, token="t" * 16)
    assert repr(stream.target_size) == "(64, 48)"


@pytest.mark.parametrize("side", [0, -1, 64.0, True, "64", None, np.float64(64), np.bool_(True), MAX_SIDE + 1])
def test_a_side_that_is_no_integer_in_range_is_refused(owner: Owner, side: Any) -> None:
    with pytest.raises(OptionError, match=r"width and height are integers from 1 to"):
        Stream("s", side, 48, options=StreamOptions(), owner=owner, token="t" * 16)


def test_a_widget_of_a_closed_stream_is_refused(stream: Stream) -> None:
    feed_of(stream).close()
    with pytest.raises(StreamClosed, match=r"was closed; make a new one"):
        stream.widget()


class Raising:
    def __float__(self) -> float:
        raise ZeroDivisionError

    def __repr__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "pixel_ratio",
    [
        *(0, -1, 17, float("nan"), float("inf"), "2", b"2", None, True, 2j, [2.0], 10**400, Raising()),
        *(np.float32(17), np.array([1.0, 2.0]), Fraction(1, 11), Decimal("NaN"), Decimal("sNaN")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_pixel_ratio_no_screen_has_is_refused(stream: Stream, pixel_ratio: Any) -> None:
    with pytest.raises(OptionError, match=r"pixel_ratio is a number from 0\.1 to 16"):
        stream.publish(card(), pixel_ratio=pixel_ratio)
    assert stream.stats.published == 0


@pytest.mark.parametrize(
    "pixel_ratio",
    [np.float32(2), np.float16(2), np.int8(2), np.uint64(2), np.array(2.0), Fraction(4, 2), Decimal(2), 2],
    ids=lambda value: type(value).__name__,
)
def test_a_pixel_ratio_may_be_any_number_and_becomes_a_float(stream: Stream, owner: Owner, pixel_ratio: Any) -> None:
    Encoding("image/png").start_rendition(feed_of(stream), deliver=owner.packets.extend).request_frame(None, seen=0)
    stream.publish(card(), pixel_ratio=pixel_ratio)
    eventually(lambda: owner.packets)
    assert stream.newest is not None
    assert type(stream.newest.pixel_ratio) is float
    assert unpack(owner.packets[0].message)[0].pixel_ratio == 2.0


def test_a_frame_does_not_follow_the_array_it_came_from(stream: Stream, owner: Owner) -> None:
    picture = np.full((48, 64, 3), 200, np.uint8)
    stream.publish(picture)
    picture[...] = 0
    rendition = Encoding("image/png").start_rendition(feed_of(stream), deliver=owner.packets.extend)
    rendition.request_frame(None, seen=0)
    eventually(lambda: owner.packets)
    _, payload = unpack(owner.packets[0].message)
    assert decode(payload).min() == 200


def test_a_closed_stream_refuses_frames(stream: Stream) -> None:
    feed_of(stream).close()
    assert stream.closed
    with pytest.raises(StreamClosed, match="stream 'scene' was closed; make a new one"):
        stream.publish(card())
    assert isinstance(StreamClosed(), RuntimeError)


def test_closing_goes_by_the_owner(stream: Stream, owner: Owner) -> None:
    stream.close()
    asyncio.run(stream.aclose())
    assert owner.closed == ["scene", "async scene"]


class TestCursor:
    def test_it_goes_by_the_owner_when_it_changes(self, stream: Stream, owner: Owner) -> None:
        assert stream.cursor == ""
        for css in ("crosshair", "crosshair", "grab", "", ""):
            stream.cursor = css
            assert stream.cursor == css
        assert owner.cursors == ["crosshair", "grab", ""]

    def test_what_is_no_cursor_changes_nothing(self, stream: Stream, owner: Owner) -> None:
        stream.cursor = "grab"
        with pytest.raises(OptionError, match="cursor is a CSS keyword"):
            stream.cursor = "url(http://tracker.example/x.png), grab"
        assert stream.cursor == "grab"
        assert owner.cursors == ["grab"]

    def test_of_a_closed_stream_it_shows_to_nobody(self, stream: Stream, owner: Owner) -> None:
        feed_of(stream).close()
        stream.cursor = "grab"
        assert owner.cursors == []


class TestCopyText:
    @pytest.mark.parametrize(
        "text", ["", "größer\n", "x" * 32_768, "\U0001f600" * 32_000, "\n" * 32_000, "\ud800" * 10_000]
    )
    def test_a_text_goes_by_the_owner(self, stream: Stream, owner: Owner, text: str) -> None:
        stream.copy_text(text)
        assert owner.copied == [text]

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (None, "takes a str, got NoneType"),
            (b"x", "takes a str, got bytes"),
            ("x" * 32_769, "at most 32768 characters, got 32769"),
            ('"' * 32_768, "32768 characters are too many with so many"),
            ("\x01" * 20_000, "20000 characters are too many with so many"),
            ("\ud800" * 20_000, "20000 characters are too many with so many"),
        ],
        ids=["None", "bytes", "long", "quotes", "control characters", "surrogates"],
    )
    def test_what_no_page_takes_is_refused(self, stream: Stream, owner: Owner, text: Any, why: str) -> None:
        with pytest.raises(OptionError, match=why):
            stream.copy_text(text)
        assert owner.copied == []

    def test_a_closed_stream_refuses_it(self, stream: Stream) -> None:
        feed_of(stream).close()
        with pytest.raises(StreamClosed, match="stream 'scene' was closed"):
            stream.copy_text("text")


class TestTargetSize:
    def test_it_is_what_the_stream_was_made_with_whatever_is_published_and_looked_at(self, stream: Stream) -> None:
        stream.publish(card(20, 10))
        stream.audience.update(viewers=1, watching=1, size=(800, 600))
        stream.audience.set_target_size((800, 600))
        assert stream.target_size == (64, 48)

    def test_it_is_that_of_the_view_where_that_is_followed(self, stream: Stream) -> None:
        stream.configure(resize_policy="match_client")
        assert stream.target_size == (64, 48)
        stream.audience.set_target_size((800, 600))
        assert stream.target_size == (800, 600)
        stream.configure(resize_policy="fixed")
        assert stream.target_size == (64, 48)


def test_a_notice_goes_by_the_owner(stream: Stream, owner: Owner) -> None:
    stream.notify("hello")
    assert owner.notices == ["hello"]


def test_events_wait_to_be_polled(stream: Stream) -> None:
    assert stream.poll_events() == []
    act(stream, "key_down", key="a")
    assert [e.type for e in stream.poll_events()] == ["key_down"]
    assert stream.poll_events() == []


class TestConfigure:
    def test_options_that_are_not_named_stay(self, stream: Stream, owner: Owner) -> None:
        stream.configure(quality=50)
        stream.configure(max_fps=10)
        assert stream.options == StreamOptions(quality=50, max_fps=10)
        assert owner.restarted == [StreamOptions(quality=50), StreamOptions(quality=50, max_fps=10)]

    def test_what_is_so_already_costs_nothing(self, stream: Stream, owner: Owner) -> None:
        stream.configure()
        stream.configure(quality="auto")
        assert owner.restarted == []

    @pytest.mark.parametrize("options", [{"quality": 0}, {"qualty": 50}, {"quality": 50, "max_fps": -1}])
    def test_what_makes_no_sense_changes_nothing(self, stream: Stream, owner: Owner, options: Any) -> None:
        with pytest.raises(OptionError):
            stream.configure(**options)
        assert stream.options == StreamOptions()
        assert owner.restarted == []

    def test_renditions_that_are_made_afterwards_follow_it(self, stream: Stream, owner: Owner) -> None:
        stream.publish(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8))
        for quality in (95, 5):
            stream.configure(quality=quality)
            Encoding("image/jpeg").start_rendition(feed_of(stream), deliver=owner.packets.extend).request_frame(
                None, seen=0
            )
            eventually(lambda quality=quality: len(owner.packets) == (1 if quality == 95 else 2))
        good, small = owner.packets
        assert len(good.message) > 2 * len(small.message)

    def test_a_closed_stream_asks_nothing_of_its_hub(self, stream: Stream, owner: Owner) -> None:
        feed_of(stream).close()
        stream.configure(quality=50)
        assert stream.options.quality == 50
        assert owner.restarted == []


def test_the_newest_frame_can_be_had(stream: Stream) -> None:
    assert stream.newest is None
    stream.publish(card(seed=1))
    stream.publish(card(seed=2))
    assert stream.newest is not None
    assert stream.newest.seq == 2
    np.testing.assert_array_equal(stream.newest.pixels, card(seed=2))
