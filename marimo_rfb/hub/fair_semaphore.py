"""A semaphore with fair queueing by key."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator

__all__ = ["FairSemaphore"]


class FairSemaphore:
    """Allows `limit` holders, `limit_per_key` of each key; serves the keys that wait in turn. One loop only."""

    def __init__(self, limit: int, *, limit_per_key: int) -> None:
        self._limit = limit
        self._limit_per_key = limit_per_key
        self._active: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @contextlib.asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Acquire the semaphore for `key`; the context releases it."""
        if self._has_room(key) and key not in self._waiting:
            self._active[key] += 1
        else:
            await self._wait(key)
        try:
            yield
        finally:
            self._leave(key)

    async def _wait(self, key: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the turn was granted already
                self._leave(key)
            raise

    def _has_room(self, key: str) -> bool:
        return self._active.total() < self._limit and self._active[key] < self._limit_per_key

    def _leave(self, key: str) -> None:
        self._active[key] -= 1
        if not self._active[key]:
            del self._active[key]
        for each in list(self._waiting):
            self._admit_next(each)

    def _admit_next(self, key: str) -> None:
        queue = self._waiting[key]
        while queue and queue[0].done():  # the waiter was cancelled
            queue.popleft()
        if queue and not self._has_room(key):
            return
        del self._waiting[key]
        if queue:
            self._active[key] += 1
            queue.popleft().set_result(None)
        if queue:
            self._waiting[key] = queue  # to the end of the round
