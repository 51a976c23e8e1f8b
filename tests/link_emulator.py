"""A link between a viewer and a server: a TCP proxy with a rate, a delay, jitter, losses and small buffers.

As a program it prints the port that it listens on and emulates until it is ended:
`python link_emulator.py 8765 --mbit 1 --delay-ms 50 --jitter-ms 5 --loss 0.01`.
"""

import argparse
import asyncio
import contextlib
import math
import random
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator
from typing import Self

__all__ = ["LinkEmulator"]

# Of each socket, as set; Linux doubles it.
SOCKET_BYTES = 8 << 10
# A router's queue in each direction.
QUEUE_BYTES = 16 << 10
# As long as a piece of this length occupies the link, the clock of the loop is fine enough.
PIECE_S = 0.002
PACKET_BYTES = 1500
# TCP's window is smaller by this after a loss, until it has grown again.
LOSS_SLOWDOWN = 1.4
LOSS_RTTS = 10


class LinkEmulator:
    """Carries TCP connections to `port` of this machine; all of them share the link. One loop only.

    Attributes:
        rate_bps: bits a second in each direction; `None` for no limit. Changes apply at once.
        delay_s: of one direction. Changes apply to what is sent from then on.
        jitter_s: a random addition to the delay, from 0 to this; bytes stay in order.
        loss: of packets, of 1, in each direction. As TCP delivers no byte before those that it sends again, each loss
            holds the connection up for a round trip, and then slows it down for some.
        port: where it listens.
        carried_bytes: from the server to viewers.
    """

    def __init__(
        self,
        port: int,
        *,
        rate_bps: float | None = None,
        delay_s: float = 0.0,
        jitter_s: float = 0.0,
        loss: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.rate_bps = rate_bps
        self.delay_s = delay_s
        self.jitter_s = jitter_s
        self.loss = loss
        self.port = 0
        self.carried_bytes = 0
        self._to = port
        self._random = random.Random(seed)
        self._down = _Bottleneck(self)
        self._up = _Bottleneck(self)
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen while the context lasts."""
        listening = socket.socket()
        # Before `listen`: accepted sockets inherit it, and the window is announced in the handshake.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        self.port = listening.getsockname()[1]
        accepting = asyncio.create_task(self._accept(listening))
        try:
            yield self
        finally:
            tasks = [accepting, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            listening.close()

    def random_delay_s(self) -> float:
        """Return the delay of the next piece."""
        return self.delay_s + self.jitter_s * self._random.random()

    def loses_any(self, size: int) -> bool:
        """Return whether a packet of the next `size` bytes is lost."""
        return self._random.random() > (1 - self.loss) ** math.ceil(size / PACKET_BYTES)

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            viewer, _ = await asyncio.get_running_loop().sock_accept(listening)
            task = asyncio.create_task(self._carry(viewer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, viewer: socket.socket) -> None:
        server = socket.socket()
        # Both, so that a server whose viewer is slow soon cannot write.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        with viewer, server:
            for each in (viewer, server):
                each.setblocking(False)
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(OSError):
                await asyncio.get_running_loop().sock_connect(server, ("127.0.0.1", self._to))
                ways = [
                    asyncio.create_task(_Direction(self, self._down, server, viewer).run()),
                    asyncio.create_task(_Direction(self, self._up, viewer, server).run()),
                ]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)

    def count(self, bottleneck: "_Bottleneck", size: int) -> None:
        """Count bytes that have passed a bottleneck."""
        if bottleneck is self._down:
            self.carried_bytes += size


class _Bottleneck:
    """The wire of one direction: one piece at a time, whichever connection it is of."""

    def __init__(self, link: LinkEmulator) -> None:
        self._link = link
        self._lock = asyncio.Lock()
        self._free_s = 0.0

    @property
    def piece_bytes(self) -> int:
        rate_bps = self._link.rate_bps
        return 1 << 16 if rate_bps is None else max(PACKET_BYTES, int(rate_bps / 8 * PIECE_S))

    async def transmit(self, size: int, *, slowdown: float = 1.0) -> None:
        """Wait until `size` bytes have been put on the wire, which takes `slowdown` times as long as it has to."""
        async with self._lock:
            rate_bps = self._link.rate_bps
            if rate_bps is None:
                return
            rate_bps /= slowdown
            loop = asyncio.get_running_loop()
            # From when the wire got free, not from now: the loop wakes up late by a little each time.
            self._free_s = max(self._free_s, loop.time() - PIECE_S) + 8 * size / rate_bps
            await asyncio.sleep(self._free_s - loop.time())
        self._link.count(self, size)


class _Direction:
    """One direction of one connection: the queue before the bottleneck, and what is on its way after it."""

    def __init__(self, link: LinkEmulator, bottleneck: _Bottleneck, source: socket.socket, sink: socket.socket) -> None:
        self._link = link
        self._bottleneck = bottleneck
        self._source = source
        self._sink = sink
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._changed = asyncio.Event()
        self._flying: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._slow_until_s = 0.0

    async def run(self) -> None:
        """Carry until either side closes."""
        tasks = [asyncio.create_task(each) for each in (self._read(), self._transmit(), self._deliver())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while self._queued_bytes >= QUEUE_BYTES:
                await self._change()
            piece = await loop.sock_recv(self._source, self._bottleneck.piece_bytes)
            self._queue.append(piece)
            self._queued_bytes += len(piece)
            self._changed.set()
            if not piece:  # the end, which must not overtake the bytes before it
                await asyncio.Event().wait()

    async def _transmit(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while not self._queue:
                await self._change()
            piece = self._queue.popleft()
            is_slow = loop.time() < self._slow_until_s
            await self._bottleneck.transmit(len(piece), slowdown=LOSS_SLOWDOWN if is_slow else 1.0)
            self._queued_bytes -= len(piece)
            self._changed.set()
            delay_s = self._link.random_delay_s()
            if self._link.loses_any(len(piece)):
                delay_s += 2 * self._link.delay_s
                self._slow_until_s = loop.time() + LOSS_RTTS * 2 * self._link.delay_s
            self._flying.put_nowait((loop.time() + delay_s, piece))

    async def _deliver(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s, piece = await self._flying.get()
            await asyncio.sleep(due_s - loop.time())
            if not piece:
                return
            await loop.sock_sendall(self._sink, piece)

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


async def _main() -> None:
    parser = argparse.ArgumentParser(description="Emulate a link to a port of this machine.")
    parser.add_argument("port", type=int)
    parser.add_argument("--mbit", type=float, help="megabits a second in each direction")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="of one direction")
    parser.add_argument("--jitter-ms", type=float, default=0.0)
    parser.add_argument("--loss", type=float, default=0.0, help="of packets, of 1")
    options = parser.parse_args()
    emulator = LinkEmulator(
        options.port,
        rate_bps=None if options.mbit is None else options.mbit * 1e6,
        delay_s=options.delay_ms / 1e3,
        jitter_s=options.jitter_ms / 1e3,
        loss=options.loss,
    )
    async with emulator.running():
        print(emulator.port, flush=True)
        # A line on the standard input sets the rate in megabits a second, an empty one no limit.
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            emulator.rate_bps = float(line) * 1e6 if line.strip() else None


if __name__ == "__main__":
    asyncio.run(_main())
