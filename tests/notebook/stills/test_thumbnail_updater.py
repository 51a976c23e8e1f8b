import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from support import card, decode, eventually, psnr_db

from marimo_rfb.notebook.stills import thumbnail_updater
from marimo_rfb.notebook.stills.thumbnail_updater import ThumbnailUpdater
from marimo_rfb.stream import encoder_pool
from marimo_rfb.stream.stream import Stream

MakeUpdater = Callable[..., ThumbnailUpdater]


@pytest.fixture
def thumbnails() -> list[bytes]:
    return []


@pytest.fixture
def make(stream: Stream, thumbnails: list[bytes]) -> Iterator[MakeUpdater]:
    """Return a function that makes a poster which ends with the test."""
    updaters: list[ThumbnailUpdater] = []

    def make(*, at_once: bool = False) -> ThumbnailUpdater:
        updaters.append(
            ThumbnailUpdater(
                stream, thumbnails.append, at_once=lambda: at_once, interval_s=thumbnail_updater.UPDATE_INTERVAL_S
            )
        )
        return updaters[-1]

    yield make
    for made in updaters:
        made.close()


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no picture rest while the test runs."""
    monkeypatch.setattr(thumbnail_updater, "DEBOUNCE_S", 3600.0)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pictures rest at once."""
    monkeypatch.setattr(thumbnail_updater, "DEBOUNCE_S", 0.001)


def shows(thumbnails: list[bytes], seed: int) -> bool:
    return bool(thumbnails) and psnr_db(decode(thumbnails[-1]), card(seed=seed)) > 30


class TestLive:
    def test_the_first_frame_has_a_still_soon(
        self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes], restless: None
    ) -> None:
        make()
        assert thumbnails == []
        stream.publish(card(seed=1))
        eventually(lambda: shows(thumbnails, seed=1))

    def test_a_frame_that_was_there_before_has_one_too(
        self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes], restless: None
    ) -> None:
        stream.publish(card(seed=1))
        make()
        eventually(lambda: shows(thumbnails, seed=1))

    def test_while_nobody_looks_a_picture_that_moves_has_no_other(
        self,
        make: MakeUpdater,
        stream: Stream,
        thumbnails: list[bytes],
        restless: None,
    ) -> None:
        make()
        stream.publish(card(seed=1))
        eventually(lambda: thumbnails)
        for seed in range(2, 100):
            stream.publish(card(seed=seed))
        _wait_for_encoders()
        assert len(thumbnails) == 1

    def test_the_last_frame_has_one_when_the_picture_rests(
        self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes], hasty: None
    ) -> None:
        make()
        for seed in range(100):
            stream.publish(card(seed=seed))
        eventually(lambda: shows(thumbnails, seed=99))
        stream.publish(card(seed=7))
        eventually(lambda: shows(thumbnails, seed=7))

    def test_one_frame_has_one_still(
        self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes], hasty: None
    ) -> None:
        made = make()
        stream.publish(card(seed=1))
        eventually(lambda: thumbnails and not made._timer_running)
        _wait_for_encoders()
        assert len(thumbnails) == 1

    def test_publishing_does_not_wait_for_it(self, stream: Stream, restless: None) -> None:
        may_go_on, shown_on = threading.Event(), list[str]()

        def show(thumbnail: bytes) -> None:
            shown_on.append(threading.current_thread().name)
            assert may_go_on.wait(20)

        made = ThumbnailUpdater(stream, show, at_once=lambda: False)
        for seed in range(20):
            stream.publish(card(seed=seed))
        eventually(lambda: shown_on)
        may_go_on.set()
        made.close()
        assert shown_on[0].startswith("rfb-encode")


class TestMoving:
    @pytest.fixture(autouse=True)
    def _never_at_rest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(thumbnail_updater, "DEBOUNCE_S", 0.001)
        monkeypatch.setattr(thumbnail_updater, "UPDATE_INTERVAL_S", 0.0)
        # The picture moves whenever one looks.
        monkeypatch.setattr(thumbnail_updater, "time", _Racing())

    def test_while_somebody_looks_it_has_one_now_and_then(
        self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes]
    ) -> None:
        stream.audience.update(viewers=1, watching=1, size=None)
        make()
        for seed in range(5):
            stream.publish(card(seed=seed))
            eventually(lambda seed=seed: shows(thumbnails, seed=seed))


class _Racing:
    """A clock on which no time passes."""

    def monotonic(self) -> float:
        return 100.0


class TestExport:
    def test_every_frame_has_a_still_before_publish_returns(
        self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes]
    ) -> None:
        make(at_once=True)
        for seed in range(3):
            stream.publish(card(seed=seed))
            assert len(thumbnails) == seed + 1
            assert shows(thumbnails, seed=seed)

    def test_so_has_a_frame_that_was_there_before(
        self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes]
    ) -> None:
        stream.publish(card(seed=4))
        make(at_once=True)
        assert shows(thumbnails, seed=4)

    def test_it_is_small(self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes]) -> None:
        make(at_once=True)
        stream.publish(np.random.default_rng(1).integers(0, 256, (1080, 1920, 3), dtype=np.uint8))
        assert 0 < len(thumbnails[0]) <= 100_000


class TestClose:
    def test_no_still_is_made_afterwards(
        self, make: MakeUpdater, stream: Stream, thumbnails: list[bytes], hasty: None
    ) -> None:
        made = make()
        stream.publish(card(seed=1))
        eventually(lambda: thumbnails)
        made.close()
        made.close()
        before = len(thumbnails)
        stream.publish(card(seed=2))
        _wait_for_encoders()
        assert len(thumbnails) == before

    def test_a_still_under_way_comes_to_its_end_first(self, stream: Stream, restless: None) -> None:
        order: list[str] = []
        showing, may_go_on = threading.Event(), threading.Event()

        def show(thumbnail: bytes) -> None:
            showing.set()
            assert may_go_on.wait(20)
            order.append("shown")

        made = ThumbnailUpdater(stream, show, at_once=lambda: False)
        stream.publish(card())
        assert showing.wait(20)
        closing = threading.Thread(target=lambda: (made.close(), order.append("closed")))
        closing.start()
        may_go_on.set()
        closing.join()
        assert order == ["shown", "closed"]

    def test_a_still_that_cannot_be_shown_is_logged_and_the_next_is_tried(
        self, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        thumbnails: list[bytes] = []

        def show(thumbnail: bytes) -> None:
            thumbnails.append(thumbnail)
            if len(thumbnails) == 1:
                raise OSError("the kernel's channel is gone")

        made = ThumbnailUpdater(stream, show, at_once=lambda: True)
        stream.publish(card(seed=1))
        stream.publish(card(seed=2))
        made.close()
        assert len(thumbnails) == 2
        assert [record.getMessage() for record in caplog.records] == ["could not make a thumbnail of stream 'scene'"]


def _wait_for_encoders() -> None:
    """Wait until every encoder thread has done what it was asked for before."""
    barrier = threading.Barrier(encoder_pool.THREADS + 1)
    for number in range(encoder_pool.THREADS):
        encoder_pool.encoder_queue(number).put(lambda: barrier.wait(20), idle=True)
    barrier.wait(20)
