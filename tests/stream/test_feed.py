import sys
import threading
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from support import Owner, card, eventually, noise, published, request_frame

from marimo_rfb.errors import StreamClosed
from marimo_rfb.events import InputEvent
from marimo_rfb.frame import Frame, as_data
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stream import Stream
from marimo_rfb.tone.tone import Tone
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.messages import Contrast, Notice, SetContrast


def event(kind: str, **fields: Any) -> InputEvent:
    return InputEvent("viewer-1", None, {"type": kind, **fields}, received_us=0)


def start(stream: Stream, codec: str, owner: Owner) -> Rendition:
    return Encoding(codec).start_rendition(feed_of(stream), deliver=owner.packets.extend)


def test_what_was_read_before_the_stream_closed_is_refused_after(stream: Stream) -> None:
    feed = feed_of(stream)
    data = as_data(card())
    feed.publish(data)
    feed.close()
    with pytest.raises(StreamClosed, match="stream 'scene' was closed; make a new one"):
        feed.publish(data)
    assert stream.stats.published == 1


def test_each_rendition_gets_each_frame_that_is_wanted(stream: Stream, owner: Owner) -> None:
    renditions = [
        Encoding(transport).start_rendition(feed_of(stream), deliver=owner.packets.extend)
        for transport in ("image/png", "image/jpeg")
    ]
    for rendition in renditions:
        rendition.request_frame(None, seen=0)
    stream.publish(card())
    eventually(lambda: len(owner.packets) == 2)
    assert {unpack(p.message)[0].mime for p in owner.packets} == {"image/png", "image/jpeg"}  # type: ignore[union-attr]
    assert {p.seq for p in owner.packets} == {1}


def test_quality_reaches_the_encoder(owner: Owner) -> None:
    sizes = []
    for quality in (5, 95):
        stream = Stream("scene", 64, 48, options=StreamOptions(quality=quality), owner=owner, token="")
        owner.packets.clear()
        start(stream, "image/jpeg", owner).request_frame(None, seen=0)
        stream.publish(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8))
        eventually(lambda: owner.packets)
        sizes.append(len(owner.packets[0].message))
    assert sizes[0] < sizes[1]


def test_a_removed_rendition_encodes_nothing_more(stream: Stream, owner: Owner) -> None:
    feed = feed_of(stream)
    removed, kept = (
        start(stream, "image/png", owner),
        start(stream, "image/png", owner),
    )
    removed.request_frame(None, seen=0)
    kept.request_frame(None, seen=0)
    feed.remove_rendition(removed)
    stream.publish(card())
    eventually(lambda: owner.packets)
    assert stream.stats.encoded == 1


def test_an_encoder_that_fails_says_so_over_the_picture(stream: Stream, owner: Owner) -> None:
    start(stream, "image/webp", owner).request_frame(None, seen=0)
    stream.publish(np.zeros((1, 16384, 3), np.uint8))
    eventually(lambda: owner.notices)
    assert owner.notices[0].startswith("EncodeError: WEBP cannot hold a frame of shape (1, 16384, 3)")


def test_each_inbox_gets_every_event_until_it_is_removed(stream: Stream) -> None:
    woken: list[int] = []
    queue = EventQueue(wake=lambda: woken.append(1))
    feed_of(stream).add_event_queue(queue)
    feed_of(stream).dispatch(event("key_down", key="a"))
    feed_of(stream).remove_event_queue(queue)
    feed_of(stream).dispatch(event("key_up", key="a"))
    assert [e.type for e in queue.take()] == ["key_down"]
    assert [e.type for e in stream.poll_events()] == ["key_down", "key_up"]
    assert len(woken) == 1


def test_readers_are_woken_when_the_stream_closes(stream: Stream) -> None:
    woken: list[int] = []
    feed_of(stream).add_event_queue(EventQueue(wake=lambda: woken.append(1)))
    feed_of(stream).close()
    assert woken == [1]


class TestTaps:
    def test_a_tap_gets_every_frame_on_the_thread_that_publishes_until_it_is_removed(self, stream: Stream) -> None:
        seen: list[tuple[int, int]] = []

        def tap(frame: Frame) -> None:
            seen.append((frame.seq, threading.get_ident()))

        stream.publish(card())
        feed_of(stream).add_frame_listener(tap)
        stream.publish(card())
        elsewhere = threading.Thread(target=lambda: stream.publish(card()))
        elsewhere.start()
        elsewhere.join()
        feed_of(stream).remove_frame_listener(tap)
        feed_of(stream).remove_frame_listener(tap)
        stream.publish(card())
        assert [seq for seq, _ in seen] == [2, 3]
        assert seen[0][1] == threading.get_ident() != seen[1][1]

    def test_one_that_raises_is_logged_and_the_others_have_the_frame(
        self, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(frame: Frame) -> None:
            raise ValueError("no")

        seqs: list[int] = []
        feed_of(stream).add_frame_listener(fail)
        feed_of(stream).add_frame_listener(lambda frame: seqs.append(frame.seq))
        assert published(stream, card()) == 1
        assert seqs == [1]
        assert [r.getMessage() for r in caplog.records] == ["a frame listener of stream 'scene' raised"]

    def test_removing_a_tap_leaves_the_others(self, stream: Stream) -> None:
        class Watcher:
            def __init__(self) -> None:
                self.seqs: list[int] = []

            def look(self, frame: Frame) -> None:
                self.seqs.append(frame.seq)

        one, other = Watcher(), Watcher()
        feed_of(stream).add_frame_listener(one.look)
        feed_of(stream).add_frame_listener(other.look)
        feed_of(stream).remove_frame_listener(one.look)
        stream.publish(card())
        assert (one.seqs, other.seqs) == ([], [1])


def test_many_threads_publish_at_once_and_no_number_is_given_twice(stream: Stream, owner: Owner) -> None:
    rendition = start(stream, "image/jpeg", owner)
    rendition.request_frame(None, seen=0)
    seqs: dict[int, list[int]] = defaultdict(list)
    # `newest` may be another thread's by the time that one looks.
    feed_of(stream).add_frame_listener(lambda frame: seqs[threading.get_ident()].append(frame.seq))

    def publish(seed: int) -> None:
        for number in range(50):
            stream.publish(np.full((4, 4, 3), (seed * 50 + number) % 256, np.uint8))
            request_frame(rendition, owner.packets)

    threads = [threading.Thread(target=publish, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == sorted(mine) for mine in seqs.values())
    assert sorted(s for mine in seqs.values() for s in mine) == list(range(1, 401))
    # As the hub asks again after each packet: a want during an encode is good for that packet.
    eventually(lambda: request_frame(rendition, owner.packets) or not rendition.has_new_frame)
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
        assert told == ("Floats are shown from 0 to 1, and the picture has values from 0 to 255; pass vmin=0, vmax=255")
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
        assert stream.notice.startswith("Floats are shown from 0 to 1")
        stream.publish(card())
        assert stream.notice == ""


class TestTone:
    WIDE = np.array([[0, 100, 65535]], np.uint16)

    def seen(self, stream: Stream) -> Any:
        assert stream.newest is not None
        return stream.newest.pixels[0, :, 0].tolist()

    def test_nothing_is_mapped_before_somebody_looks(self, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
        mapped: list[int] = []
        mapping = Tone.pixels
        monkeypatch.setattr(Tone, "pixels", lambda self, data: mapped.append(1) or mapping(self, data))
        for _ in range(3):
            stream.publish(self.WIDE)
        assert not mapped
        assert self.seen(stream) == [0, 0, 255]
        assert self.seen(stream) == [0, 0, 255]
        assert len(mapped) == 1

    def test_a_configured_range_shows_the_newest_frame_anew(self, stream: Stream, owner: Owner) -> None:
        heard: list[int] = []
        feed_of(stream).add_frame_listener(lambda frame: heard.append(frame.seq))
        stream.publish(self.WIDE)
        stream.configure(vmin=0, vmax=100, cmap="gray")
        assert self.seen(stream) == [0, 255, 255]
        assert stream.newest is not None
        np.testing.assert_array_equal(stream.newest.data, self.WIDE)
        assert heard == [1, 2]
        assert (stream.stats.published, owner.restarted) == (1, [])
        stream.configure(vmin=0, quality=70)
        assert (heard, len(owner.restarted)) == ([1, 2], 1)

    def test_without_a_frame_a_range_is_for_the_next(self, stream: Stream) -> None:
        stream.configure(vmax=100)
        assert stream.newest is None
        stream.publish(self.WIDE)
        assert self.seen(stream) == [0, 255, 255]

    def test_viewers_are_told_of_the_contrast_when_it_changes(self, stream: Stream, owner: Owner) -> None:
        def told() -> list[Contrast]:
            return [message for message in owner.posted if isinstance(message, Contrast)]

        for _ in range(3):
            stream.publish(self.WIDE)
        stream.configure(vmin=3, cmap="magma")
        stream.publish(self.WIDE.astype(np.float32))
        stream.publish(card())
        assert told() == [
            Contrast(dtype="uint16", vmin=0, vmax=65535),
            Contrast(dtype="uint16", vmin=3, vmax=65535, cmap="magma", fixed=True),
            Contrast(dtype="float32", vmin=3, vmax=4, cmap="magma", fixed=True),
            Contrast(),
        ]

    def test_colors_that_are_shown_as_they_are_are_not_shown_anew(self, stream: Stream) -> None:
        stream.publish(card())
        stream.configure(vmin=0, vmax=100, gamma=2.0, cmap="viridis")
        assert stream.newest is not None
        assert stream.newest.seq == 1
        before = stream.newest.pixels
        stream.configure(order="bgr")
        assert stream.newest.seq == 2
        np.testing.assert_array_equal(stream.newest.pixels, before[:, :, ::-1])

    def test_a_choice_of_a_user_is_an_option_and_shows_the_newest_frame_anew(self, stream: Stream) -> None:
        stream.publish(self.WIDE)
        feed_of(stream).choose_contrast(SetContrast(vmin=0.0, vmax=100.0, cmap="gray"))
        assert self.seen(stream) == [0, 255, 255]
        assert stream.options.vmax == 100
        for hostile in (SetContrast(vmin=2.0, vmax=1.0), SetContrast(cmap="nothing"), SetContrast(gamma=-1.0)):
            feed_of(stream).choose_contrast(hostile)
        assert stream.options.vmax == 100
        stream.configure(vmax=50)
        assert stream.options.vmax == 50

    def test_a_remark_goes_when_a_range_is_given(self, stream: Stream, owner: Owner) -> None:
        stream.publish(self.WIDE)
        (told,) = owner.notices
        assert told.startswith("uint16 is shown from 0 to 65535")
        assert [message.level for message in owner.posted if isinstance(message, Notice)] == ["info"]
        stream.configure(vmin=0, vmax=100)
        assert owner.notices == [told, ""]

    def test_a_closed_stream_shows_nothing_anew(self, stream: Stream, owner: Owner) -> None:
        stream.publish(self.WIDE)
        feed_of(stream).close()
        posted = len(owner.posted)
        stream.configure(vmax=100)
        assert len(owner.posted) == posted
        assert stream.newest is not None
        assert stream.newest.seq == 1


def test_the_order_of_channels_applies_to_arrays_alone(owner: Owner) -> None:
    stream = Stream("scene", 64, 48, options=StreamOptions(order="bgr"), owner=owner, token="")
    red = np.full((2, 3, 3), (255, 0, 0), np.uint8)
    figure = Figure(figsize=(0.2, 0.1), dpi=10, facecolor="red")
    for picture, color in ((red, [0, 0, 255]), (Image.fromarray(red), [255, 0, 0]), (figure, [255, 0, 0, 255])):
        stream.publish(picture)
        for options in ({}, {"quality": 70}, {"order": "bgra"}):
            stream.configure(**options)
            assert stream.newest is not None
            assert stream.newest.pixels[0, 0].tolist() == color


def test_options_are_those_that_are_shown_whoever_sets_them(stream: Stream) -> None:
    feed = feed_of(stream)
    stream.publish(np.zeros((4, 6)))
    rounds = 200

    def configure() -> None:
        for number in range(rounds):
            stream.configure(quality=1 + number % 100)

    def choose() -> None:
        for number in range(rounds):
            feed.choose_contrast(SetContrast(vmin=0.0, vmax=1.0 + number))

    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=each) for each in (configure, choose)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval_s)
    assert (stream.options.quality, stream.options.vmax) == (1 + (rounds - 1) % 100, rounds)
    assert feed.last_posted(Contrast).vmax == rounds


def test_a_picture_that_is_watched_and_changes_little_is_compared_instead_of_copied(
    stream: Stream, owner: Owner
) -> None:
    feed, picture = feed_of(stream), noise(320, 290)

    def is_copied(**options: Any) -> bool:
        before = stream.newest
        assert before is not None
        stream.publish(picture, **options)
        return stream.newest is None or stream.newest.data is not before.data

    rendition = start(stream, "image/png", owner)
    stream.publish(picture)
    assert is_copied()
    for count in (1, 2):
        picture[0, 0] ^= 1
        stream.publish(picture)
        request_frame(rendition, owner.packets)
        eventually(lambda count=count: len(owner.packets) == count)
    assert is_copied()
    assert not is_copied()
    picture[-1, -1] ^= 1
    assert is_copied()
    assert not is_copied(dirty=[])
    assert is_copied(copy=False)
    assert is_copied()
    feed.remove_rendition(rendition)
    assert is_copied(dirty=[])


def test_of_numbers_only_those_become_colors_that_changed(
    stream: Stream, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.configure(cmap="gray", vmax=1.0)
    picture = np.zeros((290, 320), np.float32)
    encoding = Encoding("image/png", ("image/png",), takes_parts=True)
    rendition = encoding.start_rendition(feed_of(stream), deliver=owner.packets.extend)
    shapes = []
    to_pixels = Tone.pixels
    monkeypatch.setattr(Tone, "pixels", lambda tone, data: shapes.append(data.shape) or to_pixels(tone, data))
    for count in (1, 2):
        picture[0, count] = 1
        stream.publish(picture, dirty=[(count, 0, 1, 1)])
        request_frame(rendition, owner.packets)
        eventually(lambda count=count: len(owner.packets) == count)
    assert [shape for shape in shapes if len(shape) == 2] == [(290, 320), (16, 16)]
