"""Streams in real web applications, on a real server, seen by real clients."""

import asyncio
import contextlib
import functools
import json
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import fastapi
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount, WebSocketRoute
from starlette.websockets import WebSocket
from support import EXTENSIONS, IMAGES, RawClient, aeventually, card, eventually, noise, published, viewer_metrics
from websockets.exceptions import ConnectionClosed

from marimo_rfb import asgi
from marimo_rfb.asgi import rfb_endpoint, rfb_hub_endpoint
from marimo_rfb.errors import OptionError
from marimo_rfb.hub import connection
from marimo_rfb.hub.access import AccessOptions, AuthContext
from marimo_rfb.hub.hub import Hub
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import Bye, Config, Event, Hello

SESSION = {"Cookie": "session=of-ann; theme=dark"}


class Site:
    """An application on a server, on a thread of its own."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.running = 0
        self.left: set[asyncio.Task[Any]] = set()
        # Without a configuration of its own it logs where `caplog` looks.
        self._server = uvicorn.Server(uvicorn.Config(self._count, port=0, log_config=None, interface="asgi3"))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="site")
        self._thread.start()
        eventually(lambda: self._server.started or not self._thread.is_alive())
        (server,) = self._server.servers
        self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _run(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self._server.serve()
        self.left = asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]

    async def _count(self, scope: Any, receive: Any, send: Any) -> None:
        self.running += scope["type"] == "websocket"
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= scope["type"] == "websocket"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server does not end"


MakeSite = Callable[[Any], Site]


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    yield
    eventually(lambda: not {"rfb-hub", "site"} & {thread.name for thread in threading.enumerate()})


@pytest.fixture
def hub(_no_thread_left: None) -> Iterator[Hub]:
    hub = Hub().start()
    yield hub
    hub.close()


@pytest.fixture
def stream(hub: Hub) -> Stream:
    return hub.add_stream("scene", 64, 48)


@pytest.fixture
def make_site(hub: Hub) -> Iterator[MakeSite]:
    sites: list[Site] = []

    def make(app: Any) -> Site:
        sites.append(Site(app))
        return sites[-1]

    yield make
    for site in sites:
        site.stop()


@pytest.fixture
def serve(hub: Hub, make_site: MakeSite) -> Callable[..., Site]:
    """Return a function that serves the hub in a Starlette application."""

    def make(**options: Any) -> Site:
        return make_site(Starlette(routes=[WebSocketRoute("/rfb/{stream}", rfb_hub_endpoint(hub, **options))]))

    return make


@contextlib.asynccontextmanager
async def knocking(
    site: Site, path: str = "/rfb/scene", *, headers: dict[str, str] | None = None, **options: Any
) -> AsyncIterator[RawClient]:
    async with RawClient.connected(f"ws://{site.address}{path}", additional_headers=headers or {}, **options) as client:
        yield client


@contextlib.asynccontextmanager
async def watching(
    site: Site, stream: Stream, *, token: str | None = None, path: str = "", **options: Any
) -> AsyncIterator[RawClient]:
    """Say hello, by default without a token, and wait until the hub has let us in."""
    async with knocking(site, path or f"/rfb/{stream.name}", **options) as client:
        await client.say(Hello(supported=IMAGES + EXTENSIONS, token=token))
        await client.barrier(stream)
        yield client


def refusal(site: Site, path: str = "/rfb/scene", *, token: str | None = None, **headers: str) -> tuple[int, str]:
    """Say hello and return how the site closed."""

    async def knock() -> tuple[int, str]:
        async with knocking(site, path, headers=headers) as client:
            await client.say(Hello(supported=IMAGES, token=token))
            closed = await client.close_code()
            assert not client.pictures
            return closed

    return asyncio.run(knock())


def shows(site: Site, stream: Stream, **options: Any) -> None:
    """Expect the picture that is published next."""

    async def watch() -> None:
        async with watching(site, stream, **options) as client:
            seq = published(stream, card(64, 48, seed=stream.stats.published))
            picture = await client.picture(seq)
            assert picture.pixels.shape == (48, 64, 3)

    asyncio.run(watch())


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def session(context: AuthContext) -> str | None:
    """Let in who has ann's session."""
    return "ann" if context.cookies.get("session") == "of-ann" else None


class TestRoutes:
    def starlette_route(self, hub: Hub) -> Any:
        return Starlette(routes=[WebSocketRoute("/rfb/{stream}", rfb_hub_endpoint(hub))])

    def fastapi_websocket_route(self, hub: Hub) -> Any:
        app = fastapi.FastAPI()
        app.router.add_websocket_route("/rfb/{stream}", rfb_hub_endpoint(hub))
        return app

    def fastapi_api_websocket_route(self, hub: Hub) -> Any:
        app = fastapi.FastAPI()
        app.add_api_websocket_route("/rfb/{stream}", rfb_hub_endpoint(hub))
        return app

    def fastapi_decorator(self, hub: Hub) -> Any:
        app = fastapi.FastAPI()
        app.websocket("/rfb/{stream}")(rfb_hub_endpoint(hub))
        return app

    def fastapi_router(self, hub: Hub) -> Any:
        app, router = fastapi.FastAPI(), fastapi.APIRouter()
        router.add_api_websocket_route("/{stream}", rfb_hub_endpoint(hub))
        app.include_router(router, prefix="/rfb")
        return app

    def function_of_ones_own(self, hub: Hub) -> Any:
        app, endpoint = fastapi.FastAPI(), rfb_hub_endpoint(hub)

        @app.websocket("/rfb/{stream}")
        async def watch(websocket: WebSocket, stream: str) -> None:
            assert stream == "scene"
            await endpoint(websocket)

        return app

    def function_that_has_accepted(self, hub: Hub) -> Any:
        app, endpoint = fastapi.FastAPI(), rfb_hub_endpoint(hub)

        @app.websocket("/rfb/{stream}")
        async def watch(websocket: WebSocket) -> None:
            await websocket.accept()
            await endpoint(websocket)

        return app

    def mount(self, hub: Hub) -> Any:
        return Starlette(routes=[Mount("/rfb", rfb_hub_endpoint(hub))])

    def mount_in_a_mounted_application(self, hub: Hub) -> Any:
        return Starlette(routes=[Mount("/rfb", fastapi.FastAPI(routes=[Mount("/", rfb_hub_endpoint(hub))]))])

    def another_parameter(self, hub: Hub) -> Any:
        return Starlette(routes=[WebSocketRoute("/{room}/{picture}", rfb_hub_endpoint(hub, "picture"))])

    def one_stream(self, hub: Hub) -> Any:
        return Starlette(routes=[WebSocketRoute("/rfb/{anything}", rfb_endpoint(hub.stream("scene")))])

    @pytest.mark.parametrize(
        "make",
        [
            starlette_route,
            fastapi_websocket_route,
            fastapi_api_websocket_route,
            fastapi_decorator,
            fastapi_router,
            function_of_ones_own,
            function_that_has_accepted,
            mount,
            mount_in_a_mounted_application,
            another_parameter,
            one_stream,
        ],
        ids=lambda make: make.__name__,
    )
    def test_a_viewer_with_the_token_sees_the_stream(
        self, hub: Hub, stream: Stream, make_site: MakeSite, make: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        site = make_site(make(self, hub))
        shows(site, stream, token=stream.token)
        eventually(lambda: site.running == 0)
        assert errors(caplog) == []

    def test_an_endpoint_is_an_application_by_itself(self, hub: Hub, stream: Stream, make_site: MakeSite) -> None:
        shows(make_site(rfb_hub_endpoint(hub)), stream, token=stream.token, path="/scene")

    def test_a_name_may_be_escaped_in_the_path(self, hub: Hub, serve: Any) -> None:
        stream = hub.add_stream("scene~1", 64, 48)
        shows(serve(), stream, token=stream.token, path="/rfb/scene%7E1")

    def test_a_dependency_of_fastapi_can_refuse(self, hub: Hub, stream: Stream, make_site: MakeSite) -> None:
        app = fastapi.FastAPI()

        def know(session: Annotated[str, fastapi.Cookie()] = "") -> None:
            if session != "of-ann":
                raise fastapi.WebSocketException(4401, "who are you?")

        endpoint = rfb_hub_endpoint(hub, authenticate=lambda context: "anybody")
        app.add_api_websocket_route("/rfb/{stream}", endpoint, dependencies=[fastapi.Depends(know)])
        site = make_site(app)
        shows(site, stream, headers=SESSION)
        with pytest.raises(Exception, match="403"):
            refusal(site)

    def test_a_plain_request_is_told_that_a_websocket_is_wanted(self, hub: Hub, make_site: MakeSite) -> None:
        site = make_site(Starlette(routes=[Mount("/rfb", rfb_hub_endpoint(hub))]))
        answer = httpx.get(f"http://{site.address}/rfb/scene")
        assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
        assert "WebSocket" in answer.text

    def test_a_route_without_the_parameter_is_an_error_that_names_it(
        self, hub: Hub, stream: Stream, make_site: MakeSite, caplog: pytest.LogCaptureFixture
    ) -> None:
        site = make_site(Starlette(routes=[WebSocketRoute("/rfb/{name}", rfb_hub_endpoint(hub))]))
        with pytest.raises(Exception, match="500"):
            refusal(site)
        (record,) = [record for record in caplog.records if record.exc_info]
        assert record.exc_info is not None
        assert "{name} and no {stream}" in str(record.exc_info[1])

    def test_importing_brings_no_framework(self) -> None:
        script = "import sys, marimo_rfb.asgi; print({'starlette', 'fastapi', 'uvicorn'} & set(sys.modules))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("set()\n", "")


class TestArguments:
    def test_a_hub_is_no_stream_and_a_stream_no_hub(self, hub: Hub, stream: Stream) -> None:
        with pytest.raises(OptionError, match="takes a Stream, got Hub; rfb_hub_endpoint takes a Hub"):
            rfb_endpoint(hub)  # type: ignore[arg-type]
        with pytest.raises(OptionError, match="takes a Hub, got Stream; rfb_endpoint takes a Stream"):
            rfb_hub_endpoint(stream)  # type: ignore[arg-type]

    def test_what_is_no_function_is_no_hook(self, hub: Hub) -> None:
        with pytest.raises(OptionError, match="authenticate is a function of an AuthContext, got str"):
            rfb_hub_endpoint(hub, authenticate="ann")  # type: ignore[arg-type]

    def test_an_origin_has_a_scheme(self, hub: Hub, stream: Stream) -> None:
        with pytest.raises(OptionError, match="an origin looks like"):
            rfb_hub_endpoint(hub, origins=["example.org"])
        with pytest.raises(OptionError, match="an origin looks like"):
            rfb_endpoint(stream, origins=["example.org"])


class TestWithoutAHook:
    def test_the_token_decides(self, serve: Any, stream: Stream) -> None:
        site = serve()
        shows(site, stream, token=stream.token)
        assert refusal(site) == (4401, "the token is missing or wrong")
        assert refusal(site, token="wrong")[0] == 4401
        assert refusal(site, **SESSION)[0] == 4401
        assert stream.client_count == 0

    def test_pages_of_this_machine_may_come_with_it_and_others_not(self, serve: Any, stream: Stream) -> None:
        site = serve(origins=["https://allowed.example"])
        for origin in ("http://localhost:2718", f"http://{site.address}", "https://allowed.example"):
            shows(site, stream, token=stream.token, headers={"Origin": origin})
        code, reason = refusal(site, token=stream.token, Origin="https://evil.example")
        assert (code, reason) == (4401, "pages of https://evil.example may not watch; origins=[...] lets them")

    def test_the_hook_of_the_hub_decides_when_it_has_one(self, make_site: MakeSite) -> None:
        hub = Hub(access=AccessOptions(authenticate=session, origins=("https://allowed.example",))).start()
        try:
            stream = hub.add_stream("scene", 64, 48)
            site = make_site(rfb_hub_endpoint(hub))
            shows(site, stream, path="/scene", headers=SESSION)
            shows(site, stream, path="/scene", headers={**SESSION, "Origin": "https://allowed.example"})
            assert refusal(site, "/scene", token=stream.token)[0] == 4401
            assert refusal(site, "/scene", Origin="http://localhost:1", **SESSION)[0] == 4401
        finally:
            hub.close()

    def test_a_hub_that_lets_everybody_in_does_so_here_too(self, make_site: MakeSite) -> None:
        with contextlib.closing(Hub(access=AccessOptions(token=False)).start()) as hub:
            stream = hub.add_stream("scene", 64, 48)
            shows(make_site(rfb_endpoint(stream)), stream)


class TestLogin:
    """As the guide shows it: a form, a cookie, and streams of one's own."""

    @pytest.fixture
    def site(self, hub: Hub, make_site: MakeSite) -> Site:
        app = fastapi.FastAPI()
        sessions: dict[str, str] = {}

        @app.post("/login")
        def login(name: Annotated[str, fastapi.Form()], password: Annotated[str, fastapi.Form()]) -> RedirectResponse:
            if password != f"secret of {name}":
                raise fastapi.HTTPException(403)
            answer = RedirectResponse("/", status_code=303)
            sessions[f"session-of-{name}"] = name
            answer.set_cookie("session", f"session-of-{name}", httponly=True, samesite="strict")
            return answer

        def may_watch(context: AuthContext) -> str | None:
            user = sessions.get(context.cookies.get("session", ""))
            return user if user is not None and context.stream in (user, "scene") else None

        app.router.add_websocket_route("/rfb/{stream}", rfb_hub_endpoint(hub, authenticate=may_watch))
        return make_site(app)

    def cookie(self, site: Site, name: str, password: str) -> dict[str, str]:
        with httpx.Client(base_url=f"http://{site.address}") as browser:
            browser.post("/login", data={"name": name, "password": password})
            return {"Cookie": "; ".join(f"{key}={value}" for key, value in browser.cookies.items())}

    def test_the_session_cookie_is_all_that_is_asked_for(self, site: Site, stream: Stream) -> None:
        shows(site, stream, headers=self.cookie(site, "ann", "secret of ann"))

    def test_without_it_nothing_is_shown_even_with_the_token(self, site: Site, stream: Stream) -> None:
        stream.publish(card())
        assert refusal(site) == (4401, "log in, or ask for access to this stream")
        assert refusal(site, token=stream.token)[0] == 4401
        assert refusal(site, **self.cookie(site, "ann", "guessed"))[0] == 4401
        assert stream.stats.encoded == 0

    def test_each_stream_may_have_its_own_viewers(self, site: Site, hub: Hub) -> None:
        ann, bob = (hub.add_stream(name, 64, 48) for name in ("ann", "bob"))
        cookie = self.cookie(site, "ann", "secret of ann")
        shows(site, ann, headers=cookie)
        assert refusal(site, "/rfb/bob", **cookie)[0] == 4401
        assert refusal(site, "/rfb/nothing", **cookie) == (4404, "no stream 'nothing' here")
        assert bob.stats.encoded == 0

    def test_events_tell_who_did_it(self, site: Site, stream: Stream) -> None:
        cookie = self.cookie(site, "ann", "secret of ann")

        async def act() -> None:
            async with watching(site, stream, headers=cookie) as client:
                await client.say(Event(event={"type": "key_down", "key": "a"}))
                events: list[Any] = []
                await aeventually(lambda: events.extend(stream.poll_events()) or events)
                assert events[0].principal == "ann"

        asyncio.run(act())


class TestHook:
    def test_it_is_told_all_of_the_request(self, serve: Any, stream: Stream) -> None:
        seen: list[AuthContext] = []
        site = serve(authenticate=lambda context: seen.append(context) or "ann")
        headers = {**SESSION, "X-User": "bob", "Authorization": "Bearer 1", "X-Name": "Ä"}
        shows(site, stream, path="/rfb/scene?room=7&room=8&q=%3F", headers=headers, token="from the page")
        (context,) = seen
        assert context.token == "from the page"
        assert (context.headers["x-user"], context.headers["authorization"]) == ("bob", "Bearer 1")
        assert context.headers["host"] == site.address
        assert context.cookies == {"session": "of-ann", "theme": "dark"}
        assert (context.path, context.query) == ("/rfb/scene", {"room": "8", "q": "?"})
        assert context.stream == "scene"
        assert context.remote is not None
        assert context.remote[0] == "127.0.0.1"

    def test_cookies_in_several_headers_are_one(self, serve: Any, stream: Stream) -> None:
        seen: list[AuthContext] = []
        site = serve(authenticate=lambda context: seen.append(context) or "ann")
        shows(site, stream, headers=[("Cookie", "a=1"), ("Cookie", "b=2")])
        assert seen[0].cookies == {"a": "1", "b": "2"}

    def test_an_async_hook_runs_on_the_application_s_loop(self, serve: Any, stream: Stream) -> None:
        loops: list[asyncio.AbstractEventLoop] = []

        async def ask(context: AuthContext) -> str:
            await asyncio.sleep(0)
            loops.append(asyncio.get_running_loop())
            return "ann"

        class Asks:
            async def __call__(self, context: AuthContext) -> str:
                return await ask(context)

        for hook in (ask, Asks(), functools.partial(ask), lambda context: ask(context)):
            site = serve(authenticate=hook)
            shows(site, stream)
            assert loops.pop() is site.loop

    def test_a_sync_hook_may_wait_without_holding_up_the_application(self, serve: Any, stream: Stream) -> None:
        answer = threading.Event()
        asked: list[str] = []

        def ask(context: AuthContext) -> str:
            asked.append(context.query["name"])
            assert context.query["name"] == "quick" or answer.wait(20)
            return "ann"

        site = serve(authenticate=ask)

        async def watch() -> None:
            async with knocking(site, "/rfb/scene?name=slow") as slow:
                await slow.say(Hello(supported=IMAGES))
                await aeventually(lambda: asked == ["slow"])
                async with watching(site, stream, path="/rfb/scene?name=quick"):
                    await aeventually(lambda: stream.client_count == 1)
                answer.set()
                await slow.next_control(Config)

        asyncio.run(watch())

    @pytest.mark.parametrize("raised", [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError()])
    def test_one_that_would_end_the_application_only_refuses(
        self, serve: Any, stream: Stream, caplog: pytest.LogCaptureFixture, raised: BaseException
    ) -> None:
        def leave(context: AuthContext) -> str:
            raise raised

        async def leave_later(context: AuthContext) -> str:
            raise raised

        stream.publish(card())
        for hook in (leave, leave_later):
            site = serve(authenticate=hook)
            assert refusal(site, token=stream.token)[0] == 4401
            assert refusal(site, token=stream.token)[0] == 4401
        assert len(errors(caplog)) == 4

    def test_one_that_raises_refuses_and_is_logged(
        self, serve: Any, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(context: AuthContext) -> str:
            raise LookupError("who?")

        async def fail_later(context: AuthContext) -> str:
            raise LookupError("who?")

        stream.publish(card())
        for hook in (fail, fail_later):
            assert refusal(serve(authenticate=hook), token=stream.token)[0] == 4401
        assert errors(caplog) == ["authenticate raised; the client is refused"] * 2
        assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["who?"] * 2
        assert stream.stats.encoded == 0

    @pytest.mark.parametrize(
        "of", ["http://{site}", "http://{site}/", "https://proxied.example", "https://allowed.example"]
    )
    def test_pages_of_the_application_may_come_with_their_cookie(self, serve: Any, stream: Stream, of: str) -> None:
        site = serve(authenticate=session, origins=("https://allowed.example/",))
        headers = {**SESSION, "Origin": of.format(site=site.address), "X-Forwarded-Host": "proxied.example, inner"}
        shows(site, stream, headers=headers)

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "null",
            "http://127.0.0.1:1",
            "http://localhost:2718",
            "vscode-webview://x",
            "http://[",
        ],
    )
    def test_of_a_page_from_elsewhere_the_hook_is_not_even_asked(self, serve: Any, stream: Stream, origin: str) -> None:
        asked: list[AuthContext] = []
        site = serve(authenticate=lambda context: asked.append(context) or "ann")
        code, reason = refusal(site, Origin=origin, **SESSION)
        assert (code, reason) == (4401, f"pages of {origin} may not watch; origins=[...] lets them")
        assert asked == []

    def test_all_origins_may_be_allowed(self, serve: Any, stream: Stream) -> None:
        shows(serve(authenticate=session, origins=["*"]), stream, headers={**SESSION, "Origin": "https://any.example"})


class TestStreams:
    def test_a_stream_that_is_not_there_is_said_after_the_handshake(self, serve: Any, hub: Hub, stream: Stream) -> None:
        site = serve()
        assert refusal(site, "/rfb/nothing") == (4404, "no stream 'nothing' here")
        hub.remove_stream("scene")
        assert refusal(site) == (4404, "no stream 'scene' here")

    def test_twenty_viewers_get_the_same_bytes_and_each_frame_is_encoded_once(self, serve: Any, stream: Stream) -> None:
        site = serve(authenticate=session)

        async def watch() -> None:
            async with contextlib.AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(watching(site, stream, headers=SESSION)) for _ in range(20)]
                for seed in range(5):
                    seq = published(stream, card(seed=seed))
                    pictures = await asyncio.gather(*(client.picture(seq) for client in clients))
                    assert len({picture.message for picture in pictures}) == 1
                assert stream.stats.encoded == 5

        asyncio.run(watch())

    def test_viewers_by_the_application_and_by_the_port_see_the_same(self, serve: Any, stream: Stream) -> None:
        site = serve()

        async def watch() -> None:
            async with watching(site, stream, token=stream.token) as here, RawClient.watching(stream) as there:
                seq = published(stream, card())
                assert (await here.picture(seq)).message == (await there.picture(seq)).message

        asyncio.run(watch())

    def test_what_a_viewer_holds_is_let_go_when_it_vanishes(self, serve: Any, stream: Stream) -> None:
        site = serve(authenticate=session)
        events: list[Any] = []

        async def act() -> None:
            async with watching(site, stream, headers=SESSION) as client:
                await client.say(Event(event={"type": "key_down", "key": "Shift"}))
                await aeventually(lambda: events.extend(stream.poll_events()) or events)
                client.socket.transport.abort()
                await aeventually(lambda: events.extend(stream.poll_events()) or len(events) == 3)

        asyncio.run(act())
        assert [event.type for event in events] == ["key_down", "key_up", "close"]
        assert stream.client_count == 0
        eventually(lambda: site.running == 0)

    def test_the_last_click_before_a_page_goes_is_heard(self, serve: Any, stream: Stream) -> None:
        site = serve(authenticate=session)
        events: list[Any] = []

        async def act() -> None:
            async with watching(site, stream, headers=SESSION) as client:
                for key in "abcdefgh":
                    await client.say(Event(event={"type": "key_down", "key": key}))
                await client.socket.close()
                await aeventually(lambda: events.extend(stream.poll_events()) or len(events) == 17)

        asyncio.run(act())
        assert [event.event["key"] for event in events[:8]] == list("abcdefgh")


class TestEnding:
    def test_a_stream_that_is_closed_says_so(self, serve: Any, hub: Hub, stream: Stream) -> None:
        site = serve(authenticate=session)

        async def watch() -> None:
            async with watching(site, stream, headers=SESSION) as client:
                await asyncio.to_thread(hub.remove_stream, "scene")
                assert await client.next_control(Bye) == Bye(reason="stream scene was closed")
                assert await client.close_code() == (1001, "stream scene was closed")

        asyncio.run(watch())
        eventually(lambda: site.running == 0)

    def test_a_hub_that_is_closed_says_so(self, serve: Any, hub: Hub, stream: Stream) -> None:
        site = serve(authenticate=session)

        async def watch() -> None:
            async with watching(site, stream, headers=SESSION) as client:
                await hub.aclose()
                assert await client.close_code() == (1001, "the hub was closed")

        asyncio.run(watch())
        assert refusal(site, **SESSION) == (1001, "the hub was closed; make a new one")
        eventually(lambda: site.running == 0)

    def test_a_hub_that_was_not_started_says_what_to_do(
        self, make_site: MakeSite, caplog: pytest.LogCaptureFixture
    ) -> None:
        hub = Hub()
        stream = hub.add_stream("scene", 64, 48)
        site = make_site(rfb_hub_endpoint(hub))
        code, reason = refusal(site, "/scene")
        assert code == 1001
        assert reason == "the hub was not started; `await hub.astart()` or `hub.start()` does it"
        assert errors(caplog) == [f"cannot serve a viewer: {reason}"]
        with contextlib.closing(hub.start()):
            shows(site, stream, path="/scene", token=stream.token)

    def test_a_server_that_stops_with_viewers_leaves_nothing_behind(
        self, serve: Any, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        site = serve(authenticate=session)

        async def watch() -> None:
            async with contextlib.AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(watching(site, stream, headers=SESSION)) for _ in range(5)]
                await asyncio.to_thread(site.stop)
                assert {(await client.close_code())[0] for client in clients} == {1012}

        asyncio.run(watch())
        assert site.running == 0
        assert site.left == set()
        eventually(lambda: stream.client_count == 0)
        assert errors(caplog) == []

    def test_a_server_that_stops_while_a_hook_is_asked_stops_asking(
        self, serve: Any, stream: Stream, caplog: pytest.LogCaptureFixture
    ) -> None:
        told: list[str] = []

        async def ask(context: AuthContext) -> str:
            told.append("asked")
            try:
                await asyncio.Event().wait()
            finally:
                told.append("cancelled")
            return "ann"

        site = serve(authenticate=ask)

        async def watch() -> None:
            async with knocking(site) as client:
                await client.say(Hello(supported=IMAGES))
                await aeventually(lambda: told == ["asked"])
                await asyncio.to_thread(site.stop)
                with contextlib.suppress(ConnectionClosed):
                    await client.socket.recv()

        asyncio.run(watch())
        assert told == ["asked", "cancelled"]
        assert site.left == set()
        assert errors(caplog) == []

    def test_an_endpoint_that_is_cancelled_lets_its_viewer_go(
        self, hub: Hub, stream: Stream, make_site: MakeSite
    ) -> None:
        calls: list[asyncio.Task[None]] = []
        endpoint = rfb_endpoint(stream)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            calls.append(asyncio.ensure_future(endpoint(scope, receive, send)))
            with contextlib.suppress(asyncio.CancelledError):
                await calls[0]

        site = make_site(Starlette(routes=[Mount("/rfb", app)]))

        async def watch() -> None:
            async with watching(site, stream, token=stream.token):
                site.loop.call_soon_threadsafe(calls[0].cancel)
                await aeventually(lambda: stream.client_count == 0)

        asyncio.run(watch())
        assert calls[0].cancelled()


@contextlib.asynccontextmanager
async def deaf(site: Site, stream: Stream) -> AsyncIterator[RawClient]:
    """Watch, and read nothing from then on."""
    async with watching(site, stream, headers=SESSION) as client:
        client.socket.transport.pause_reading()
        try:
            yield client
        finally:
            client.socket.transport.abort()


class TestHostile:
    @pytest.mark.parametrize(
        ("said", "code"),
        [
            pytest.param(b"\x00\x01", 1008, id="bytes before the hello"),
            pytest.param('{"type":"hello","suppor', 1008, id="half a hello"),
            pytest.param('{"type":"ack","seq":1}', 1008, id="something else first"),
            pytest.param("x" * (1 << 20), 1009, id="a megabyte of text"),
            pytest.param(b"x" * (1 << 20), 1009, id="a megabyte of bytes"),
            pytest.param('{"type":"hello","x":"' + "☂" * 30_000 + '"}', 1009, id="64 KiB of characters, more of bytes"),
        ],
    )
    @pytest.mark.parametrize("let_in", [False, True])
    def test_what_makes_no_sense_closes_its_own_connection_alone(
        self, serve: Any, stream: Stream, said: str | bytes, code: int, let_in: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        site = serve(authenticate=session)

        async def watch() -> None:
            async with watching(site, stream, headers=SESSION) as other:
                async with watching(site, stream, headers=SESSION) if let_in else knocking(site) as client:
                    await client.socket.send(said)
                    if let_in and said == '{"type":"ack","seq":1}':
                        await client.socket.send("{")  # an ack is fine once we are in
                    assert (await client.close_code())[0] == code
                await other.picture(published(stream, card()))

        asyncio.run(watch())
        assert errors(caplog) == []
        eventually(lambda: site.running == 0)

    def test_no_hello_closes_with_4408(self, serve: Any, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection, "HELLO_TIMEOUT_S", 0.05)

        async def watch() -> None:
            async with knocking(serve()) as client:
                assert await client.close_code() == (4408, "no hello within 0.05 s")

        asyncio.run(watch())

    def test_a_flood_while_the_hook_is_asked_closes_with_1008(self, serve: Any, stream: Stream) -> None:
        async def ask(context: AuthContext) -> str:
            await asyncio.Event().wait()
            return "ann"

        site = serve(authenticate=ask)

        async def watch() -> None:
            async with knocking(site) as client:
                await client.say(Hello(supported=IMAGES))
                with contextlib.suppress(ConnectionClosed):
                    for _ in range(100):
                        await client.socket.send(json.dumps({"type": "x", "x": "y" * 60_000}))
                assert await client.close_code() == (1008, "messages come faster than they can be read")

        asyncio.run(watch())
        eventually(lambda: site.running == 0)

    def test_a_client_that_acks_what_it_has_not_read_gets_no_more_and_then_the_newest(
        self, serve: Any, hub: Hub
    ) -> None:
        stream = hub.add_stream("large", 640, 480)
        site = serve(authenticate=session)

        async def watch() -> None:
            async with (
                deaf(site, stream) as liar,
                watching(site, stream, headers=SESSION) as other,
            ):
                # What the client's own kernel takes, which might be much, is of no interest.
                liar.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
                sent_bytes = 0
                while sent_bytes < 40 << 20:
                    seq = published(stream, noise(640, 480, seed=stream.stats.published))
                    sent_bytes += len((await other.picture(seq)).message)
                    await liar.ack(seq)
                sent = sorted(viewer["bytes_sent"] for viewer in viewer_metrics(stream))
                assert sent[1] > sent_bytes - (1 << 20)
                assert 0 < sent[0] < sent_bytes / 2  # what the server's buffers hold, and one picture
                liar.socket.transport.resume_reading()
                assert (await liar.picture(seq)).seq == seq  # as soon as it reads, to the last

        asyncio.run(watch())

    def test_a_client_that_reads_nothing_is_let_go(
        self, serve: Any, hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(asgi, "SEND_TIMEOUT_S", 0.2)
        stream = hub.add_stream("large", 2000, 2000, formats=["image/png"])
        site = serve(authenticate=session)

        async def watch() -> None:
            async with deaf(site, stream):
                stream.publish(noise(2000, 2000))
                await aeventually(lambda: stream.stats.encoded == 1)
                stream.publish(noise(2000, 2000, seed=1))
                await aeventually(lambda: stream.client_count == 0)
                eventually(lambda: site.running == 0)

        asyncio.run(watch())
        assert errors(caplog) == []

    def test_a_client_that_reads_nothing_does_not_hold_up_a_close(
        self, serve: Any, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asgi, "CLOSE_TIMEOUT_S", 0.2)
        stream = hub.add_stream("large", 2000, 2000, formats=["image/png"])
        site = serve(authenticate=session)

        async def watch() -> None:
            async with deaf(site, stream):
                stream.publish(noise(2000, 2000))
                await aeventually(lambda: stream.stats.encoded == 1)
                stream.publish(noise(2000, 2000, seed=1))
                await aeventually(lambda: stream.stats.encoded == 2)
                await asyncio.to_thread(stream.close)
                await aeventually(lambda: site.running == 0)

        asyncio.run(watch())

    def test_words_for_a_client_that_reads_nothing_have_a_limit_too(
        self, serve: Any, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asgi, "MAX_UNSENT", 10)
        stream = hub.add_stream("large", 64, 48)
        site = serve(authenticate=session)

        async def watch() -> None:
            async with deaf(site, stream):
                for number in range(30_000):  # of a text's beginning alone
                    stream.notify(f"{number}" + "x" * 4000)
                    await asyncio.sleep(0)
                    if stream.client_count == 0:
                        return
                await aeventually(lambda: stream.client_count == 0)

        asyncio.run(watch())
        eventually(lambda: site.running == 0)


def test_what_a_page_of_an_application_gets_is_what_any_viewer_gets(serve: Any, stream: Stream) -> None:
    """The first message is `config`, the same bytes as by the port."""
    site = serve()

    async def first(url: str) -> str | bytes:
        async with RawClient.connected(url) as client:
            await client.socket.send(encode_message(Hello(supported=IMAGES, token=stream.token)))
            return await client.socket.recv()

    assert asyncio.run(first(f"ws://{site.address}/rfb/scene")) == asyncio.run(first(stream.ws_url))
