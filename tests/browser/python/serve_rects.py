"""Serve one viewer what a test asks for by plain HTTP: whole pictures and rectangles of them, good and bad ones."""

import argparse
import asyncio
import http
import io
import json
import struct
import time
import zlib
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from PIL import Image
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.datastructures import Headers

from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import Capability, Config, Header, ImageHeader, RectsHeader, Time

PNG, JPEG = "image/png", "image/jpeg"
# Whose mean level every decoder finds exactly.
GRAY = 128
# How far the levels of a gradient may be off that was stretched: they were rounded before, and at its edges they stay
# the same over half a pixel of the image.
LEEWAY = 8


@dataclass(frozen=True)
class Part:
    """An image, its rectangle (x, y, width, height), and what it should look like."""

    box: tuple[int, int, int, int]
    pixels: np.ndarray
    shown: np.ndarray
    mime: str = PNG
    leeway: int = 0

    @classmethod
    def exact(cls, x: int, y: int, pixels: np.ndarray, mime: str = PNG) -> Self:
        """Return an image that has the size of its rectangle."""
        height, width = pixels.shape[:2]
        return cls((x, y, width, height), pixels, pixels, mime)

    @classmethod
    def flat(cls, box: tuple[int, int, int, int], pixels: np.ndarray) -> Self:
        """Return an image of one color."""
        return cls(box, pixels, pixels[0, 0])

    @classmethod
    def gradient(cls, box: tuple[int, int, int, int], size: tuple[int, int]) -> Self:
        """Return an image of `size`, with gradients across the rectangle."""
        return cls(box, gradient(*size), gradient(*box[2:]), leeway=LEEWAY)


class Server:
    """What the page should show, and who it is sent to."""

    def __init__(self) -> None:
        self._viewer: ServerConnection | None = None
        self._heard: list[dict[str, object]] = []
        self._seq = 0
        self._timestamp_us = 0
        self._random = np.random.default_rng(1)
        self._shown = np.zeros((0, 0, 4), np.uint8)
        # How far the levels that are shown may be off, by pixel.
        self._leeway = np.zeros((0, 0), np.uint8)

    async def watch(self, connection: ServerConnection) -> None:
        assert "frame/rect" in json.loads(await connection.recv())["supported"]
        self._viewer = connection
        self._heard.clear()
        await self.config()
        async for text in connection:
            message = json.loads(text)
            self._heard.append(message)
            if message["type"] == "ask_time":
                await self._send(encode_message(Time(sent_ms=message["sent_ms"], server_us=now_us())))

    async def config(self) -> None:
        await self._send(
            encode_message(Config(transport="image", width=320, height=180, codec=PNG, extras=(Capability.TIME,)))
        )

    async def whole(self, width: int = 320, height: int = 180, *, repeats: int = 0) -> None:
        """Send a new picture; with `repeats`, under the number of the last one."""
        self._seq += not repeats
        self._shown = self._noise(width, height)
        self._leeway = np.zeros((height, width), np.uint8)
        await self._send_whole(self._shown)

    async def scaled(self, width: int = 320, height: int = 180, percent: int = 50) -> None:
        """Send a whole picture of which the image is smaller than the frame."""
        self._seq += 1
        self._shown = gradient(width, height)
        self._leeway = np.full((height, width), LEEWAY, np.uint8)
        await self._send_whole(gradient(width * percent // 100, height * percent // 100))

    async def scaled_rects(self) -> None:
        """Send images that are smaller than their rectangles, side by side, and one that is larger."""
        await self._send_rects(
            [
                Part.gradient((20, 10, 80, 45), (30, 17)),
                Part.gradient((100, 10, 75, 45), (75, 9)),
                Part.gradient((20, 55, 80, 50), (80, 50)),
                Part.gradient((100, 55, 75, 50), (150, 100)),
            ]
        )

    async def flat(self, width: int = 320, height: int = 180, red: int = 200) -> None:
        """Send a whole picture of one color, of which the image has a few pixels."""
        self._seq += 1
        self._shown = flat(width, height, red)
        self._leeway = np.zeros((height, width), np.uint8)
        await self._send_whole(flat(5, 3, red))

    async def flat_rects(self, red: int = 90) -> None:
        """Cover the picture with rectangles of one color, whose images have other sizes, and empty a part of it."""
        height, width = self._shown.shape[:2]
        middle_x, middle_y = width // 3, height // 2 + 1
        await self._send_rects(
            [
                Part.flat((0, 0, middle_x, middle_y), flat(1, 1, red)),
                Part.flat((middle_x, 0, width - middle_x, middle_y), flat(3, 2, red)),
                Part.flat((0, middle_y, middle_x, height - middle_y), flat(200, 150, red)),
                Part.flat((middle_x, middle_y, width - middle_x, height - middle_y), flat(37, 11, red)),
                Part.flat((31, 17, 45, 23), np.zeros((3, 4, 4), np.uint8)),
            ]
        )

    async def wholes(self, count: int) -> None:
        for _ in range(count):
            await self.whole()

    async def opaque(self) -> None:
        await self._send_rects([Part.exact(17, 9, self._noise(64, 64))])

    async def several(self) -> None:
        gray = np.full((24, 40, 4), GRAY, np.uint8)
        gray[..., 3] = 255
        await self._send_rects(
            [
                Part.exact(0, 0, self._noise(1, 1)),
                Part.exact(200, 20, self._noise(120, 60)),
                Part.exact(100, 70, gray, JPEG),
                # Over the one before: they are applied in this order.
                Part.exact(130, 60, self._noise(30, 30)),
            ]
        )

    async def transparent(self) -> None:
        """Send rectangles of which nothing, or the left half, can be seen."""
        half = self._noise(50, 40)
        half[:, 25:] = 0
        await self._send_rects([Part.exact(60, 30, half), Part.exact(10, 50, np.zeros((20, 30, 4), np.uint8))])

    async def many(self, count: int) -> None:
        """Send messages faster than they can be shown, of images that take longer and shorter to decode."""
        for number in range(count):
            side = 90 if number % 2 else 4
            await self._send_rects([Part.exact(number, number, self._noise(side, side))])

    async def aged(self) -> None:
        """Send a whole picture that was published an hour ago."""
        self._timestamp_us = now_us() - 3_600_000_000
        self._seq += 1
        self._shown = self._noise(320, 180)
        self._leeway = np.zeros((180, 320), np.uint8)
        await self._send_whole(self._shown, is_new=False)

    async def settled(self) -> None:
        """Send the frame that was sent last once more."""
        await self._send_rects([Part.exact(0, 0, self._noise(20, 20))], lossless=True, is_new=False)

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

    async def huge(self) -> None:
        """Send an image that would have more pixels than there is memory for."""
        await self._send_image_of(100_000, 100_000)

    async def empty(self) -> None:
        await self._send_image_of(0, 0)

    async def other_frame(self) -> None:
        await self._send_flawed(width=321)

    async def enormous(self) -> None:
        """Send a whole picture of a frame that no canvas can hold; the picture before stays the expected one."""
        self._seq += 1
        await self._send_whole(self._noise(4, 4), size=(65_536, 65_536))

    async def enormous_rects(self) -> None:
        await self._send_flawed(width=65_536, height=65_536)

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

    def leeway(self) -> bytes:
        """Return how far each pixel may be off what is expected, as the levels of a PNG."""
        return encoded(np.repeat(self._leeway[..., None], 3, axis=2), PNG)

    def heard(self) -> bytes:
        return json.dumps({"seq": self._seq, "messages": self._heard}).encode()

    def _noise(self, width: int, height: int) -> np.ndarray:
        noise = self._random.integers(0, 256, (height, width, 4), np.uint8)
        noise[..., 3] = 255
        return noise

    async def _send_whole(
        self, pixels: np.ndarray, size: tuple[int, int] | None = None, *, is_new: bool = True
    ) -> None:
        height, width = self._shown.shape[:2]
        width, height = size or (width, height)
        self._publish(is_new)
        is_scaled = pixels.shape[:2] != (height, width)
        header = ImageHeader(
            seq=self._seq,
            timestamp_us=self._timestamp_us,
            width=width,
            height=height,
            mime=PNG,
            lossless=False if is_scaled else None,
        )
        await self._send(pack(header, encoded(pixels, PNG)))

    async def _send_rects(self, parts: list[Part], *, lossless: bool | None = None, is_new: bool = True) -> None:
        self._publish(is_new)
        payloads = [encoded(part.pixels, part.mime) for part in parts]
        rects: list[int] = []
        for part, payload in zip(parts, payloads, strict=True):
            x, y, width, height = part.box
            self._shown[y : y + height, x : x + width] = part.shown
            self._leeway[y : y + height, x : x + width] = part.leeway
            rects += [*part.box, len(payload)]
        header = self._rects_header(rects=tuple(rects), mimes=tuple(part.mime for part in parts), lossless=lossless)
        await self._send(pack(header, b"".join(payloads)))

    def _publish(self, is_new: bool) -> None:
        if is_new:
            self._timestamp_us = now_us()

    async def _send_image_of(self, width: int, height: int) -> None:
        """Send a PNG that claims to have that size."""
        image = bytearray(encoded(self._noise(4, 4), PNG))
        image[16:24] = struct.pack(">II", width, height)
        image[29:33] = struct.pack(">I", zlib.crc32(image[12:29]))
        await self._send_flawed(rects=(0, 0, 4, 4, len(image)), mimes=(PNG,), payload=bytes(image))

    async def _send_flawed(self, payload: bytes | None = None, **fields: object) -> None:
        image = encoded(self._noise(4, 4), PNG)
        good = {"rects": (0, 0, 4, 4, len(image)), "mimes": (PNG,)}
        header = self._rects_header(**{**good, **fields})
        await self._send(pack(header, image if payload is None else payload))

    def _rects_header(self, **fields: object) -> Header:
        height, width = self._shown.shape[:2]
        self._seq += 1
        own = {"seq": self._seq, "base_seq": self._seq - 1, "width": width, "height": height, **fields}
        header = RectsHeader(timestamp_us=self._timestamp_us, **own)
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


def flat(width: int, height: int, red: int) -> np.ndarray:
    return np.full((height, width, 4), (red, 120, 40, 255), np.uint8)


def gradient(width: int, height: int) -> np.ndarray:
    """Return an image whose red rises to the right and whose green falls downwards, of whatever size the same."""
    x, y = ((np.arange(side) + 0.5) / side for side in (width, height))
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., 0] = np.round(64 + 128 * x)
    pixels[..., 1] = np.round(192 - 128 * y)[:, None]
    return pixels


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
