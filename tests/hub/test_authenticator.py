import asyncio
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import aeventually, eventually

from marimo_rfb.hub import authenticator
from marimo_rfb.hub.access import REFUSED, AccessOptions, AuthContext
from marimo_rfb.hub.authenticator import Authenticator

TOKEN = "a-token-of-this-stream"


async def admit(who: Authenticator, presented: str | None, *, client: str = "", gone: bool = False, **how: Any) -> Any:
    context = AuthContext(token=presented)
    return await who.admit(AccessOptions(**how), context, token=TOKEN, client=client, is_gone=lambda: gone)


def admitted(presented: str | None, **how: Any) -> Any:
    async def run() -> Any:
        return await admit(Authenticator(), presented, **how)

    return asyncio.run(run())


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.fixture
def answer() -> Iterator[threading.Event]:
    """What a hook of a test waits for; set at the end, so that no thread is left."""
    event = threading.Event()
    yield event
    event.set()
    eventually(lambda: all(thread.name != "rfb-authenticate" for thread in threading.enumerate()))


class TestTheToken:
    def test_lets_in_without_a_principal(self) -> None:
        assert admitted(TOKEN) is None

    @pytest.mark.parametrize("presented", [None, "", "wrong", "\ud800"])
    def test_without_it_one_is_refused(self, presented: str | None) -> None:
        assert admitted(presented) is REFUSED

    def test_an_open_hub_lets_everybody_in(self) -> None:
        assert admitted(None, token=False) is None


class TestTheHook:
    @pytest.mark.parametrize("principal", ["ann", 0, False, {"id": 3}])
    def test_what_it_returns_is_the_principal_even_when_that_is_false(self, principal: Any) -> None:
        assert admitted(None, authenticate=lambda context: principal) == principal

    def test_may_be_a_coroutine_function_or_return_an_awaitable(self) -> None:
        async def ask(context: AuthContext) -> str:
            return f"async {context.token}"

        assert admitted("abc", authenticate=ask) == "async abc"
        assert admitted("abc", authenticate=lambda context: ask(context)) == "async abc"

    def test_alone_decides(self) -> None:
        assert admitted(TOKEN, authenticate=lambda context: None) is REFUSED
        assert admitted("wrong", authenticate=lambda context: "ann") == "ann"

    @pytest.mark.parametrize(
        "raised",
        [
            *(KeyError("session"), SystemExit(1), KeyboardInterrupt(), StopIteration(1), GeneratorExit()),
            *(TimeoutError("theirs"), asyncio.CancelledError(), BaseException("odd")),
        ],
    )
    @pytest.mark.parametrize("how", ["sync", "async", "awaitable"])
    def test_that_raises_refuses_and_is_logged(
        self, raised: BaseException, how: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(context: AuthContext) -> None:
            raise raised

        async def fail_later(context: AuthContext) -> None:
            raise raised

        hooks = {"sync": fail, "async": fail_later, "awaitable": lambda context: fail_later(context)}
        assert admitted(TOKEN, authenticate=hooks[how]) is REFUSED
        (message,) = messages(caplog)
        assert message in (
            "authenticate raised; the client is refused",
            "authenticate was cancelled; the client is refused",
        )

    @pytest.mark.parametrize("is_async", [True, False])
    def test_that_takes_too_long_refuses_and_is_logged(
        self,
        answer: threading.Event,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        is_async: bool,
    ) -> None:
        async def hang(context: AuthContext) -> str:
            while not answer.is_set():
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    answer.set()
            return "ann"

        monkeypatch.setattr(authenticator, "AUTHENTICATE_TIMEOUT_S", 0.05)
        hook = hang if is_async else lambda context: answer.wait(20) and "ann"
        assert admitted(TOKEN, authenticate=hook) is REFUSED
        assert messages(caplog) == ["authenticate took longer than 0.05 s; the client is refused"]

    def test_that_waits_for_its_turn_is_not_timed_yet(
        self, answer: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(authenticator, "MAX_PENDING", 1)
        asked: list[str | None] = []

        def slow(context: AuthContext) -> str:
            asked.append(context.token)
            assert answer.wait(20)
            return "ann"

        async def run() -> list[Any]:
            who = Authenticator()
            first = asyncio.create_task(admit(who, "first", authenticate=slow))
            await aeventually(lambda: asked == ["first"])
            # It would be over at once if its time ran while it waits.
            monkeypatch.setattr(authenticator, "AUTHENTICATE_TIMEOUT_S", 20.0)
            second = asyncio.create_task(admit(who, "second", authenticate=lambda context: "bob"))
            await asyncio.sleep(0)
            answer.set()
            return await asyncio.gather(first, second)

        assert asyncio.run(run()) == ["ann", "bob"]

    def test_is_not_asked_for_one_who_left_before_its_turn(self) -> None:
        asked: list[AuthContext] = []
        assert admitted(None, gone=True, authenticate=lambda context: asked.append(context) or "ann") is REFUSED
        assert asked == []

    def test_is_asked_for_no_more_than_a_share_of_one_client_s(self, answer: threading.Event) -> None:
        def strange(context: AuthContext) -> str | None:
            return "ann" if context.token == "good" or not answer.wait(20) else None

        async def run() -> Any:
            who = Authenticator()
            strangers = [
                asyncio.create_task(admit(who, "bad", client="theirs", authenticate=strange)) for _ in range(200)
            ]
            threads = authenticator.MAX_PENDING_PER_CLIENT
            await aeventually(lambda: authenticator._threads == threads)
            assert await admit(who, "good", client="ours", authenticate=strange) == "ann"
            assert authenticator._threads == threads
            answer.set()
            return await asyncio.gather(*strangers)

        assert asyncio.run(run()) == [REFUSED] * 200

    def test_forty_strangers_keep_nobody_waiting_who_comes_by_the_same_proxy(self, answer: threading.Event) -> None:
        def strange(context: AuthContext) -> str | None:
            return "ann" if context.token == "good" or not answer.wait(20) else None

        async def run() -> Any:
            who = Authenticator()
            strangers = [asyncio.create_task(admit(who, "bad", authenticate=strange)) for _ in range(40)]
            await aeventually(lambda: authenticator._threads == 40)
            assert await admit(who, "good", authenticate=strange) == "ann"
            answer.set()
            await asyncio.gather(*strangers)

        asyncio.run(run())

    def test_that_hangs_for_good_takes_no_threads_without_end(
        self, answer: threading.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(authenticator, "AUTHENTICATE_TIMEOUT_S", 0.01)
        monkeypatch.setattr(authenticator, "MAX_THREADS", 3)
        for _ in range(5):
            assert admitted(None, authenticate=lambda context: answer.wait(20)) is REFUSED
        assert len([thread for thread in threading.enumerate() if thread.name == "rfb-authenticate"]) == 3
        assert str(caplog.records[-1].exc_info[1]) == "3 calls of authenticate have not returned"  # type: ignore[index]


raised = st.sampled_from(
    [ValueError(), SystemExit(), KeyboardInterrupt(), StopIteration(), TimeoutError(), asyncio.CancelledError()]
)
deeds = st.one_of(raised, st.sampled_from(["hang", "ignore the end", None, False, "somebody", object()]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.tuples(deeds, st.booleans(), st.sampled_from(["a", "b"])), max_size=70))
def test_whatever_hooks_do_another_client_is_admitted(answer: threading.Event, deeds: list[Any]) -> None:
    def do(deed: Any) -> Any:
        if isinstance(deed, BaseException):
            raise deed
        if deed == "hang":
            answer.wait(20)
        return deed

    async def do_later(deed: Any) -> Any:
        if deed in ("hang", "ignore the end"):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if deed == "hang":
                    raise
        return do(None if deed in ("hang", "ignore the end") else deed)

    async def run() -> Any:
        who = Authenticator()
        others = []
        for deed, is_async, client in deeds:
            hook = (lambda context, d=deed: do_later(d)) if is_async else (lambda context, d=deed: do(d))
            others.append(asyncio.create_task(admit(who, None, client=client, authenticate=hook)))
        await asyncio.sleep(0)
        principal = await admit(who, "good", client="c", authenticate=lambda context: "ann")
        answer.set()
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        return principal

    answer.clear()
    assert asyncio.run(run()) == "ann"
