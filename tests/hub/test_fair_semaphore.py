import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import simulated

from marimo_rfb.hub.fair_semaphore import FairSemaphore


async def hold(semaphore: FairSemaphore, key: str, told: list[str], *, for_s: float = 1.0) -> None:
    async with semaphore.turn(key):
        told.append(key)
        await asyncio.sleep(for_s)


async def all_of(*coroutines: Coroutine[Any, Any, None]) -> None:
    await asyncio.gather(*coroutines)


def test_keys_take_turns_however_many_of_one_wait() -> None:
    semaphore, told = FairSemaphore(1, limit_per_key=1), list[str]()
    simulated(all_of(*(hold(semaphore, key, told) for key in "aaaabbc")))
    assert "".join(told) == "aabcaba"


def test_what_one_key_may_not_have_is_left_to_others() -> None:
    async def run() -> None:
        semaphore, told = FairSemaphore(4, limit_per_key=2), list[str]()
        crowd = asyncio.gather(*(hold(semaphore, "a", told) for _ in range(5)))
        await asyncio.sleep(0)
        await hold(semaphore, "b", told, for_s=0)
        assert told == ["a", "a", "b"]
        await crowd

    simulated(run())


@pytest.mark.parametrize("when", ["before its turn", "as its turn comes"])
def test_who_goes_away_while_waiting_keeps_no_turn(when: str) -> None:
    async def run() -> None:
        semaphore, told = FairSemaphore(1, limit_per_key=1), list[str]()
        first = asyncio.create_task(hold(semaphore, "a", told))
        await asyncio.sleep(0)
        leaving = asyncio.create_task(hold(semaphore, "b", told))
        await asyncio.sleep(0)
        if when == "as its turn comes":
            first.cancel()
            await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(first, leaving, return_exceptions=True)
        async with asyncio.timeout(5):
            await hold(semaphore, "c", told)
        assert told == ["a", "c"]

    simulated(run())


@given(
    limit=st.integers(1, 4),
    limit_per_key=st.integers(1, 4),
    users=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 1.0, 2.5]), st.sampled_from([0.0, 0.7, 2.0, 99.0]))
    ),
)
def test_there_are_never_too_many_and_everybody_gets_a_turn(
    limit: int, limit_per_key: int, users: list[tuple[str, float, float]]
) -> None:
    inside: Counter[str] = Counter()

    async def use(semaphore: FairSemaphore, key: str, for_s: float) -> None:
        async with semaphore.turn(key):
            inside[key] += 1
            assert inside.total() <= limit
            assert inside[key] <= limit_per_key
            try:
                await asyncio.sleep(for_s)
            finally:
                inside[key] -= 1

    async def run() -> None:
        semaphore = FairSemaphore(limit, limit_per_key=limit_per_key)
        tasks = [asyncio.create_task(use(semaphore, key, for_s)) for key, for_s, _ in users]
        for task, (_, _, patience_s) in zip(tasks, users, strict=True):
            asyncio.get_running_loop().call_later(patience_s, task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results)
        async with asyncio.timeout(1):
            await all_of(*(use(semaphore, key, 0) for key in "abc"))

    simulated(run())
