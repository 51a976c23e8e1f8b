"""What several tests need: waiting with a deadline, pictures to compare, and the browser's end of the wire."""

import asyncio
import contextlib
import io
import itertools
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from marimo_rfb.events import InputEvent
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.messages import Ack, ClientMessage, Header, Hello, Notice, ServerMessage
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.text import encode_message, parse_server

WITHIN_S = 20.0
GOLDEN = Path(__file__).parent / "golden"
IMAGES = ("image/jpeg", "image/png", "image/webp")
EXTENSIONS = ("control/visibility", "control/transport", "control/notice")

T = TypeVar("T", bound=ServerMessage)

_barriers = itertools.count(1)


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def eventually(condition: Callable[[], object], *, within_s: float = WITHIN_S) -> None:
    """Return as soon as `condition` holds; fail when it never does."""
    end_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end_s, f"not within {within_s} s"
        time.sleep(0.002)


async def aeventually(condition: Callable[[], object], *, within_s: float = WITHIN_S) -> None:
    """Do what `eventually` does and let the running loop go on."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.002)


def card(width: int = 64, height: int = 48, *, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Return a smooth picture that lossy formats keep well; 2048 seeds give as many different ones."""
    y, x = np.mgrid[0:height, 0:width]
    r = 255 * x / max(1, width - 1) * (1 - seed // 256 % 8 / 16) + seed // 256 % 8
    g = 255 * y / max(1, height - 1)
    b = np.full_like(r, (seed * 53) % 256)
    return np.stack((r, g, b), axis=-1).astype(np.uint8)


def decode(payload: bytes | memoryview) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(bytes(payload))))


def psnr_db(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio; above 30 dB two pictures look alike."""
    error = float(np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


class Picture:
    """A frame as a viewer gets it."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.header: Header
        self.header, self.payload = unpack(message)

    @property
    def seq(self) -> int:
        return self.header.seq

    @property
    def pixels(self) -> npt.NDArray[np.uint8]:
        return decode(self.payload)


class Owner:
    """The border to the hub: what a stream asks of it is written down."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.notices: list[str] = []
        self.closed: list[str] = []

    port = 4242

    def ws_url(self, name: str) -> str:
        return f"ws://127.0.0.1:4242/{name}"

    def client_count(self, name: str) -> int:
        return 3

    def deliver(self, stream: Stream, rendition: Rendition, packet: Packet) -> None:
        self.packets.append(packet)

    def notify(self, stream: Stream, text: str) -> None:
        self.notices.append(text)

    async def watch(self, stream: Stream) -> AsyncIterator[InputEvent]:
        for event in stream.poll_events():
            yield event

    def close_stream(self, stream: Stream) -> None:
        self.closed.append(stream.name)

    async def aclose_stream(self, stream: Stream) -> None:
        self.closed.append(f"async {stream.name}")


class RawClient:
    """The browser's end of a socket, in words and bytes: it acks nothing unless a test says so."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.control: deque[ServerMessage] = deque()
        self.pictures: deque[Picture] = deque()

    async def say(self, message: ClientMessage) -> None:
        with contextlib.suppress(ConnectionClosed):  # whoever reads next is told
            await self.socket.send(encode_message(message))

    async def ack(self, seq: int) -> None:
        await self.say(Ack(seq=seq))

    async def _read(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            data = await self.socket.recv()
        if isinstance(data, bytes):
            self.pictures.append(Picture(data))
            return
        message = parse_server(data)
        assert message is not None, data
        self.control.append(message)

    async def next_picture(self) -> Picture:
        while not self.pictures:
            await self._read()
        return self.pictures.popleft()

    async def picture(self, seq: int) -> Picture:
        """Ack everything until frame `seq` comes, and return it."""
        while True:
            picture = await self.next_picture()
            await self.ack(picture.seq)
            if picture.seq == seq:
                return picture
            assert picture.seq < seq

    async def next_control(self, kind: type[T]) -> T:
        while True:
            for message in self.control:
                if isinstance(message, kind):
                    self.control.remove(message)
                    return message
            await self._read()

    async def barrier(self, stream: Stream) -> None:
        """Read everything the hub sent until now: a notice takes the same way and is overtaken by nothing."""
        text = f"barrier {next(_barriers)}"
        stream.notify(text)
        while Notice(text=text) not in self.control:
            await self._read()
        self.control.remove(Notice(text=text))

    async def close_code(self) -> tuple[int, str]:
        """Read to the end and return the code and reason the server closed with."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._read()
        assert self.socket.close_code is not None, "the socket went away without a close frame"
        return self.socket.close_code, self.socket.close_reason or ""

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, url: str, **options: Any) -> AsyncIterator[Self]:
        """Open a socket without saying anything."""
        async with connect(url, max_size=None, proxy=None, **{"compression": None, **options}) as socket:
            yield cls(socket)

    @classmethod
    @contextlib.asynccontextmanager
    async def watching(
        cls, stream: Stream, *, supported: tuple[str, ...] = IMAGES + EXTENSIONS, **options: Any
    ) -> AsyncIterator[Self]:
        """Open a socket, say hello with the stream's token and wait until the hub has let us in."""
        async with cls.connected(stream.ws_url, **options) as client:
            before = stream.client_count
            await client.say(Hello(supported=supported, token=stream.token))
            await aeventually(lambda: stream.client_count > before)
            yield client


def viewer_metrics(stream: Stream) -> list[dict[str, Any]]:
    metrics = stream.server.metrics(stream.name)
    assert metrics is not None
    viewers = metrics["viewers"]
    assert isinstance(viewers, list)
    return viewers
