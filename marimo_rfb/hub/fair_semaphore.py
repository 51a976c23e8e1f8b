"""A semaphore that serves its users in turn."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator

__all__ = ["FairSemaphore"]


class FairSemaphore:
    """Lets in `most` at a time, `most_each` of one key, and keys in turn while there are more. On one loop only."""

    def __init__(self, most: int, *, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._inside: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @contextlib.asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for a turn of `key`, which ends with the context."""
        if self._has_room(key) and key not in self._waiting:
            self._inside[key] += 1
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
            if not turn.cancelled():  # it was our turn already
                self._leave(key)
            raise

    def _has_room(self, key: str) -> bool:
        return self._inside.total() < self._most and self._inside[key] < self._most_each

    def _leave(self, key: str) -> None:
        self._inside[key] -= 1
        if not self._inside[key]:
            del self._inside[key]
        for each in list(self._waiting):
            self._let_in(each)

    def _let_in(self, key: str) -> None:
        queue = self._waiting[key]
        while queue and queue[0].done():  # whoever waited has gone
            queue.popleft()
        if queue and not self._has_room(key):
            return
        del self._waiting[key]
        if queue:
            self._inside[key] += 1
            queue.popleft().set_result(None)
        if queue:
            self._waiting[key] = queue  # behind all others
