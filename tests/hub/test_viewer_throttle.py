import asyncio

import pytest
from support import simulated

from marimo_rfb.hub.viewer_throttle import ViewerThrottle


class Picture:
    """A picture that is sent whenever it may be."""

    def __init__(self) -> None:
        self.sent_s: list[float] = []
        self.throttle = ViewerThrottle(self.send)

    def send(self) -> None:
        self.sent_s.append(asyncio.get_running_loop().time())
        self.throttle.on_sent()


def test_without_a_limit_it_never_rests() -> None:
    async def run() -> None:
        picture = Picture()
        for _ in range(3):
            picture.send()
            assert not picture.throttle.is_waiting

    simulated(run())


def test_it_rests_after_each_picture_and_tells_when_the_rest_is_over() -> None:
    async def run() -> list[float]:
        picture = Picture()
        picture.throttle.set_max_fps(4)
        assert not picture.throttle.is_waiting
        picture.send()
        assert picture.throttle.is_waiting
        await asyncio.sleep(1.1)
        picture.throttle.stop()
        return picture.sent_s

    assert simulated(run()) == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])


def test_another_limit_counts_from_the_last_picture() -> None:
    async def run() -> list[float]:
        picture = Picture()
        picture.throttle.set_max_fps(0.1)
        picture.send()
        await asyncio.sleep(1)
        assert picture.throttle.is_waiting
        picture.throttle.set_max_fps(0.5)
        await asyncio.sleep(2)
        picture.throttle.stop()
        return picture.sent_s

    assert simulated(run()) == pytest.approx([0.0, 2.0])


def test_a_limit_that_is_lifted_ends_the_rest_without_a_word() -> None:
    async def run() -> list[float]:
        picture = Picture()
        picture.throttle.set_max_fps(0.1)
        picture.send()
        picture.throttle.set_max_fps(None)
        assert not picture.throttle.is_waiting
        await asyncio.sleep(100)
        return picture.sent_s

    assert simulated(run()) == [0.0]


def test_after_a_stop_nothing_is_told() -> None:
    async def run() -> list[float]:
        picture = Picture()
        picture.throttle.set_max_fps(1)
        picture.send()
        picture.throttle.stop()
        picture.throttle.stop()
        assert not picture.throttle.is_waiting
        await asyncio.sleep(100)
        return picture.sent_s

    assert simulated(run()) == [0.0]
