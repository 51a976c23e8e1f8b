import asyncio
import copy
import pickle
import threading
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support import Owner, card, decode, eventually, published

from marimo_rfb.errors import FrameError, OptionError, StreamClosed
from marimo_rfb.events import InputEvent
from marimo_rfb.frame import MAX_SIDE, Frame
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.inbox import Inbox
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.envelope import unpack


def event(kind: str, **fields: Any) -> InputEvent:
    return InputEvent("viewer-1", None, {"type": kind, **fields}, received_us=0)


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
        *(0, -1, 17, float("nan"), float("inf"), "2", b"2", None, 2j, [2.0], 10**400, Raising()),
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
    feed_of(stream).add_rendition(Encoding("image/png")).want()
    stream.publish(card(), pixel_ratio=pixel_ratio)
    eventually(lambda: owner.packets)
    assert stream.newest is not None
    assert type(stream.newest.pixel_ratio) is float
    assert unpack(owner.packets[0].message)[0].pixel_ratio == 2.0


def test_a_frame_does_not_follow_the_array_it_came_from(stream: Stream, owner: Owner) -> None:
    picture = np.full((48, 64, 3), 200, np.uint8)
    stream.publish(picture)
    picture[...] = 0
    rendition = feed_of(stream).add_rendition(Encoding("image/png"))
    rendition.want()
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
            ('"' * 32_768, "32768 characters are too many where"),
            ("\x01" * 20_000, "20000 characters are too many where"),
            ("\ud800" * 20_000, "20000 characters are too many where"),
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
        stream.audience.aim((800, 600))
        assert stream.target_size == (64, 48)

    def test_it_is_that_of_the_view_where_that_is_followed(self, stream: Stream) -> None:
        stream.configure(resize_policy="match_client")
        assert stream.target_size == (64, 48)
        stream.audience.aim((800, 600))
        assert stream.target_size == (800, 600)
        stream.configure(resize_policy="fixed")
        assert stream.target_size == (64, 48)


def test_a_notice_goes_by_the_owner(stream: Stream, owner: Owner) -> None:
    stream.notify("hello")
    assert owner.notices == ["hello"]


def test_each_rendition_gets_each_frame_that_is_wanted(stream: Stream, owner: Owner) -> None:
    renditions = [feed_of(stream).add_rendition(Encoding(transport)) for transport in ("image/png", "image/jpeg")]
    for rendition in renditions:
        rendition.want()
    stream.publish(card())
    eventually(lambda: len(owner.packets) == 2)
    assert {unpack(p.message)[0].mime for p in owner.packets} == {"image/png", "image/jpeg"}  # type: ignore[union-attr]
    assert {p.seq for p in owner.packets} == {1}


def test_quality_reaches_the_encoder(owner: Owner) -> None:
    sizes = []
    for quality in (5, 95):
        stream = Stream("scene", 64, 48, options=StreamOptions(quality=quality), owner=owner, token="")
        owner.packets.clear()
        feed_of(stream).add_rendition(Encoding("image/jpeg")).want()
        stream.publish(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8))
        eventually(lambda: owner.packets)
        sizes.append(len(owner.packets[0].message))
    assert sizes[0] < sizes[1]


def test_a_dropped_rendition_encodes_nothing_more(stream: Stream, owner: Owner) -> None:
    dropped, kept = (
        feed_of(stream).add_rendition(Encoding("image/png")),
        feed_of(stream).add_rendition(Encoding("image/png")),
    )
    dropped.want()
    kept.want()
    feed_of(stream).remove_rendition(dropped)
    stream.publish(card())
    eventually(lambda: owner.packets)
    assert stream.stats.encoded == 1


def test_an_encoder_that_fails_says_so_over_the_picture(stream: Stream, owner: Owner) -> None:
    feed_of(stream).add_rendition(Encoding("image/webp")).want()
    stream.publish(np.zeros((1, 16384, 3), np.uint8))
    eventually(lambda: owner.notices)
    assert owner.notices[0].startswith("EncodeError: WEBP cannot hold a frame of shape (1, 16384, 3)")


def test_events_wait_to_be_polled(stream: Stream) -> None:
    assert stream.poll_events() == []
    feed_of(stream).dispatch(event("key_down", key="a"))
    assert [e.type for e in stream.poll_events()] == ["key_down"]
    assert stream.poll_events() == []


def test_each_inbox_gets_every_event_until_it_is_dropped(stream: Stream) -> None:
    woken: list[int] = []
    inbox = Inbox(wake=lambda: woken.append(1))
    feed_of(stream).add_inbox(inbox)
    feed_of(stream).dispatch(event("key_down", key="a"))
    feed_of(stream).remove_inbox(inbox)
    feed_of(stream).dispatch(event("key_up", key="a"))
    assert [e.type for e in inbox.take()] == ["key_down"]
    assert [e.type for e in stream.poll_events()] == ["key_down", "key_up"]
    assert len(woken) == 1


def test_readers_are_woken_when_the_stream_closes(stream: Stream) -> None:
    woken: list[int] = []
    feed_of(stream).add_inbox(Inbox(wake=lambda: woken.append(1)))
    feed_of(stream).close()
    assert woken == [1]


class TestConfigure:
    def test_options_that_are_not_named_stay(self, stream: Stream, owner: Owner) -> None:
        stream.configure(quality=50)
        stream.configure(fps=10)
        assert stream.options == StreamOptions(quality=50, fps=10)
        assert owner.encoded_anew == [StreamOptions(quality=50), StreamOptions(quality=50, fps=10)]

    def test_what_is_so_already_costs_nothing(self, stream: Stream, owner: Owner) -> None:
        stream.configure()
        stream.configure(quality=80)
        assert owner.encoded_anew == []

    @pytest.mark.parametrize("options", [{"quality": 0}, {"qualty": 50}, {"quality": 50, "fps": -1}])
    def test_what_makes_no_sense_changes_nothing(self, stream: Stream, owner: Owner, options: Any) -> None:
        with pytest.raises(OptionError):
            stream.configure(**options)
        assert stream.options == StreamOptions()
        assert owner.encoded_anew == []

    def test_renditions_that_are_made_afterwards_follow_it(self, stream: Stream, owner: Owner) -> None:
        stream.publish(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8))
        for quality in (95, 5):
            stream.configure(quality=quality)
            feed_of(stream).add_rendition(Encoding("image/jpeg")).want()
            eventually(lambda quality=quality: len(owner.packets) == (1 if quality == 95 else 2))
        good, small = owner.packets
        assert len(good.message) > 2 * len(small.message)

    def test_a_closed_stream_asks_nothing_of_its_hub(self, stream: Stream, owner: Owner) -> None:
        feed_of(stream).close()
        stream.configure(quality=50)
        assert stream.options.quality == 50
        assert owner.encoded_anew == []


class TestLookingOn:
    def test_the_newest_frame_can_be_had(self, stream: Stream) -> None:
        assert stream.newest is None
        stream.publish(card(seed=1))
        stream.publish(card(seed=2))
        assert stream.newest is not None
        assert stream.newest.seq == 2
        np.testing.assert_array_equal(stream.newest.pixels, card(seed=2))

    def test_a_tap_gets_every_frame_on_the_thread_that_publishes_until_it_is_dropped(self, stream: Stream) -> None:
        seen: list[tuple[int, int]] = []

        def tap(frame: Frame) -> None:
            seen.append((frame.seq, threading.get_ident()))

        stream.publish(card())
        feed_of(stream).add_tap(tap)
        stream.publish(card())
        elsewhere = threading.Thread(target=lambda: stream.publish(card()))
        elsewhere.start()
        elsewhere.join()
        feed_of(stream).remove_tap(tap)
        feed_of(stream).remove_tap(tap)
        stream.publish(card())
        assert [seq for seq, _ in seen] == [2, 3]
        assert seen[0][1] == threading.get_ident() != seen[1][1]

    def test_one_that_raises_is_logged_and_the_others_have_the_frame(
        self, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(frame: Frame) -> None:
            raise ValueError("no")

        seqs: list[int] = []
        feed_of(stream).add_tap(fail)
        feed_of(stream).add_tap(lambda frame: seqs.append(frame.seq))
        assert published(stream, card()) == 1
        assert seqs == [1]
        assert [r.getMessage() for r in caplog.records] == ["what looks on at stream 'scene' raised"]

    def test_dropping_a_tap_leaves_the_others(self, stream: Stream) -> None:
        class Watcher:
            def __init__(self) -> None:
                self.seqs: list[int] = []

            def look(self, frame: Frame) -> None:
                self.seqs.append(frame.seq)

        one, other = Watcher(), Watcher()
        feed_of(stream).add_tap(one.look)
        feed_of(stream).add_tap(other.look)
        feed_of(stream).remove_tap(one.look)
        stream.publish(card())
        assert (one.seqs, other.seqs) == ([], [1])


def test_many_threads_publish_at_once_and_no_number_is_given_twice(stream: Stream, owner: Owner) -> None:
    rendition = feed_of(stream).add_rendition(Encoding("image/jpeg"))
    rendition.want()
    seqs: list[list[int]] = [[] for _ in range(8)]

    def publish(mine: list[int], seed: int) -> None:
        for number in range(50):
            mine.append(published(stream, np.full((4, 4, 3), (seed * 50 + number) % 256, np.uint8)))
            rendition.want()

    threads = [threading.Thread(target=publish, args=(mine, i)) for i, mine in enumerate(seqs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == sorted(mine) for mine in seqs)
    assert sorted(s for mine in seqs for s in mine) == list(range(1, 401))
    # As the hub asks again after each packet: a want during an encode is good for that packet.
    eventually(lambda: rendition.want() or not rendition.has_news)
    delivered = [p.seq for p in owner.packets]
    assert delivered == sorted(set(delivered))


class TestRange:
    BRIGHT = np.random.default_rng(1).uniform(0, 255, (48, 64))

    def test_floats_up_to_255_are_remarked_upon_until_they_are_in_range(
        self, stream: Stream, owner: Owner, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(3):
            stream.publish(self.BRIGHT)
        (told,) = owner.notices
        assert told.startswith("The picture is mostly white: ")
        assert "Divide them by 255" in told
        assert len(caplog.records) == 1
        stream.publish(self.BRIGHT / 255)
        assert owner.notices == [told, ""]
        stream.publish(self.BRIGHT)
        assert owner.notices == [told, "", told]
        assert len(caplog.records) == 1

    def test_what_the_publisher_says_comes_first_and_takes_nothing_away(self, stream: Stream, owner: Owner) -> None:
        stream.publish(self.BRIGHT)
        stream.notify("paused")
        assert stream.notice == "paused"
        stream.notify("")
        assert stream.notice.startswith("The picture is mostly white")
        stream.publish(card())
        assert stream.notice == ""
