import asyncio
import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from support import Owner, card, eventually

from marimo_rfb.notebook.animation import AnimationOptions
from marimo_rfb.notebook.render import Render
from marimo_rfb.notebook.session import Session
from marimo_rfb.notebook.streams import StreamHold, Streams
from marimo_rfb.stream.stream import Stream

SIZE = (64, 48)
OPTIONS = AnimationOptions(fps=1000, when_hidden="run")


@pytest.fixture
def streams() -> Streams:
    return Streams()


def grey(level: int) -> Render:
    picture = np.full((4, 4, 3), level, np.uint8)
    return Render(lambda t: picture)


def shown(stream: Stream) -> int:
    return -1 if stream.newest is None else int(stream.newest.pixels[0, 0, 0])


class TestHolding:
    def test_the_same_key_is_the_same_stream(self, streams: Streams) -> None:
        one, other = streams.hold("key", "scene", SIZE), streams.hold("key", "scene", (8, 8))
        assert one.stream is other.stream
        assert (one.stream.width, one.stream.height) == SIZE
        one.release()
        other.release()

    def test_another_key_is_another_stream(self, streams: Streams) -> None:
        holds = [streams.hold(key, "scene", SIZE) for key in ("a", "b", ("a", 1))]
        assert len({hold.stream.name for hold in holds}) == 3
        for hold in holds:
            hold.release()

    def test_the_last_one_to_let_go_closes_it(self, streams: Streams) -> None:
        one, other = streams.hold("key", "scene", SIZE), streams.hold("key", "scene", SIZE)
        one.release()
        one.release()
        assert not other.closed
        other.stream.publish(card())
        other.release()
        eventually(lambda: other.closed)

    def test_after_that_the_key_is_a_new_stream(self, streams: Streams) -> None:
        old = streams.hold("key", "scene", SIZE)
        old.release()
        new = streams.hold("key", "scene", SIZE)
        assert new.stream is not old.stream
        eventually(lambda: old.closed)
        assert not new.closed
        old.release()
        assert not new.closed
        new.release()

    def test_a_stream_that_somebody_closed_is_replaced(self, streams: Streams) -> None:
        old = streams.hold("key", "scene", SIZE)
        old.stream.close()
        new = streams.hold("key", "scene", SIZE)
        assert new.stream is not old.stream
        old.release()
        assert not new.closed
        again = streams.hold("key", "scene", SIZE)
        assert again.stream is new.stream
        new.release()
        again.release()

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("view", "view"),
            ("my view!", "my-view"),
            ("ü", "stream"),
            ("", "stream"),
            ("../../etc", "etc"),
            ("<lambda>", "lambda"),
            ("x" * 500, "x" * 80),
            ("-_.", "stream"),
        ],
    )
    def test_whatever_it_is_called_its_name_fits_into_an_address(self, streams: Streams, name: str, slug: str) -> None:
        hold = streams.hold("key", name, SIZE)
        assert hold.stream.name.partition("~")[0] == slug
        hold.release()

    def test_many_threads_hold_one_stream(self, streams: Streams) -> None:
        holds: list[StreamHold] = []
        threads = [threading.Thread(target=lambda: holds.append(streams.hold("key", "scene", SIZE))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(hold.stream) for hold in holds}) == 1
        for hold in holds[1:]:
            hold.release()
        assert not holds[0].closed
        holds[0].release()
        eventually(lambda: holds[0].closed)


class TestOfWhom:
    def test_a_session_has_its_own(self, session: Session) -> None:
        other = Session(None)
        assert Streams.of_session(session) is Streams.of_session(session)
        assert Streams.of_session(session) is not Streams.of_session(other)
        other.close()

    def test_those_of_a_session_go_with_it(self) -> None:
        session = Session(None)
        left = weakref.ref(Streams.of_session(session))
        session.close()
        del session
        eventually(lambda: gc.collect() >= 0 and left() is None)

    def test_an_app_is_known_by_its_path(self) -> None:
        assert Streams.of_app("/a.py") is Streams.of_app("/a.py")
        assert Streams.of_app("/a.py") is not Streams.of_app("/b.py")

    def test_a_stream_of_somebody_else_is_not_ours_to_close(self, stream: Stream, owner: Owner) -> None:
        hold = StreamHold.of(stream)
        assert hold.stream is stream
        hold.release()
        hold.release()
        assert not stream.closed
        assert owner.closed == []


class TestAnimation:
    def test_a_stream_is_animated_once_and_the_function_exchanged(self, streams: Streams) -> None:
        hold = streams.hold("key", "scene", SIZE)
        assert hold.animation is None
        animation = hold.animate(grey(1), OPTIONS)
        assert hold.animation is animation
        eventually(lambda: shown(hold.stream) == 1)
        assert hold.animate(grey(2), OPTIONS) is animation
        eventually(lambda: shown(hold.stream) == 2)
        hold.release()
        eventually(lambda: hold.closed)
        assert animation.closed

    def test_stopping_ends_it_and_leaves_the_stream(self, streams: Streams) -> None:
        hold = streams.hold("key", "scene", SIZE)
        animation = hold.animate(grey(1), OPTIONS)
        hold.stop()
        hold.stop()
        assert animation.closed
        assert hold.animation is None
        assert not hold.closed
        again = hold.animate(grey(2), OPTIONS)
        assert again is not animation
        eventually(lambda: shown(hold.stream) == 2)
        hold.release()

    def test_all_who_hold_it_share_the_animation_and_the_newest_function_counts(self, streams: Streams) -> None:
        one, other = streams.hold("key", "scene", SIZE), streams.hold("key", "scene", SIZE)
        animation = one.animate(grey(1), OPTIONS)
        assert other.animation is animation
        assert other.animate(grey(2), OPTIONS) is animation
        eventually(lambda: shown(one.stream) == 2)
        one.release()
        other.release()

    def test_when_the_one_whose_function_counts_lets_go_that_of_another_counts(self, streams: Streams) -> None:
        holds = [streams.hold("key", "scene", SIZE) for _ in range(3)]
        stream = holds[0].stream
        for level, hold in enumerate(holds):
            animation = hold.animate(grey(level), OPTIONS)
        eventually(lambda: shown(stream) == 2)
        holds[2].release()
        eventually(lambda: shown(stream) == 1)
        holds[0].release()
        holds[1].release()
        assert animation.closed

    def test_one_who_never_animated_it_may_stop_and_let_go(self, streams: Streams) -> None:
        one, other = streams.hold("key", "scene", SIZE), streams.hold("key", "scene", SIZE)
        animation = one.animate(grey(1), OPTIONS)
        other.stop()
        other.release()
        assert not animation.closed
        one.release()
        assert animation.closed

    def test_on_a_stream_of_somebody_else_it_ends_when_the_hold_does(self, stream: Stream) -> None:
        hold = StreamHold.of(stream)
        animation = hold.animate(grey(1), OPTIONS)
        eventually(lambda: shown(stream) == 1)
        hold.release()
        assert animation.closed
        assert not stream.closed

    def test_of_many_threads_that_animate_at_once_one_begins(self, streams: Streams) -> None:
        hold = streams.hold("key", "scene", SIZE)
        made: list[Any] = []
        threads = [threading.Thread(target=lambda i=i: made.append(hold.animate(grey(i), OPTIONS))) for i in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(animation) for animation in made}) == 1
        hold.release()


def test_letting_go_on_a_running_loop_blocks_nothing(streams: Streams) -> None:
    async def kernel() -> None:
        hold = streams.hold("key", "scene", SIZE)
        hold.animate(grey(1), OPTIONS)
        hold.release()
        async with asyncio.timeout(20):
            while not hold.closed:
                await asyncio.sleep(0)

    asyncio.run(kernel())
