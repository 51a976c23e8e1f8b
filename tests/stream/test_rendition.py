import logging
import threading
from collections import deque
from collections.abc import Callable

import numpy as np
import pytest
from support import card, eventually

from marimo_rfb.encode.base import Chunk
from marimo_rfb.errors import EncodeError
from marimo_rfb.frame import Frame
from marimo_rfb.stream import workers
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.slot import Slot
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.messages import ImageHeader
from marimo_rfb.wire.packet import Packet


class Recorder:
    """An encoder that writes down what it was given."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.closed = 0
        self.problem: Exception | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        self.seqs.append(frame.seq)
        self.meanwhile()
        if self.problem is not None:
            raise self.problem
        return Chunk(b"picture %d" % frame.seq, "image/test")

    def close(self) -> None:
        self.closed += 1


class Desk:
    """A rendition whose jobs run when the test says so."""

    def __init__(self) -> None:
        self.slot = Slot(clock=lambda: 1_700_000_000.25)
        self.encoder = Recorder()
        self.stats = StreamStats()
        self.jobs: deque[Callable[[], None]] = deque()
        self.packets: list[Packet] = []
        self.failures: list[str] = []
        self.on_packet: Callable[[Packet], None] = self.packets.append
        self.rendition = Rendition(
            self.slot,
            self.encoder,
            stats=self.stats,
            submit=self.jobs.append,
            deliver=lambda _, packet: self.on_packet(packet),
            failed=self.failures.append,
        )

    def publish(self, seed: int) -> int:
        seq = self.slot.put(card(8, 6, seed=seed)).seq
        self.rendition.wake()
        return seq

    def work(self) -> None:
        while self.jobs:
            self.jobs.popleft()()

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


def test_a_want_before_the_first_frame_waits_for_it(desk: Desk) -> None:
    desk.rendition.want()
    assert not desk.jobs
    desk.publish(1)
    desk.work()
    assert desk.delivered == [1]


def test_a_want_gets_the_newest_frame_and_one_only(desk: Desk) -> None:
    for seed in range(3):
        desk.publish(seed)
    desk.rendition.want()
    desk.work()
    desk.publish(7)
    desk.work()
    assert desk.delivered == [3]


def test_the_newest_is_taken_when_the_encoder_begins_not_when_it_was_asked(desk: Desk) -> None:
    desk.rendition.want()
    desk.publish(1)
    assert len(desk.jobs) == 1
    desk.publish(2)
    desk.work()
    assert desk.encoder.seqs == [2]


def test_one_frame_is_encoded_once_however_often_it_is_wanted(desk: Desk) -> None:
    desk.publish(1)
    for _ in range(3):
        desk.rendition.want()
        desk.rendition.want()
        desk.work()
    assert desk.encoder.seqs == [1]
    assert not desk.rendition.has_news


def test_one_frame_is_under_way_at_a_time(desk: Desk) -> None:
    desk.publish(1)

    def publish_and_want() -> None:
        desk.encoder.meanwhile = lambda: None
        desk.publish(2)
        desk.rendition.want()
        assert not desk.jobs

    desk.encoder.meanwhile = publish_and_want
    desk.rendition.want()
    desk.work()
    desk.rendition.want()
    desk.work()
    assert desk.delivered == [1, 2]


def test_the_next_frame_is_not_begun_before_this_one_is_delivered(desk: Desk) -> None:
    """Or another thread could overtake, and an older picture be the last."""

    def deliver(packet: Packet) -> None:
        desk.packets.append(packet)
        if packet.seq == 1:
            desk.publish(2)
            desk.rendition.want()
            assert not desk.jobs

    desk.on_packet = deliver
    desk.publish(1)
    desk.rendition.want()
    desk.work()
    assert desk.delivered == [1, 2]


def test_a_packet_is_the_whole_message(desk: Desk) -> None:
    desk.slot.put(card(8, 6), pixel_ratio=2.0)
    desk.rendition.want()
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
    desk.rendition.want()
    desk.work()
    desk.rendition.want()
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
        desk.rendition.want()
        desk.work()
    assert desk.delivered == [1, 2, 3]


def test_what_was_encoded_is_counted(desk: Desk) -> None:
    for seed in (1, 2):
        desk.publish(seed)
        desk.rendition.want()
        desk.work()
    assert desk.stats.encoded == 2
    assert desk.stats.encoded_bytes == sum(len(p.message) for p in desk.packets)


def test_an_error_is_told_once_and_again_when_it_is_another(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.encoder.problem = EncodeError("too wide")
    desk.rendition.want()
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
    desk.rendition.want()
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
        desk.rendition.want()
        desk.publish(seed)
        desk.work()
    assert desk.failures == ["EncodeError: no", "", "EncodeError: no"]


def test_a_frame_that_failed_is_not_tried_again(desk: Desk) -> None:
    desk.encoder.problem = EncodeError("no")
    desk.publish(1)
    for _ in range(3):
        desk.rendition.want()
        desk.work()
    assert desk.encoder.seqs == [1]


def test_closing_gives_the_encoder_back_once(desk: Desk) -> None:
    desk.rendition.close()
    desk.rendition.close()
    assert desk.encoder.closed == 1


def test_after_closing_nothing_is_encoded(desk: Desk) -> None:
    desk.rendition.want()
    desk.rendition.close()
    desk.publish(1)
    desk.rendition.want()
    desk.work()
    assert desk.encoder.seqs == []


def test_closing_while_busy_waits_for_the_encoder_and_delivers_nothing(desk: Desk) -> None:
    closed_during: list[int] = []

    def close() -> None:
        desk.rendition.close()
        closed_during.append(desk.encoder.closed)

    desk.encoder.meanwhile = close
    desk.publish(1)
    desk.rendition.want()
    desk.work()
    assert closed_during == [0]
    assert desk.encoder.closed == 1
    assert desk.delivered == []


def test_closing_before_a_waiting_job_runs_is_fine(desk: Desk) -> None:
    desk.publish(1)
    desk.rendition.want()
    desk.rendition.close()
    desk.work()
    assert desk.delivered == []
    assert desk.encoder.closed == 1


def test_when_no_thread_can_be_had_any_more_the_rendition_closes(desk: Desk) -> None:
    def refuse(job: Callable[[], None]) -> None:
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    rendition = Rendition(
        desk.slot,
        desk.encoder,
        stats=desk.stats,
        submit=refuse,
        deliver=lambda _, packet: desk.packets.append(packet),
        failed=desk.failures.append,
    )
    desk.publish(1)
    rendition.want()
    rendition.want()
    assert desk.encoder.seqs == []


def test_with_real_threads_each_frame_is_encoded_at_most_once_and_the_last_arrives() -> None:
    slot, encoder, packets = Slot(), Recorder(), list[Packet]()
    rendition = Rendition(
        slot,
        encoder,
        stats=StreamStats(),
        submit=workers.submit,
        deliver=lambda _, packet: packets.append(packet),
        failed=lambda text: None,
    )
    per_thread, threads_done = 100, threading.Event()

    def publish() -> None:
        for _ in range(per_thread):
            with lock:
                pixels = np.full((2, 2, 3), next(values) % 256, np.uint8)
            slot.put(pixels)
            rendition.wake()

    def want() -> None:
        while not threads_done.is_set():
            rendition.want()

    lock, values = threading.Lock(), iter(range(10**6))
    publishers = [threading.Thread(target=publish) for _ in range(3)]
    wanter = threading.Thread(target=want)
    for thread in (*publishers, wanter):
        thread.start()
    for thread in publishers:
        thread.join()
    eventually(lambda: not rendition.has_news)
    threads_done.set()
    wanter.join()
    rendition.close()
    eventually(lambda: encoder.closed)
    seqs = [p.seq for p in packets]
    assert seqs == sorted(set(seqs))
    assert encoder.seqs == sorted(set(encoder.seqs))
