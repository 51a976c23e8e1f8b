"""A child that is forked (`multiprocessing` on Linux, torch's `DataLoader`) may serve, and does its parent no harm."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np
import pytest
from support import RawClient, card, published

import marimo_rfb as rfb
from marimo_rfb.errors import HubClosed, StreamClosed
from marimo_rfb.hub import authenticator
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.event_loop import SharedEventLoop
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.listener import ListenOptions
from marimo_rfb.notebook.hosts import shared_hub
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.stream import encoder_pool
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Hello

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")


class Child:
    """A forked process that has run `function` and lives until the end of the test."""

    def __init__(self, function: Callable[[], Any]) -> None:
        context = multiprocessing.get_context("fork")
        self._here, there = context.Pipe()
        self.process: BaseProcess = context.Process(target=self._run, args=(function, there), daemon=True)
        with warnings.catch_warnings():
            # Newer versions of Python warn of what is tested here.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        there.close()

    def _run(self, function: Callable[[], Any], there: Connection) -> None:
        self._here.close()
        there.send(function())
        with contextlib.suppress(EOFError):
            there.recv()

    def answer(self) -> Any:
        assert self._here.poll(20), "the child hangs"
        return self._here.recv()

    def end(self) -> None:
        self._here.close()
        self.process.join(20)
        if self.process.is_alive():
            self.process.kill()


@pytest.fixture
def fork() -> Iterator[Callable[[Callable[[], Any]], Child]]:
    """Return a function that forks a child which ends with the test."""
    children: list[Child] = []

    def make(function: Callable[[], Any]) -> Child:
        children.append(Child(function))
        return children[-1]

    yield make
    for child in children:
        child.end()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub().start()
    yield hub
    hub.close()


@pytest.fixture
def stream(hub: Hub) -> Stream:
    return hub.add_stream("scene", 64, 48)


async def see(stream: Stream, seed: int) -> bool:
    """Publish a picture and tell whether a viewer sees it."""
    async with RawClient.watching(stream, supported=("image/png",)) as client:
        pixels = card(seed=seed)
        return np.array_equal((await client.picture(published(stream, pixels))).pixels, pixels)


def serve_anew() -> bool:
    """Serve something in a child, with all that a server takes."""
    hub = Hub(access=AccessOptions(authenticate=lambda context: "somebody")).start()
    assert asyncio.run(see(hub.add_stream("mine", 8, 8), seed=5))
    hub.close()

    async def serve() -> bool:
        stream = await rfb.serve(8, 8)
        seen = await see(stream, seed=6)
        await stream.aclose()
        return seen

    return asyncio.run(serve())


def test_a_child_serves_as_its_parent_does(stream: Stream, fork: Any) -> None:
    assert asyncio.run(see(stream, seed=1))
    assert fork(serve_anew).answer()
    assert asyncio.run(see(stream, seed=2))


def test_a_child_serves_whatever_other_threads_were_at(stream: Stream, fork: Any) -> None:
    assert asyncio.run(see(stream, seed=1))
    locks = [
        SharedEventLoop._lock,
        encoder_pool._pools.encoders._lock,
        shared_hub._lock,
        shared_hub._starting,
        Session._lock,
        authenticator._counting,
    ]
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with contextlib.ExitStack() as stack:
            for lock in locks:
                stack.enter_context(lock)
            held.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    try:
        child = fork(serve_anew)
    finally:
        done.set()
        holder.join()
    assert child.answer()


def test_views_in_a_child_are_its_own(fork: Any) -> None:
    mine = rfb.frame(card(seed=1), name="picture")

    def show() -> tuple[bool, bool]:
        view = rfb.frame(card(seed=2), name="picture")
        return view is mine, view.stream.closed

    assert fork(show).answer() == (False, False)
    assert not mine.stream.closed
    Session.current().close()


class TestAStreamOfTheParent:
    def test_says_whose_it_is_in_the_child(self, stream: Stream, fork: Any) -> None:
        attempts: dict[str, Callable[[], object]] = {
            "publish": lambda: stream.publish(card()),
            "widget": stream.widget,
            "view": stream.view,
            "poll_events": stream.poll_events,
            "events": stream.events,
            "copy_text": lambda: stream.copy_text("x"),
            "add_stream": lambda: stream.server.add_stream("other", 8, 8),
            "start": lambda: stream.server.start(),
        }

        def attempt() -> dict[str, str]:
            told = {}
            for name, call in attempts.items():
                try:
                    call()
                except (StreamClosed, HubClosed) as exc:
                    told[name] = str(exc)
            return told

        feed_of(stream)._lock.acquire()
        feed_of(stream).event_queue._lock.acquire()
        child = fork(attempt)
        feed_of(stream)._lock.release()
        feed_of(stream).event_queue._lock.release()
        told = child.answer()
        assert told.keys() == attempts.keys()
        assert all(
            f"belongs to process {os.getpid()}, which this one was forked from" in text for text in told.values()
        )

    def test_can_be_closed_in_the_child_and_its_viewers_do_not_notice(self, stream: Stream, fork: Any) -> None:
        def close() -> tuple[bool, str, int]:
            stream.notify("from the child")
            stream.close()
            stream.server.close()
            asyncio.run(stream.aclose())
            asyncio.run(stream.server.aclose())
            return stream.closed, repr(stream), stream.client_count

        async def watch() -> None:
            async with RawClient.watching(stream) as client:
                child = fork(close)
                assert await asyncio.to_thread(child.answer) == (True, "<Stream 'scene' 64x48, closed>", 0)
                child.end()
                await client.picture(published(stream, card(seed=1)))

        asyncio.run(watch())


def test_a_port_is_free_when_the_hub_is_closed_although_a_child_lives(hub: Hub, fork: Any) -> None:
    child = fork(os.getpid)
    assert child.answer() == child.process.pid
    port = hub.port
    hub.close()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=20):
        pass
    again = Hub(listen=ListenOptions(port=port)).start()
    assert again.port == port
    again.close()


def test_viewers_are_told_when_the_parent_is_killed_although_a_child_lives() -> None:
    code = """
import multiprocessing, time
from marimo_rfb import Hub
hub = Hub().start()
stream = hub.add_stream("scene", 8, 8)
print(stream.ws_url, stream.token, flush=True)
while not stream.client_count:
    time.sleep(0.001)
child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
child.start()
print(child.pid, flush=True)
child.join()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert parent.stdout is not None
    url, token = parent.stdout.readline().split()

    async def watch() -> None:
        async with RawClient.connected(url) as client:
            await client.say(Hello(supported=("image/png",), token=token))
            child = int(await asyncio.to_thread(parent.stdout.readline))  # type: ignore[union-attr]
            try:
                os.kill(parent.pid, signal.SIGKILL)
                async with asyncio.timeout(20):
                    await client.socket.wait_closed()
                os.kill(child, 0)  # it lives
            finally:
                os.kill(child, signal.SIGKILL)

    try:
        asyncio.run(watch())
    finally:
        parent.kill()
        parent.communicate()
