import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from support import card, decode, eventually, psnr_db

from marimo_rfb.notebook import poster
from marimo_rfb.notebook.poster import Poster
from marimo_rfb.stream import workers
from marimo_rfb.stream.stream import Stream

MakePoster = Callable[..., Poster]


@pytest.fixture
def stills() -> list[bytes]:
    return []


@pytest.fixture
def make(stream: Stream, stills: list[bytes]) -> Iterator[MakePoster]:
    """Return a function that makes a poster which ends with the test."""
    posters: list[Poster] = []

    def make(*, at_once: bool = False) -> Poster:
        posters.append(Poster(stream, stills.append, at_once=lambda: at_once, moving_s=poster.MOVING_S))
        return posters[-1]

    yield make
    for made in posters:
        made.close()


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no picture rest while the test runs."""
    monkeypatch.setattr(poster, "REST_S", 3600.0)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pictures rest at once."""
    monkeypatch.setattr(poster, "REST_S", 0.001)


def shows(stills: list[bytes], seed: int) -> bool:
    return bool(stills) and psnr_db(decode(stills[-1]), card(seed=seed)) > 30


class TestLive:
    def test_the_first_frame_has_a_still_soon(
        self, make: MakePoster, stream: Stream, stills: list[bytes], restless: None
    ) -> None:
        make()
        assert stills == []
        stream.publish(card(seed=1))
        eventually(lambda: shows(stills, seed=1))

    def test_a_frame_that_was_there_before_has_one_too(
        self, make: MakePoster, stream: Stream, stills: list[bytes], restless: None
    ) -> None:
        stream.publish(card(seed=1))
        make()
        eventually(lambda: shows(stills, seed=1))

    def test_while_nobody_looks_a_picture_that_moves_has_no_other(
        self,
        make: MakePoster,
        stream: Stream,
        stills: list[bytes],
        restless: None,
    ) -> None:
        make()
        stream.publish(card(seed=1))
        eventually(lambda: stills)
        for seed in range(2, 100):
            stream.publish(card(seed=seed))
        _wait_for_encoders()
        assert len(stills) == 1

    def test_the_last_frame_has_one_when_the_picture_rests(
        self, make: MakePoster, stream: Stream, stills: list[bytes], hasty: None
    ) -> None:
        make()
        for seed in range(100):
            stream.publish(card(seed=seed))
        eventually(lambda: shows(stills, seed=99))
        stream.publish(card(seed=7))
        eventually(lambda: shows(stills, seed=7))

    def test_one_frame_has_one_still(self, make: MakePoster, stream: Stream, stills: list[bytes], hasty: None) -> None:
        made = make()
        stream.publish(card(seed=1))
        eventually(lambda: stills and not made._watching)
        _wait_for_encoders()
        assert len(stills) == 1

    def test_publishing_does_not_wait_for_it(self, stream: Stream, restless: None) -> None:
        may_go_on, shown_on = threading.Event(), list[str]()

        def show(still: bytes) -> None:
            shown_on.append(threading.current_thread().name)
            assert may_go_on.wait(20)

        made = Poster(stream, show, at_once=lambda: False)
        for seed in range(20):
            stream.publish(card(seed=seed))
        eventually(lambda: shown_on)
        may_go_on.set()
        made.close()
        assert shown_on[0].startswith("rfb-encode")


class TestMoving:
    @pytest.fixture(autouse=True)
    def _never_at_rest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(poster, "REST_S", 0.001)
        monkeypatch.setattr(poster, "MOVING_S", 0.0)
        # The picture moves whenever one looks.
        monkeypatch.setattr(poster, "time", _Racing())

    def test_while_somebody_looks_it_has_one_now_and_then(
        self, make: MakePoster, stream: Stream, stills: list[bytes]
    ) -> None:
        stream.audience.update(viewers=1, watching=1, size=None)
        make()
        for seed in range(5):
            stream.publish(card(seed=seed))
            eventually(lambda seed=seed: shows(stills, seed=seed))


class _Racing:
    """A clock on which no time passes."""

    def monotonic(self) -> float:
        return 100.0


class TestExport:
    def test_every_frame_has_a_still_before_publish_returns(
        self, make: MakePoster, stream: Stream, stills: list[bytes]
    ) -> None:
        make(at_once=True)
        for seed in range(3):
            stream.publish(card(seed=seed))
            assert len(stills) == seed + 1
            assert shows(stills, seed=seed)

    def test_so_has_a_frame_that_was_there_before(self, make: MakePoster, stream: Stream, stills: list[bytes]) -> None:
        stream.publish(card(seed=4))
        make(at_once=True)
        assert shows(stills, seed=4)

    def test_it_is_small(self, make: MakePoster, stream: Stream, stills: list[bytes]) -> None:
        make(at_once=True)
        stream.publish(np.random.default_rng(1).integers(0, 256, (1080, 1920, 3), dtype=np.uint8))
        assert 0 < len(stills[0]) <= 100_000


class TestClose:
    def test_no_still_is_made_afterwards(
        self, make: MakePoster, stream: Stream, stills: list[bytes], hasty: None
    ) -> None:
        made = make()
        stream.publish(card(seed=1))
        eventually(lambda: stills)
        made.close()
        made.close()
        before = len(stills)
        stream.publish(card(seed=2))
        _wait_for_encoders()
        assert len(stills) == before

    def test_a_still_under_way_comes_to_its_end_first(self, stream: Stream, restless: None) -> None:
        order: list[str] = []
        showing, may_go_on = threading.Event(), threading.Event()

        def show(still: bytes) -> None:
            showing.set()
            assert may_go_on.wait(20)
            order.append("shown")

        made = Poster(stream, show, at_once=lambda: False)
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
        stills: list[bytes] = []

        def show(still: bytes) -> None:
            stills.append(still)
            if len(stills) == 1:
                raise OSError("the kernel's channel is gone")

        made = Poster(stream, show, at_once=lambda: True)
        stream.publish(card(seed=1))
        stream.publish(card(seed=2))
        made.close()
        assert len(stills) == 2
        assert [record.getMessage() for record in caplog.records] == ["could not make a still of stream 'scene'"]


def _wait_for_encoders() -> None:
    """Wait until every encoder thread has done what it was asked for before."""
    barrier = threading.Barrier(workers.THREADS + 1)
    for number in range(workers.THREADS):
        workers.flow(number).put(lambda: barrier.wait(20), idle=True)
    barrier.wait(20)
