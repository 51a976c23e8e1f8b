"""A server with the middleware in it, and a hub that it finds."""

import asyncio
import contextlib
import http.client
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from support import RawClient, aeventually, eventually

from marimo_rfb.hub import hub_discovery
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.listener import ListenOptions
from marimo_rfb.server import middleware
from marimo_rfb.server.middleware import SameOrigin
from marimo_rfb.server.own_origins import OwnOrigins
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import Hello

COOKIE = {"Cookie": "session=theirs"}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run what is `async` on a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


class LogIn:
    """As marimo: whoever has the cookie may read."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            cookies = [value for name, value in scope["headers"] if name == b"cookie"]
            scope["auth"] = SimpleNamespace(scopes=["read"] if cookies == [b"session=theirs"] else [])
            # What the app around marimo may have put there.
            scope["user"] = {"is_authenticated": True, "username": "ada"}
        await self._app(scope, receive, send)


@dataclass
class Site:
    """A running server."""

    port: int
    loop: asyncio.AbstractEventLoop
    hub: Hub
    headers: dict[str, str] = field(default_factory=lambda: dict(COOKIE))

    def url(self, stream: str = "scene", hub_id: str | None = None) -> str:
        return f"ws://127.0.0.1:{self.port}/rfb/{self.hub_id if hub_id is None else hub_id}/{stream}"

    @property
    def hub_id(self) -> str:
        return core_of(self.hub).id

    @property
    def tasks(self) -> list[str]:
        """What runs on the server's loop besides the server."""
        names = [task.get_coro().__qualname__ for task in asyncio.all_tasks(self.loop)]  # type: ignore[union-attr]
        return [name for name in names if name not in ("Server.serve", "LifespanOn.main")]

    def get(self, path: str = "/", **headers: str) -> int:
        """Ask for something that is not ours, and return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path, headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    @contextlib.asynccontextmanager
    async def connected(self, url: str | None = None, **headers: str) -> AsyncIterator[RawClient]:
        options = {"additional_headers": self.headers | headers}
        async with RawClient.connected(url or self.url(), **options) as client:
            yield client

    @contextlib.asynccontextmanager
    async def watching(self, stream: Stream, **headers: str) -> AsyncIterator[RawClient]:
        before = stream.client_count
        async with self.connected(self.url(stream.name), **headers) as client:
            await client.say(Hello(supported=("image/png", "control/notice"), token=stream.token))
            await aeventually(lambda: stream.client_count > before)
            yield client


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSite]:
    """Return a function that starts a server and a hub that end with the test."""
    for name, value in {"_folder": None, "_users": 0, "_warned": False}.items():
        monkeypatch.setattr(SameOrigin, name, value)
    monkeypatch.setattr(middleware, "_origins", OwnOrigins())
    monkeypatch.setenv(hub_discovery.VARIABLE, "")
    ending = contextlib.ExitStack()

    def make(*, middlewares: tuple[Any, ...] = (), ws: Any = "auto", **access: Any) -> Site:
        app = Starlette(middleware=[Middleware(each) for each in (LogIn, *middlewares, SameOrigin)])
        config = uvicorn.Config(app, port=0, log_level="warning", ws=ws, lifespan="on")
        server = uvicorn.Server(config)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), name="server")
        thread.start()

        def end() -> None:
            server.should_exit = True
            thread.join(20)
            loop.close()

        ending.callback(end)
        eventually(lambda: server.started)
        hub = Hub(listen=ListenOptions(), access=AccessOptions(**access)).start()
        ending.callback(hub.close)
        return Site(server.servers[0].sockets[0].getsockname()[1], loop, hub)

    with ending:
        yield make


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


@pytest.fixture
def stream(site: Site) -> Stream:
    return site.hub.add_stream("scene", 64, 48)
