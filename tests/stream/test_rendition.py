import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Later, card, eventually, request_frame, state_after

from marimo_rfb.encode.base import Chunk, Encoder
from marimo_rfb.encode.dirty_tiles import Rect
from marimo_rfb.errors import EncodeError
from marimo_rfb.frame import Frame
from marimo_rfb.stream import encoder_pool
from marimo_rfb.stream.encoder_pool import EncoderPool
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.picture_history import PictureHistory
from marimo_rfb.stream.refinement import Images, TileQualities
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.messages import ImageHeader
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import EXACT


class Recorder:
    """An encoder that writes down what it was given."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.closed = 0
        self.problem: BaseException | None = None
        self.close_problem: BaseException | None = None
        self.answer: Callable[[Frame], Any] = lambda frame: Chunk(b"picture %d" % frame.seq, "image/test")
        self.meanwhile: Callable[[], None] = lambda: None

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        self.seqs.append(frame.seq)
        self.meanwhile()
        if self.problem is not None:
            raise self.problem
        return self.answer(frame)  # type: ignore[no-any-return]

    def close(self) -> None:
        self.closed += 1
        if self.close_problem is not None:
            raise self.close_problem


class Desk:
    """A rendition whose jobs run when the test says so."""

    def __init__(self) -> None:
        self.latest = LatestFrame(clock=lambda: 1_700_000_000.25)
        self.encoder = Recorder()
        self.factory: Callable[[], Encoder] = lambda: self.encoder
        self.stats = StreamStats()
        self.executor = Later()
        self.packets: list[Packet] = []
        self.failures: list[str] = []
        self.on_packet: Callable[[Packet], None] = self.packets.append
        self.pool = EncoderPool(self.executor, threads=2)
        self.rendition = self.make_rendition()

    def make_rendition(self) -> Rendition:
        return Rendition(
            self.latest,
            lambda: self.factory(),
            stats=self.stats,
            queue=self.pool.queue("scene"),
            deliver=lambda packets: [self.on_packet(packet) for packet in packets],
            on_error=self.failures.append,
            history=PictureHistory(),
        )

    @property
    def jobs(self) -> deque[Callable[[], object]]:
        return self.executor.jobs

    def publish(self, seed: int) -> int:
        seq = self.latest.put(card(8, 6, seed=seed)).seq
        self.rendition.schedule()
        return seq

    def request(self) -> None:
        """Ask as a viewer that has had every packet."""
        request_frame(self.rendition, self.packets)

    def work(self) -> None:
        self.executor.work()

    @property
    def delivered(self) -> list[int]:
        return [packet.seq for packet in self.packets]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nothing_is_encoded_that_nobody_wants(desk: Desk) -> None:
    for seed in range(5):
        desk.publish(seed)
    assert not desk.jobs
    assert desk.encoder.seqs == []


def test_it_tells_whether_it_will_encode(desk: Desk) -> None:
    during: list[bool] = []
    desk.encoder.meanwhile = lambda: during.append(desk.rendition.is_due)
    desk.publish(1)
    assert not desk.rendition.is_due
    desk.request()
    assert desk.rendition.is_due
    desk.executor.work()
    assert during == [True]
    assert not desk.rendition.is_due


def test_a_want_before_the_first_frame_waits_for_it(desk: Desk) -> None:
    desk.request()
    assert not desk.jobs
    desk.publish(1)
    desk.work()
    assert desk.delivered == [1]


def test_a_want_gets_the_newest_frame_and_one_only(desk: Desk) -> None:
    for seed in range(3):
        desk.publish(seed)
    desk.request()
    desk.work()
    desk.publish(7)
    desk.work()
    assert desk.delivered == [3]


def test_the_newest_is_taken_when_the_encoder_begins_not_when_it_was_asked(desk: Desk) -> None:
    desk.request()
    desk.publish(1)
    assert len(desk.jobs) == 1
    desk.publish(2)
    desk.work()
    assert desk.encoder.seqs == [2]


def test_one_frame_is_encoded_once_however_often_it_is_wanted(desk: Desk) -> None:
    desk.publish(1)
    for _ in range(3):
        desk.request()
        desk.request()
        desk.work()
    assert desk.encoder.seqs == [1]
    assert not desk.rendition.has_new_frame


def test_one_frame_is_under_way_at_a_time(desk: Desk) -> None:
    desk.publish(1)

    def publish_and_want() -> None:
        desk.encoder.meanwhile = lambda: None
        desk.publish(2)
        desk.request()
        assert not desk.jobs

    desk.encoder.meanwhile = publish_and_want
    desk.request()
    desk.work()
    desk.request()
    desk.work()
    assert desk.delivered == [1, 2]


def test_the_next_frame_is_not_begun_before_this_one_is_delivered(desk: Desk) -> None:
    """Or another thread could overtake, and an older picture be the last."""

    def deliver(packet: Packet) -> None:
        desk.packets.append(packet)
        if packet.seq == 1:
            desk.publish(2)
            desk.request()
            assert not desk.jobs

    desk.on_packet = deliver
    desk.publish(1)
    desk.request()
    desk.work()
    assert desk.delivered == [1, 2]


def test_a_packet_is_the_whole_message(desk: Desk) -> None:
    desk.latest.put(card(8, 6), pixel_ratio=2.0)
    desk.request()
    desk.work()
    (packet,) = desk.packets
    header, payload = unpack(packet.message)
    assert header == ImageHeader(
        seq=1, timestamp_us=1_700_000_000_250_000, width=8, height=6, mime="image/test", pixel_ratio=2.0
    )
    assert payload == b"picture 1"
    assert packet.is_key


def test_an_unchanged_frame_is_not_encoded_and_the_want_is_kept(desk: Desk) -> None:
    desk.publish(1)
    desk.request()
    desk.work()
    desk.request()
    desk.publish(1)
    desk.publish(1)
    desk.work()
    assert desk.encoder.seqs == [1]
    assert desk.stats.unchanged == 1
    desk.publish(2)
    desk.work()
    assert desk.delivered == [1, 4]


def test_a_picture_that_came_back_is_encoded_again(desk: Desk) -> None:
    for seed in (1, 2, 1):
        desk.publish(seed)
        desk.request()
        desk.work()
    assert desk.delivered == [1, 2, 3]


def test_what_was_encoded_is_counted(desk: Desk) -> None:
    for seed in (1, 2):
        desk.publish(seed)
        desk.request()
        desk.work()
    assert desk.stats.encoded == 2
    assert desk.stats.encoded_bytes == sum(len(p.message) for p in desk.packets)


def test_an_error_is_told_once_and_again_when_it_is_another(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.encoder.problem = EncodeError("too wide")
    desk.request()
    for seed in range(3):
        desk.publish(seed)
        desk.work()
    desk.encoder.problem = ZeroDivisionError("oops")
    desk.publish(9)
    desk.work()
    assert desk.failures == ["EncodeError: too wide", "ZeroDivisionError: oops"]
    assert desk.stats.encode_errors == 4
    assert desk.stats.encoded == 0
    assert [r.levelno for r in caplog.records] == [logging.ERROR] * 2
    assert [bool(r.exc_info) for r in caplog.records] == [False, True]


def test_after_an_error_the_next_frame_is_delivered_and_the_message_taken_away(desk: Desk) -> None:
    desk.encoder.problem = EncodeError("too wide")
    desk.request()
    desk.publish(1)
    desk.work()
    desk.encoder.problem = None
    desk.publish(2)
    desk.work()
    assert desk.delivered == [2]
    assert desk.failures == ["EncodeError: too wide", ""]


def test_the_same_error_after_a_good_frame_is_told_again(desk: Desk) -> None:
    for seed, problem in enumerate((EncodeError("no"), None, EncodeError("no"))):
        desk.encoder.problem = problem
        desk.request()
        desk.publish(seed)
        desk.work()
    assert desk.failures == ["EncodeError: no", "", "EncodeError: no"]


def test_a_frame_that_failed_is_not_tried_again(desk: Desk) -> None:
    desk.encoder.problem = EncodeError("no")
    desk.publish(1)
    for _ in range(3):
        desk.request()
        desk.work()
    assert desk.encoder.seqs == [1]


def test_closing_gives_the_encoder_back_once_on_an_encoder_thread(desk: Desk) -> None:
    desk.request()
    desk.publish(1)
    desk.work()
    desk.rendition.close()
    desk.rendition.close()
    assert desk.encoder.closed == 0  # the hub's thread has other things to do
    desk.work()
    assert desk.encoder.closed == 1


def test_an_encoder_that_was_never_needed_is_not_made(desk: Desk) -> None:
    desk.rendition.close()
    desk.work()
    assert desk.encoder.closed == 0


def test_after_closing_nothing_is_encoded(desk: Desk) -> None:
    desk.request()
    desk.rendition.close()
    desk.publish(1)
    desk.request()
    desk.work()
    assert desk.encoder.seqs == []


def test_closing_while_busy_waits_for_the_encoder_and_delivers_nothing(desk: Desk) -> None:
    closed_during: list[int] = []

    def close() -> None:
        desk.rendition.close()
        closed_during.append(desk.encoder.closed)

    desk.encoder.meanwhile = close
    desk.publish(1)
    desk.request()
    desk.work()
    assert closed_during == [0]
    assert desk.encoder.closed == 1
    assert desk.delivered == []


def test_closing_takes_back_the_job_that_waits(desk: Desk) -> None:
    desk.publish(1)
    desk.request()
    desk.rendition.close()
    desk.work()
    assert (desk.encoder.seqs, desk.delivered) == ([], [])


def test_who_rests_encodes_nothing_until_somebody_wants_it_again(desk: Desk) -> None:
    desk.publish(1)
    desk.request()
    desk.rendition.suspend()
    desk.publish(2)
    desk.work()
    assert desk.encoder.seqs == []
    desk.request()
    desk.work()
    assert desk.delivered == [2]


def test_what_is_being_encoded_when_it_goes_to_rest_is_delivered(desk: Desk) -> None:
    desk.encoder.meanwhile = desk.rendition.suspend
    desk.publish(1)
    desk.request()
    desk.work()
    assert desk.delivered == [1]


def test_however_often_it_is_wanted_one_job_waits(desk: Desk) -> None:
    """Two threads have taken a job each when more comes, and what they find to do is one frame."""
    for seed in range(5):
        desk.publish(seed)
        desk.request()
    desk.work()
    assert desk.encoder.seqs == [5]


def test_when_no_thread_can_be_had_any_more_the_rendition_closes(desk: Desk) -> None:
    desk.request()
    desk.publish(1)
    desk.work()
    desk.executor.has_shut_down = True
    desk.publish(2)
    desk.request()
    desk.request()
    assert desk.encoder.seqs == [1]
    assert desk.encoder.closed == 1


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError("even this")


class Mute(BaseException):
    pass


def refuse(*args: object) -> Any:
    raise SystemExit(3)


# What an encoder may do where it should return a chunk.
MISDEEDS: dict[str, Callable[[Frame], Any]] = {
    "nothing": lambda frame: None,
    "bytes": lambda frame: b"picture",
    "a str for a payload": lambda frame: Chunk("picture", "image/test"),  # type: ignore[arg-type]
    "no payload": lambda frame: Chunk(b"", "image/test"),
    "None for a payload": lambda frame: Chunk(None, "image/test"),  # type: ignore[arg-type]
    "None for a mime type": lambda frame: Chunk(b"picture", None),  # type: ignore[arg-type]
    "no mime type": lambda frame: Chunk(b"picture", "png"),
    "half a mime type": lambda frame: Chunk(b"picture", "image/\ud800"),
    "SystemExit": refuse,
    "KeyboardInterrupt": lambda frame: (_ for _ in ()).throw(KeyboardInterrupt()),
    "GeneratorExit": lambda frame: (_ for _ in ()).throw(GeneratorExit()),
    "an error of one's own": lambda frame: (_ for _ in ()).throw(Mute()),
    "an error that cannot be read": lambda frame: (_ for _ in ()).throw(Unspeakable()),
    "a payload that is no row of bytes": lambda frame: Chunk(memoryview(bytes(9))[::2], "image/test"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_whatever_an_encoder_does_it_is_told_and_the_next_frame_goes(
    desk: Desk, caplog: pytest.LogCaptureFixture, misdeed: str
) -> None:
    good, desk.encoder.answer = desk.encoder.answer, MISDEEDS[misdeed]
    desk.request()
    desk.publish(1)
    desk.work()
    assert desk.stats.encode_errors == 1
    (told,) = desk.failures
    assert told
    assert len(caplog.records) == 1
    desk.encoder.answer = good
    desk.publish(2)
    desk.work()
    assert desk.delivered == [2]
    assert desk.failures == [told, ""]


def test_a_chunk_that_is_none_is_told_with_what_to_do(desk: Desk) -> None:
    desk.encoder.answer = MISDEEDS["bytes"]
    desk.request()
    desk.publish(1)
    desk.work()
    assert desk.failures == [
        "EncodeError: encode(frame) must return a Chunk of bytes and their mime type, got bytes; "
        'return Chunk(payload, "image/png"), or raise EncodeError'
    ]


def test_a_payload_may_be_any_row_of_bytes(desk: Desk) -> None:
    desk.encoder.answer = lambda frame: Chunk(memoryview(b"picture"), "image/test")  # type: ignore[arg-type]
    desk.request()
    desk.publish(1)
    desk.work()
    assert unpack(desk.packets[0].message)[1] == b"picture"


def test_an_encoder_that_cannot_be_made_is_tried_again_with_the_next_frame(desk: Desk) -> None:
    make, desk.factory = desk.factory, refuse
    desk.request()
    desk.publish(1)
    desk.work()
    assert desk.failures == ["SystemExit: 3"]
    desk.factory = make
    desk.publish(2)
    desk.work()
    assert desk.delivered == [2]
    assert desk.failures == ["SystemExit: 3", ""]


def test_an_encoder_that_cannot_be_closed_is_logged_and_counted(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.encoder.close_problem = SystemExit(1)
    desk.request()
    desk.publish(1)
    desk.work()
    desk.rendition.close()
    desk.work()
    assert desk.stats.encode_errors == 1
    assert [r.getMessage() for r in caplog.records] == ["cannot close an encoder"]
    other = desk.make_rendition()  # whose encoder is another one
    other.request_frame(None, seen=0)
    desk.work()
    assert desk.delivered == [1, 1]


def test_a_packet_that_cannot_be_delivered_is_an_error_and_the_want_is_kept(desk: Desk) -> None:
    desk.on_packet = refuse
    desk.request()
    desk.publish(1)
    desk.work()
    assert desk.stats.encode_errors == 1
    desk.on_packet = desk.packets.append
    desk.publish(1)  # the same picture, which nobody has seen yet
    desk.work()
    assert desk.delivered == [2]


def test_what_an_error_says_cannot_stop_the_next_frame_either(desk: Desk) -> None:
    told, desk.failures = desk.failures, Deaf()
    rendition = desk.make_rendition()
    desk.encoder.problem = EncodeError("no")
    rendition.request_frame(None, seen=0)
    desk.publish(1)
    rendition.schedule()
    desk.work()
    desk.encoder.problem = None
    desk.publish(2)
    rendition.schedule()
    desk.work()
    assert desk.delivered == [2]
    assert told == []


class Deaf(list[str]):
    def append(self, text: str) -> None:
        if text:
            raise SystemExit(text)


def test_an_error_is_taken_away_with_the_rendition_that_told_it(desk: Desk) -> None:
    desk.encoder.problem = EncodeError("no")
    desk.request()
    desk.publish(1)
    desk.work()
    desk.rendition.close()
    assert desk.failures == ["EncodeError: no", ""]


@pytest.mark.parametrize("first", [1.0, 2.0])
def test_the_same_picture_with_another_pixel_ratio_is_another_frame(desk: Desk, first: float) -> None:
    for ratio in (first, 3.0 - first, 3.0 - first):
        desk.request()
        desk.latest.put(card(8, 6), pixel_ratio=ratio)
        desk.rendition.schedule()
        desk.work()
    assert desk.delivered == [1, 2]
    assert desk.stats.unchanged == 1
    assert [unpack(packet.message)[0].pixel_ratio for packet in desk.packets] == [
        None if ratio == 1.0 else ratio for ratio in (first, 3.0 - first)
    ]


@settings(max_examples=100, deadline=None)
@given(
    frames=st.lists(
        st.tuples(st.sampled_from([*MISDEEDS, "", "factory", "deliver"]), st.booleans(), st.integers(0, 3)),
        max_size=12,
    )
)
def test_after_anything_at_all_the_next_good_frame_arrives(frames: list[tuple[str, bool, int]]) -> None:
    """Of this rendition and of the other ones that share its threads."""
    logging.disable()
    try:
        desk, other = Desk(), Desk()
        other.executor, other.pool = desk.executor, desk.pool
        other.rendition = other.make_rendition()
        good, make = desk.encoder.answer, desk.factory
        for misdeed, rests, seed in [*frames, ("", False, 7)]:
            desk.encoder.answer = MISDEEDS.get(misdeed, good)
            desk.factory = refuse if misdeed == "factory" else make
            desk.on_packet = refuse if misdeed == "deliver" else desk.packets.append
            desk.request()
            other.request()
            desk.publish(seed)
            other.publish(seed)
            if rests:
                desk.rendition.suspend()
            desk.work()
        assert desk.delivered[-1] == len(frames) + 1
        assert unpack(desk.packets[-1].message)[1] == b"picture %d" % (len(frames) + 1)
        seeds = [seed for _, _, seed in frames]
        assert len(other.delivered) == 1 + sum(a != b for a, b in pairwise([None, *seeds]))
    finally:
        logging.disable(logging.NOTSET)


def test_with_real_threads_each_frame_is_encoded_at_most_once_and_the_last_arrives() -> None:
    latest, encoder, packets = LatestFrame(), Recorder(), list[Packet]()
    rendition = Rendition(
        latest,
        lambda: encoder,
        stats=StreamStats(),
        queue=encoder_pool.encoder_queue("scene"),
        deliver=packets.extend,
        on_error=lambda text: None,
        history=PictureHistory(),
    )
    per_thread, threads_done = 100, threading.Event()

    def publish() -> None:
        for _ in range(per_thread):
            with lock:
                pixels = np.full((2, 2, 3), next(values) % 256, np.uint8)
            latest.put(pixels)
            rendition.schedule()

    def want() -> None:
        while not threads_done.is_set():
            request_frame(rendition, packets)

    lock, values = threading.Lock(), iter(range(10**6))
    publishers = [threading.Thread(target=publish) for _ in range(3)]
    wanter = threading.Thread(target=want)
    for thread in (*publishers, wanter):
        thread.start()
    for thread in publishers:
        thread.join()
    eventually(lambda: not rendition.has_new_frame)
    threads_done.set()
    wanter.join()
    rendition.close()
    eventually(lambda: encoder.closed)
    seqs = [p.seq for p in packets]
    assert seqs == sorted(set(seqs))
    assert encoder.seqs == sorted(set(encoder.seqs))


class Bands:
    """What a picture that has come to rest is encoded with: three bands, each with a note."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.problem: BaseException | None = None
        self.messages = 1

    def __call__(self, frame: Frame, qualities: TileQualities, max_bytes: int) -> Generator[Images | None]:
        if qualities.min() == EXACT:
            return
        for band in range(3):
            self.done.append(f"{frame.seq}.{band}")
            if self.problem is not None:
                raise self.problem
            yield None
        chunk = Chunk(b"settled %d" % frame.seq, "image/png", is_lossless=True)
        for _ in range(self.messages):
            yield [(Rect(0, 0, frame.width, frame.height), chunk)]


class SettlingDesk(Desk):
    def __init__(self) -> None:
        self.bands = Bands()
        self.now_s = 0.0
        super().__init__()

    def make_rendition(self) -> Rendition:
        return Rendition(
            self.latest,
            lambda: self.factory(),
            stats=self.stats,
            queue=self.pool.queue("scene"),
            deliver=lambda packets: [self.on_packet(packet) for packet in packets],
            on_error=self.failures.append,
            history=PictureHistory(clock=lambda: self.now_s),
            refine_with=self.bands,
        )

    def settle(self, *, rest_s: float = 0.0, max_bytes: int = 1000) -> None:
        """Ask for the best quality as the hub does for a viewer that has had all packets."""
        state = state_after(self.packets)
        self.rendition.refine([] if state is None else [state], max_bytes=max_bytes, rest_s=rest_s)

    def show(self, seed: int) -> None:
        """Have a frame delivered, and another one wanted."""
        self.request()
        self.publish(seed)
        self.work()
        self.request()

    def work_once(self) -> None:
        self.executor.jobs.popleft()()


class TestSettling:
    @pytest.fixture
    def desk(self) -> SettlingDesk:
        desk = SettlingDesk()
        desk.show(1)
        return desk

    def test_a_picture_that_rests_is_delivered_once_more_by_a_number_of_its_own(self, desk: SettlingDesk) -> None:
        desk.settle()
        desk.work()
        assert desk.bands.done == ["1.0", "1.1", "1.2"]
        assert desk.delivered == [1, 2]
        packet = desk.packets[1]
        header, payload = unpack(packet.message)
        assert isinstance(header, ImageHeader)
        assert (header.seq, header.mime, header.lossless) == (2, "image/png", True)
        assert (header.width, header.height, bytes(payload)) == (8, 6, b"settled 1")
        assert (packet.is_key, packet.is_settled) == (True, True)
        assert packet.update.after(None).worst == EXACT
        assert (desk.stats.settled, desk.stats.encoded) == (1, 1)
        desk.request()
        desk.publish(2)
        desk.work()
        assert desk.delivered == [1, 2, 3]

    def test_it_is_done_once(self, desk: SettlingDesk) -> None:
        desk.settle()
        desk.work()
        desk.request()
        desk.work()
        assert desk.delivered == [1, 2]

    @pytest.mark.parametrize("bands", range(4))
    def test_who_joins_meanwhile_gets_the_picture_at_once_and_the_settled_one_too(
        self, desk: SettlingDesk, bands: int
    ) -> None:
        desk.settle()
        for _ in range(bands):
            desk.work_once()
        desk.rendition.request_frame(None, seen=len(desk.packets))
        desk.work()
        assert [packet.is_settled for packet in desk.packets] == [False, False, True]
        assert desk.delivered == [1, 1, 2]

    @pytest.mark.parametrize("bands", range(4))
    def test_a_frame_that_looks_otherwise_takes_its_place_after_a_band_at_most(
        self, desk: SettlingDesk, bands: int
    ) -> None:
        desk.settle()
        for _ in range(bands):
            desk.work_once()
        done = len(desk.bands.done)
        desk.publish(2)
        desk.work()
        assert desk.delivered == [1, 2]
        assert desk.encoder.seqs == [1, 2]
        assert len(desk.bands.done) <= done + 1

    @pytest.mark.parametrize("bands", range(4))
    def test_one_that_looks_the_same_is_no_reason_to_give_it_up(self, desk: SettlingDesk, bands: int) -> None:
        desk.settle()
        for _ in range(bands):
            desk.work_once()
        desk.publish(1)
        desk.work()
        assert desk.bands.done == ["1.0", "1.1", "1.2"]
        assert desk.delivered == [1, 3]
        assert desk.stats.unchanged == 1

    def test_while_a_frame_waits_for_credit_nothing_is_settled_and_nothing_spins(self, desk: SettlingDesk) -> None:
        desk.rendition.suspend()
        desk.request()
        desk.publish(2)
        desk.work()  # and nobody wants another one
        desk.publish(3)
        desk.settle()
        desk.work()
        assert desk.bands.done == []
        desk.request()
        desk.work()
        assert desk.delivered == [1, 2, 3]

    def test_when_nobody_watches_it_stops_and_goes_on_when_somebody_does(self, desk: SettlingDesk) -> None:
        desk.settle()
        desk.work_once()
        desk.rendition.suspend()
        desk.work()
        assert desk.bands.done == ["1.0"]
        desk.request()
        desk.work()
        assert desk.delivered == [1, 2]

    def test_after_close_nothing_is_settled(self, desk: SettlingDesk) -> None:
        desk.settle()
        desk.work_once()
        desk.rendition.close()
        desk.work()
        assert desk.delivered == [1]
        assert desk.encoder.closed == 1

    @pytest.mark.parametrize("problem", [MemoryError(), SystemExit(1), EncodeError("no")])
    def test_an_error_is_counted_and_logged_and_the_picture_stays(
        self, desk: SettlingDesk, caplog: pytest.LogCaptureFixture, problem: BaseException
    ) -> None:
        desk.bands.problem = problem
        desk.settle()
        desk.work()
        assert (desk.delivered, desk.failures, desk.stats.encode_errors) == ([1], [], 1)
        assert [record.getMessage() for record in caplog.records] == ["cannot encode a settled picture"]
        desk.bands.problem = None
        desk.publish(2)
        desk.work()
        assert desk.delivered == [1, 2]

    def test_of_a_picture_that_moves_only_what_rests_gets_better_by_one_message(self, desk: SettlingDesk) -> None:
        desk.bands.messages = 3
        desk.settle(rest_s=1.0)
        desk.work()
        assert desk.delivered == [1]
        assert desk.rendition.is_rest_refined
        desk.now_s += 1.0
        desk.settle(rest_s=1.0, max_bytes=100)
        assert not desk.rendition.is_refining
        desk.work()
        assert desk.delivered == [1, 2]
        assert not desk.rendition.is_rest_refined  # there may be more

    def test_a_small_piece_is_the_last_one(self, desk: SettlingDesk) -> None:
        desk.now_s += 1.0
        desk.settle(rest_s=1.0, max_bytes=10_000)
        desk.work()
        assert desk.delivered == [1, 2]
        assert desk.rendition.is_rest_refined

    @pytest.mark.parametrize("bands", range(4))
    def test_a_picture_that_comes_to_rest_meanwhile_gets_better_as_a_whole(
        self, desk: SettlingDesk, bands: int
    ) -> None:
        desk.bands.messages = 2
        desk.now_s += 1.0
        desk.settle(rest_s=1.0)
        for _ in range(bands):
            desk.work_once()
        desk.settle()
        assert desk.rendition.is_refining
        desk.settle(rest_s=1.0)  # which no longer matters
        assert desk.rendition.is_refining
        desk.work()
        assert desk.delivered == [1, 2, 3]
        assert not desk.rendition.is_refining

    def test_before_a_picture_was_delivered_there_is_nothing_to_settle(self) -> None:
        desk = SettlingDesk()
        desk.settle()
        desk.work()
        assert desk.delivered == []
