import asyncio
import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from support import Owner, card, eventually

from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.hosts.stream_registry import StreamLease, StreamRegistry
from marimo_rfb.notebook.rendering.animation import AnimationOptions
from marimo_rfb.notebook.rendering.render_function import RenderFunction
from marimo_rfb.stream.stream import Stream

SIZE = (64, 48)
OPTIONS = AnimationOptions(fps=1000, when_hidden="run")


@pytest.fixture
def streams() -> StreamRegistry:
    return StreamRegistry()


def grey(level: int) -> RenderFunction:
    picture = np.full((4, 4, 3), level, np.uint8)
    return RenderFunction(lambda t: picture)


def shown(stream: Stream) -> int:
    return -1 if stream.newest is None else int(stream.newest.pixels[0, 0, 0])


class TestHolding:
    def test_the_same_key_is_the_same_stream(self, streams: StreamRegistry) -> None:
        one, other = streams.lease("key", "scene", SIZE), streams.lease("key", "scene", (8, 8))
        assert one.stream is other.stream
        assert (one.stream.width, one.stream.height) == SIZE
        one.release()
        other.release()

    def test_another_key_is_another_stream(self, streams: StreamRegistry) -> None:
        leases = [streams.lease(key, "scene", SIZE) for key in ("a", "b", ("a", 1))]
        assert len({lease.stream.name for lease in leases}) == 3
        for lease in leases:
            lease.release()

    def test_the_last_one_to_let_go_closes_it(self, streams: StreamRegistry) -> None:
        one, other = streams.lease("key", "scene", SIZE), streams.lease("key", "scene", SIZE)
        one.release()
        one.release()
        assert not other.closed
        other.stream.publish(card())
        other.release()
        eventually(lambda: other.closed)

    def test_after_that_the_key_is_a_new_stream(self, streams: StreamRegistry) -> None:
        old = streams.lease("key", "scene", SIZE)
        old.release()
        new = streams.lease("key", "scene", SIZE)
        assert new.stream is not old.stream
        eventually(lambda: old.closed)
        assert not new.closed
        old.release()
        assert not new.closed
        new.release()

    def test_a_stream_that_somebody_closed_is_replaced(self, streams: StreamRegistry) -> None:
        old = streams.lease("key", "scene", SIZE)
        old.stream.close()
        new = streams.lease("key", "scene", SIZE)
        assert new.stream is not old.stream
        old.release()
        assert not new.closed
        again = streams.lease("key", "scene", SIZE)
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
    def test_whatever_it_is_called_its_name_fits_into_an_address(
        self, streams: StreamRegistry, name: str, slug: str
    ) -> None:
        lease = streams.lease("key", name, SIZE)
        assert lease.stream.name.partition("~")[0] == slug
        lease.release()

    def test_many_threads_hold_one_stream(self, streams: StreamRegistry) -> None:
        leases: list[StreamLease] = []
        threads = [
            threading.Thread(target=lambda: leases.append(streams.lease("key", "scene", SIZE))) for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(lease.stream) for lease in leases}) == 1
        for lease in leases[1:]:
            lease.release()
        assert not leases[0].closed
        leases[0].release()
        eventually(lambda: leases[0].closed)


class TestOfWhom:
    def test_a_session_has_its_own(self, session: Session) -> None:
        other = Session(None)
        assert StreamRegistry.of_session(session) is StreamRegistry.of_session(session)
        assert StreamRegistry.of_session(session) is not StreamRegistry.of_session(other)
        other.close()

    def test_those_of_a_session_go_with_it(self) -> None:
        session = Session(None)
        left = weakref.ref(StreamRegistry.of_session(session))
        session.close()
        del session
        eventually(lambda: gc.collect() >= 0 and left() is None)

    def test_an_app_is_known_by_its_path(self) -> None:
        assert StreamRegistry.of_app("/a.py") is StreamRegistry.of_app("/a.py")
        assert StreamRegistry.of_app("/a.py") is not StreamRegistry.of_app("/b.py")

    def test_a_stream_of_somebody_else_is_not_ours_to_close(self, stream: Stream, owner: Owner) -> None:
        lease = StreamLease.of(stream)
        assert lease.stream is stream
        lease.release()
        lease.release()
        assert not stream.closed
        assert owner.closed == []


class TestAnimation:
    def test_a_stream_is_animated_once_and_the_function_exchanged(self, streams: StreamRegistry) -> None:
        lease = streams.lease("key", "scene", SIZE)
        assert lease.animation is None
        animation = lease.animate(grey(1), OPTIONS)
        assert lease.animation is animation
        eventually(lambda: shown(lease.stream) == 1)
        assert lease.animate(grey(2), OPTIONS) is animation
        eventually(lambda: shown(lease.stream) == 2)
        lease.release()
        eventually(lambda: lease.closed)
        assert animation.closed

    def test_stopping_ends_it_and_leaves_the_stream(self, streams: StreamRegistry) -> None:
        lease = streams.lease("key", "scene", SIZE)
        animation = lease.animate(grey(1), OPTIONS)
        lease.stop()
        lease.stop()
        assert animation.closed
        assert lease.animation is None
        assert not lease.closed
        again = lease.animate(grey(2), OPTIONS)
        assert again is not animation
        eventually(lambda: shown(lease.stream) == 2)
        lease.release()

    def test_all_who_hold_it_share_the_animation_and_the_newest_function_counts(self, streams: StreamRegistry) -> None:
        one, other = streams.lease("key", "scene", SIZE), streams.lease("key", "scene", SIZE)
        animation = one.animate(grey(1), OPTIONS)
        assert other.animation is animation
        assert other.animate(grey(2), OPTIONS) is animation
        eventually(lambda: shown(one.stream) == 2)
        one.release()
        other.release()

    def test_when_the_one_whose_function_counts_lets_go_that_of_another_counts(self, streams: StreamRegistry) -> None:
        leases = [streams.lease("key", "scene", SIZE) for _ in range(3)]
        stream = leases[0].stream
        for level, lease in enumerate(leases):
            animation = lease.animate(grey(level), OPTIONS)
        eventually(lambda: shown(stream) == 2)
        leases[2].release()
        eventually(lambda: shown(stream) == 1)
        leases[0].release()
        leases[1].release()
        assert animation.closed

    def test_one_who_never_animated_it_may_stop_and_let_go(self, streams: StreamRegistry) -> None:
        one, other = streams.lease("key", "scene", SIZE), streams.lease("key", "scene", SIZE)
        animation = one.animate(grey(1), OPTIONS)
        other.stop()
        other.release()
        assert not animation.closed
        one.release()
        assert animation.closed

    def test_on_a_stream_of_somebody_else_it_ends_when_the_hold_does(self, stream: Stream) -> None:
        lease = StreamLease.of(stream)
        animation = lease.animate(grey(1), OPTIONS)
        eventually(lambda: shown(stream) == 1)
        lease.release()
        assert animation.closed
        assert not stream.closed

    def test_of_many_threads_that_animate_at_once_one_begins(self, streams: StreamRegistry) -> None:
        lease = streams.lease("key", "scene", SIZE)
        made: list[Any] = []
        threads = [threading.Thread(target=lambda i=i: made.append(lease.animate(grey(i), OPTIONS))) for i in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(animation) for animation in made}) == 1
        lease.release()


def test_letting_go_on_a_running_loop_blocks_nothing(streams: StreamRegistry) -> None:
    async def kernel() -> None:
        lease = streams.lease("key", "scene", SIZE)
        lease.animate(grey(1), OPTIONS)
        lease.release()
        async with asyncio.timeout(20):
            while not lease.closed:
                await asyncio.sleep(0)

    asyncio.run(kernel())
