import asyncio
import threading

import pytest
from support import eventually

from marimo_rfb.hub.event_loop import SharedEventLoop


def hub_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "rfb-hub"]


async def thread_name() -> str:
    return threading.current_thread().name


def test_the_last_release_stops_the_thread() -> None:
    one, other = SharedEventLoop(), SharedEventLoop()
    assert one.loop is other.loop
    assert len(hub_threads()) == 1
    one.release()
    assert other.wait(thread_name()) == "rfb-hub"
    other.release()
    eventually(lambda: not hub_threads())


def test_a_hub_after_the_last_gets_a_new_loop() -> None:
    first = SharedEventLoop()
    first.release()
    second = SharedEventLoop()
    assert second.loop is not first.loop
    assert second.wait(thread_name()) == "rfb-hub"
    second.release()


def test_the_thread_does_not_hold_up_the_end_of_the_program() -> None:
    loop = SharedEventLoop()
    assert all(thread.daemon for thread in hub_threads())
    loop.release()


def test_a_call_runs_on_the_loop_and_after_the_end_nowhere() -> None:
    loop, names = SharedEventLoop(), list[str]()
    loop.call(lambda: names.append(threading.current_thread().name))
    eventually(lambda: names)
    loop.release()
    eventually(loop.loop.is_closed)
    loop.call(names.append, "never")
    assert names == ["rfb-hub"]


def test_what_a_coroutine_raises_reaches_the_caller() -> None:
    async def fail() -> None:
        raise ValueError("no")

    loop = SharedEventLoop()
    with pytest.raises(ValueError, match="no"):
        loop.wait(fail())
    loop.release()


def test_waiting_on_the_loop_for_itself_is_an_error_and_no_deadlock() -> None:
    loop = SharedEventLoop()

    async def wait_for_itself() -> bool:
        assert loop.is_current()
        with pytest.raises(RuntimeError, match="await aclose"):
            loop.wait(thread_name())
        return True

    assert loop.wait(wait_for_itself())
    assert not loop.is_current()
    loop.release()


def test_a_task_still_running_at_the_end_is_cancelled_and_may_clean_up() -> None:
    loop, ended = SharedEventLoop(), list[str]()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    loop.run(forever())
    loop.wait(thread_name())
    loop.release()
    eventually(lambda: ended)


@pytest.mark.parametrize("problem", [SystemExit(1), KeyboardInterrupt()])
def test_what_would_end_a_thread_does_not_end_that_of_all_hubs(
    caplog: pytest.LogCaptureFixture, problem: BaseException
) -> None:
    loop, later = SharedEventLoop(), list[int]()

    def fail() -> None:
        raise problem

    async def fail_too() -> None:
        fail()

    loop.call(fail)
    loop.call(later.append, 1)
    with pytest.raises(type(problem)):
        loop.wait(fail_too())
    assert loop.wait(thread_name()) == "rfb-hub"
    assert later == [1]
    assert [r.getMessage() for r in caplog.records] == ["a callback or task on the hubs' thread raised"] * 2
    loop.release()


def test_a_loop_that_is_released_while_something_raises_ends(caplog: pytest.LogCaptureFixture) -> None:
    loop = SharedEventLoop()

    def release_and_fail() -> None:
        loop.release()
        loop.loop.stop()
        raise SystemExit(1)

    loop.call(release_and_fail)
    eventually(lambda: loop.loop.is_closed())
