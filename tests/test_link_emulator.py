import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import link_emulator
from link_emulator import LinkEmulator

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def served(handler: Serve) -> tuple[asyncio.Server, int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except OSError:  # the viewer has gone
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()


def test_every_byte_arrives_in_order_in_both_directions() -> None:
    async def run() -> None:
        server, port = await served(echo)
        said = bytes(range(256)) * 2000
        async with server, LinkEmulator(port, delay_s=0.001, jitter_s=0.005).running() as link:
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            writer.write(said)
            assert await reader.readexactly(len(said)) == said
            writer.close()

    asyncio.run(run())


def test_a_rate_and_a_delay_hold_bytes_back_and_may_change() -> None:
    async def run() -> None:
        server, port = await served(echo)
        async with server, LinkEmulator(port, rate_bps=1e6, delay_s=0.05).running() as link:
            loop = asyncio.get_running_loop()
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)

            async def took_s(size: int) -> float:
                start_s = loop.time()
                writer.write(bytes(size))
                await reader.readexactly(size)
                return loop.time() - start_s

            # Not less than the link allows; a busy machine may take longer.
            assert await took_s(1) >= 0.1
            assert await took_s(20_000) >= 0.1 + 0.15
            link.rate_bps, link.delay_s = None, 0.0
            assert await took_s(20_000) < 0.16
            writer.close()

    asyncio.run(run())


def test_a_loss_holds_up_what_comes_after_it_for_a_round_trip_and_loses_nothing() -> None:
    async def run() -> None:
        server, port = await served(echo)
        async with server, LinkEmulator(port, delay_s=0.03, loss=1.0).running() as link:
            loop = asyncio.get_running_loop()
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            start_s = loop.time()
            writer.write(b"there and back")
            assert await reader.readexactly(14) == b"there and back"
            assert loop.time() - start_s >= 2 * (0.03 + 0.06)
            link.loss = 0.0
            writer.write(b"again")
            assert await reader.readexactly(5) == b"again"
            writer.close()

    asyncio.run(run())


def test_a_server_whose_viewer_does_not_read_soon_cannot_write() -> None:
    async def run() -> None:
        written = 0
        stuck = asyncio.Event()

        async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal written
            while True:
                writer.transport.set_write_buffer_limits(high=0)
                writer.write(bytes(1000))
                written += 1000
                try:
                    async with asyncio.timeout(0.3):
                        await writer.drain()
                except TimeoutError:
                    return stuck.set()

        server, port = await served(flood)
        async with server, LinkEmulator(port, rate_bps=1e4).running() as link:
            _, writer = await asyncio.open_connection("127.0.0.1", link.port)
            await asyncio.wait_for(stuck.wait(), 10)
            writer.close()
        # The rest is the send buffer of the server itself, which is the server's business.
        assert link.carried_bytes < 10 * link_emulator.PACKET_BYTES
        assert written < 4 << 20

    asyncio.run(run())


def test_the_end_of_a_connection_passes() -> None:
    async def run() -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"bye")
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        server, port = await served(hang_up)
        async with server, LinkEmulator(port, delay_s=0.01).running() as link:
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            assert await reader.read() == b"bye"
            writer.close()

    asyncio.run(run())


def test_it_is_a_program_too() -> None:
    async def run() -> None:
        server, port = await served(echo)
        program = Path(link_emulator.__file__)
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(program), str(port), "--mbit", "8", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdin is not None
        async with server:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(await process.stdout.readline()))
            process.stdin.write(b"20\n\n")
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            writer.close()
            process.stdin.close()
            assert await process.wait() == 0

    asyncio.run(run())
