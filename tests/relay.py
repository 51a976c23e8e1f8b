"""A program between a browser and a server, as there are many: ends TLS, is a proxy, or swallows WebSockets."""

import asyncio
import contextlib
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

__all__ = ["Certificate", "relay"]


class Certificate:
    """A certificate that nobody vouches for, for 127.0.0.1 and `rfb.test`."""

    def __init__(self, folder: Path) -> None:
        self.path, key = folder / "certificate.pem", folder / "key.pem"
        names = "subjectAltName=IP:127.0.0.1,DNS:rfb.test"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=rfb.test"]
        command += ["-addext", names, "-keyout", str(key), "-out", str(self.path)]
        subprocess.run(command, check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.path, key)


@contextlib.contextmanager
def relay(port: int, *, tls: Certificate | None = None, swallows: bool = False) -> Iterator[int]:
    """Pass on to a port of this machine what comes to the port that is yielded.

    Args:
        port: where everything goes, also what asks for another machine.
        tls: end TLS with this certificate.
        swallows: leave out what asks for a WebSocket.
    """
    server = _Relay(port, swallows=swallows)
    thread = threading.Thread(target=lambda: asyncio.run(server.run(tls)))
    thread.start()
    try:
        yield server.listening.result(10)
    finally:
        server.stop()
        thread.join()


class _Relay:
    # On a loop of its own and not in threads: two of them must not use one TLS socket at a time.
    def __init__(self, port: int, *, swallows: bool) -> None:
        self.listening: Future[int] = Future()
        self._port = port
        self._swallows = swallows
        self._clients: set[asyncio.Task[None]] = set()

    async def run(self, tls: Certificate | None) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        # Whoever does not trust the certificate hangs up in the middle, which is no news.
        self._loop.set_exception_handler(lambda loop, context: None)
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls.context if tls else None)
        self.listening.set_result(server.sockets[0].getsockname()[1])
        await self._stopped.wait()
        server.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._pass_on(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._clients.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            if head.startswith(b"CONNECT "):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                to_server.write(self._rewritten(head))
            pumps = [asyncio.create_task(_pump(reader, to_server)), asyncio.create_task(_pump(from_server, writer))]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    writer.close()
                    await writer.wait_closed()
        finally:
            to_server.transport.abort()

    def _rewritten(self, head: bytes) -> bytes:
        head = re.sub(rb"^(\w+) http://[^/ ]+", rb"\1 ", head)
        if not self._swallows:
            return head
        head = re.sub(rb"(?im)^(upgrade|connection|sec-websocket-[a-z]+):.*\r\n", b"", head)
        return head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(65536):
        sink.write(piece)
        await sink.drain()
