"""What several tests need: waiting with a deadline, pictures to compare, and the browser's end of the wire."""

import asyncio
import contextlib
import io
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from marimo_rfb.events import InputEvent, check_event
from marimo_rfb.frame import Frame
from marimo_rfb.hub.core import core_of
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import Feed, feed_of
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.json_codec import encode_message, parse_server
from marimo_rfb.wire.messages import (
    Ack,
    CaptureHeader,
    ClientMessage,
    Clipboard,
    Cursor,
    FileHeader,
    Header,
    Hello,
    Notice,
    ServerMessage,
)
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import PictureState

WITHIN_S = 20.0
GOLDEN = Path(__file__).parent / "golden"
IMAGES = ("image/jpeg", "image/png", "image/webp")
EXTENSIONS = (
    "control/visibility",
    "control/transport",
    "control/notice",
    "control/cursor",
    "control/clipboard",
    "control/rate",
    "control/time",
    "control/inspect",
    "control/capture",
    "control/contrast",
    "control/figure",
)

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


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop on which waiting takes no time: the clock jumps to what is due next."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        select = self._selector.select  # type: ignore[attr-defined]

        def jump(timeout: float | None) -> Any:
            self._now_s += timeout or 0.0
            return select(0)

        self._selector.select = jump  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now_s


def simulated(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run `coroutine` on a loop of simulated time and return its result."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(coroutine)


def card(width: int = 64, height: int = 48, *, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Return a smooth picture that lossy formats keep well; 2048 seeds give as many different ones."""
    y, x = np.mgrid[0:height, 0:width]
    r = 255 * x / max(1, width - 1) * (1 - seed // 256 % 8 / 16) + seed // 256 % 8
    g = 255 * y / max(1, height - 1)
    b = np.full_like(r, (seed * 53) % 256)
    return np.stack((r, g, b), axis=-1).astype(np.uint8)


def noise(width: int, height: int, *, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Return a picture that no format makes small."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


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
        self.posted: list[ServerMessage] = []
        self.files: list[tuple[str, FileHeader, bytes]] = []
        self.closed: list[str] = []
        self.restarted: list[StreamOptions] = []

    port = 4242

    @property
    def server(self) -> Any:
        return self

    def ws_url(self, name: str) -> str:
        return f"ws://127.0.0.1:4242/{name}"

    def client_count(self, name: str) -> int:
        return 3

    def post(self, stream: Stream, message: ServerMessage) -> None:
        self.posted.append(message)

    def send_file(self, stream: Stream, viewer: str, header: FileHeader, content: bytes) -> None:
        self.files.append((viewer, header, content))

    @property
    def notices(self) -> list[str]:
        return [message.text for message in self.posted if isinstance(message, Notice)]

    @property
    def cursors(self) -> list[str]:
        return [message.css for message in self.posted if isinstance(message, Cursor)]

    @property
    def copied(self) -> list[str]:
        return [message.text for message in self.posted if isinstance(message, Clipboard)]

    def restart_encoding(self, stream: Stream) -> None:
        self.restarted.append(stream.options)

    async def iterate_events(self, source: Feed, queue: EventQueue) -> AsyncIterator[InputEvent]:
        for event in source.event_queue.take():
            yield event

    def close_stream(self, stream: Stream) -> None:
        self.closed.append(stream.name)

    async def aclose_stream(self, stream: Stream) -> None:
        self.closed.append(f"async {stream.name}")


def published(stream: Stream, pixels: Any, **options: Any) -> int:
    """Publish `pixels` and return the number of the frame, whoever else publishes at the same time."""
    frames: list[tuple[int, int]] = []

    def listen(frame: Frame) -> None:
        frames.append((threading.get_ident(), frame.seq))

    feed_of(stream).add_frame_listener(listen)
    stream.publish(pixels, **options)
    feed_of(stream).remove_frame_listener(listen)
    return next(seq for thread, seq in frames if thread == threading.get_ident())


def act(stream: Stream, kind: str, *, viewer: str = "viewer-1", view: str = "", **fields: Any) -> None:
    """Have somebody do something in a stream, as the hub would tell it."""
    event = check_event({"type": kind, **fields}, now_s=1.0)
    feed_of(stream).dispatch(InputEvent(viewer, None, event, received_us=0, view=view))


def drag(stream: Stream, start: tuple[float, float], end: tuple[float, float], *, viewer: str = "viewer-1") -> None:
    """Have somebody press a button at `start` and let it go at `end`."""
    for kind, (x, y), buttons in (("down", start, [1]), ("move", end, [1]), ("up", end, [])):
        act(stream, f"pointer_{kind}", viewer=viewer, x=x, y=y, button=1, buttons=buttons)


class Desk(Executor):
    """An executor that does what it is told to, when it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.futures: list[Future[Any]] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.calls.append(args)
        self.futures.append(future)  # last: who waits for it finds the arguments
        return future


class Later(Executor):
    """The border to threads: jobs run when the test says so."""

    def __init__(self) -> None:
        self.jobs: deque[Callable[[], object]] = deque()
        self.has_shut_down = False

    def submit(self, job: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.has_shut_down:
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        self.jobs.append(lambda: job(*args, **kwargs))
        return Future()

    def work(self, most: int | None = None) -> None:
        """Do the jobs that wait, and those that they make, or `most` of them."""
        done = 0
        while self.jobs and done != most:
            self.jobs.popleft()()
            done += 1


class RawClient:
    """The browser's end of a socket, in words and bytes: it acks nothing unless a test says so."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.control: deque[ServerMessage] = deque()
        self.pictures: deque[Picture] = deque()
        self.captures: deque[Picture] = deque()

    async def say(self, message: ClientMessage) -> None:
        with contextlib.suppress(ConnectionClosed):  # whoever reads next is told
            await self.socket.send(encode_message(message))

    async def ack(self, seq: int) -> None:
        await self.say(Ack(seq=seq))

    async def _read(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            data = await self.socket.recv()
        if isinstance(data, bytes):
            picture = Picture(data)
            (self.captures if isinstance(picture.header, CaptureHeader) else self.pictures).append(picture)
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

    async def next_capture(self) -> Picture:
        while not self.captures:
            await self._read()
        return self.captures.popleft()

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


def state_after(packets: Sequence[Packet]) -> PictureState | None:
    """Return what a viewer has that has had all `packets`."""
    state = None
    for packet in packets:
        state = packet.update.after(state)
    return state


def request_frame(rendition: Rendition, packets: Sequence[Packet]) -> None:
    """Ask for a frame as the hub does for a viewer that has had all `packets`, each delivered alone."""
    rendition.request_frame(state_after(packets), seen=len(packets))


def viewer_metrics(stream: Stream) -> list[dict[str, Any]]:
    metrics = core_of(stream.server).metrics(stream.name)
    assert metrics is not None
    viewers = metrics["viewers"]
    assert isinstance(viewers, list)
    return viewers
