"""Hubs for tests, and a look at what they leave behind."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support import eventually

from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.listener import ListenOptions
from marimo_rfb.stream.stream import Stream

MakeHub = Callable[..., Hub]


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    yield
    eventually(lambda: all(thread.name != "rfb-hub" for thread in threading.enumerate()))


@pytest.fixture
def make_hub(_no_thread_left: None) -> Iterator[MakeHub]:
    """Return a function that starts a hub which ends with the test."""
    hubs: list[Hub] = []

    def make(*, host: str = "127.0.0.1", port: int = 0, closes_with_stream: bool = False, **access: Any) -> Hub:
        hub = Hub(
            listen=ListenOptions(host=host, port=port),
            access=AccessOptions(**access),
            closes_with_stream=closes_with_stream,
        )
        hubs.append(hub)
        return hub.start()

    yield make
    for hub in hubs:
        hub.close()


@pytest.fixture
def hub(make_hub: MakeHub) -> Hub:
    return make_hub()


@pytest.fixture
def stream(hub: Hub) -> Stream:
    return hub.add_stream("scene", 64, 48)
