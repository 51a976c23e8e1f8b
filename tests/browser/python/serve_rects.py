"""Serve one viewer what a test asks for by plain HTTP: whole pictures and rectangles of them, good and bad ones."""

import argparse
import asyncio
import http
import io
import json
import time
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from PIL import Image
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.datastructures import Headers

from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import Config, Header, ImageHeader, RectsHeader

PNG, JPEG = "image/png", "image/jpeg"
# Whose mean level every decoder finds exactly.
GRAY = 128


class Server:
    """What the page should show, and who it is sent to."""

    def __init__(self) -> None:
        self._viewer: ServerConnection | None = None
        self._heard: list[dict[str, object]] = []
        self._seq = 0
        self._random = np.random.default_rng(1)
        self._shown = np.zeros((0, 0, 4), np.uint8)

    async def watch(self, connection: ServerConnection) -> None:
        assert "frame/rect" in json.loads(await connection.recv())["supported"]
        self._viewer = connection
        self._heard.clear()
        await self.config()
        async for message in connection:
            self._heard.append(json.loads(message))

    async def config(self) -> None:
        await self._send(encode_message(Config(transport="image", width=320, height=180, codec=PNG)))

    async def whole(self, width: int = 320, height: int = 180, *, repeats: int = 0) -> None:
        """Send a new picture; with `repeats`, under the number of the last one."""
        self._seq += not repeats
        self._shown = self._noise(width, height)
        await self._send_whole()

    async def wholes(self, count: int) -> None:
        for _ in range(count):
            await self.whole()

    async def opaque(self) -> None:
        await self._send_rects([(17, 9, self._noise(64, 64), PNG)])

    async def several(self) -> None:
        gray = np.full((24, 40, 4), GRAY, np.uint8)
        gray[..., 3] = 255
        await self._send_rects(
            [
                (0, 0, self._noise(1, 1), PNG),
                (200, 20, self._noise(120, 60), PNG),
                (100, 70, gray, JPEG),
                # Over the one before: they are applied in this order.
                (130, 60, self._noise(30, 30), PNG),
            ]
        )

    async def transparent(self) -> None:
        """Send rectangles of which nothing, or the left half, can be seen."""
        half = self._noise(50, 40)
        half[:, 25:] = 0
        await self._send_rects([(60, 30, half, PNG), (10, 50, np.zeros((20, 30, 4), np.uint8), PNG)])

    async def many(self, count: int) -> None:
        """Send messages faster than they can be shown, of images that take longer and shorter to decode."""
        for number in range(count):
            side = 90 if number % 2 else 4
            await self._send_rects([(number, number, self._noise(side, side), PNG)])

    async def settled(self) -> None:
        await self._send_rects([(0, 0, self._noise(20, 20), PNG)], lossless=True)

    async def late_base(self) -> None:
        await self._send_flawed(base_seq=self._seq + 1, seq=self._seq + 2)

    async def outside(self) -> None:
        await self._send_flawed(rects=(310, 0, 11, 1, 3), mimes=(PNG,), payload=b"png")

    async def undecodable(self) -> None:
        """Send a good image and one that is none; neither may be shown."""
        good = encoded(self._noise(16, 16), PNG)
        await self._send_flawed(
            rects=(0, 0, 16, 16, len(good), 50, 50, 8, 8, 3), mimes=(PNG, PNG), payload=good + b"png"
        )

    async def wrong_size(self) -> None:
        image = encoded(self._noise(16, 16), PNG)
        await self._send_flawed(rects=(0, 0, 16, 15, len(image)), mimes=(PNG,), payload=image)

    async def other_frame(self) -> None:
        await self._send_flawed(width=321)

    async def malformed(self) -> None:
        self._seq += 1
        text = b'{"type":"image_rects"}'
        await self._send(len(text).to_bytes(4, "little") + text)

    async def doomed(self) -> None:
        """Send good rectangles that come too late."""
        await self._send_flawed()

    def expected(self) -> bytes:
        """Return what the page should show, on white, as a PNG."""
        height, width = self._shown.shape[:2]
        image = Image.new("RGBA", (width, height), "white")
        image.alpha_composite(Image.fromarray(self._shown))
        return encoded(np.asarray(image.convert("RGB")), PNG)

    def heard(self) -> bytes:
        return json.dumps({"seq": self._seq, "messages": self._heard}).encode()

    def _noise(self, width: int, height: int) -> np.ndarray:
        noise = self._random.integers(0, 256, (height, width, 4), np.uint8)
        noise[..., 3] = 255
        return noise

    async def _send_whole(self) -> None:
        height, width = self._shown.shape[:2]
        header = ImageHeader(seq=self._seq, timestamp_us=now_us(), width=width, height=height, mime=PNG)
        await self._send(pack(header, encoded(self._shown, PNG)))

    async def _send_rects(
        self, images: list[tuple[int, int, np.ndarray, str]], *, lossless: bool | None = None
    ) -> None:
        payloads = [encoded(pixels, mime) for _, _, pixels, mime in images]
        rects: list[int] = []
        for (x, y, pixels, _), payload in zip(images, payloads, strict=True):
            height, width = pixels.shape[:2]
            self._shown[y : y + height, x : x + width] = pixels
            rects += [x, y, width, height, len(payload)]
        header = self._rects_header(rects=tuple(rects), mimes=tuple(mime for *_, mime in images), lossless=lossless)
        await self._send(pack(header, b"".join(payloads)))

    async def _send_flawed(self, payload: bytes | None = None, **fields: object) -> None:
        image = encoded(self._noise(4, 4), PNG)
        good = {"rects": (0, 0, 4, 4, len(image)), "mimes": (PNG,)}
        header = self._rects_header(**{**good, **fields})
        await self._send(pack(header, image if payload is None else payload))

    def _rects_header(self, **fields: object) -> Header:
        height, width = self._shown.shape[:2]
        self._seq += 1
        own = {"seq": self._seq, "base_seq": self._seq - 1, "width": width, "height": height, **fields}
        header = RectsHeader(timestamp_us=now_us(), **own)
        self._seq = header.seq
        return header

    async def _send(self, message: str | bytes) -> None:
        assert self._viewer is not None
        await self._viewer.send(message)


def encoded(pixels: np.ndarray, mime: str) -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    if mime == JPEG:
        image.convert("RGB").save(file, "jpeg", quality=95)
    else:
        image.save(file, "png")
    return file.getvalue()


def now_us() -> int:
    return int(time.time() * 1e6)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    server = Server()

    async def answer(connection: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" in request.headers:
            return None
        url = urlsplit(request.path)
        if url.path == "/health":
            return connection.respond(http.HTTPStatus.OK, "ok")
        done = getattr(server, url.path.strip("/"))(**{name: int(value) for name, value in parse_qsl(url.query)})
        body = b"" if asyncio.iscoroutine(done) else done
        if asyncio.iscoroutine(done):
            await done
        return Response(200, "OK", Headers({"Content-Length": str(len(body)), "Connection": "close"}), body)

    async with serve(server.watch, "127.0.0.1", parser.parse_args().port, process_request=answer):
        await asyncio.get_running_loop().create_future()


asyncio.run(main())
