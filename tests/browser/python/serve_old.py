"""Serve the test card as a server of the first version of the protocol, which answers no question."""

import argparse
import asyncio
import io
import itertools
import json
import struct
import time

from card import card
from PIL import Image
from websockets.asyncio.server import Request, Response, ServerConnection, serve

WIDTH, HEIGHT = 320, 180


def frame(seq: int) -> bytes:
    """Return the card as a binary message of the protocol."""
    png = io.BytesIO()
    Image.fromarray(card(WIDTH, HEIGHT, seq)).save(png, "png")
    header = {
        "type": "image_frame",
        "seq": seq,
        "timestamp_us": int(time.time() * 1e6),
        "width": WIDTH,
        "height": HEIGHT,
        "mime": "image/png",
    }
    text = json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text + png.getvalue()


async def show(connection: ServerConnection) -> None:
    """Send frames to one viewer, whatever it says."""
    assert json.loads(await connection.recv())["type"] == "hello"
    config = {"type": "config", "transport": "image", "width": WIDTH, "height": HEIGHT, "coords": "frame-pixels"}
    await connection.send(json.dumps(config))
    sending = asyncio.create_task(send_frames(connection))
    async for _ in connection:
        pass
    sending.cancel()


async def send_frames(connection: ServerConnection) -> None:
    for seq in itertools.count(1):
        await connection.send(frame(seq))
        await asyncio.sleep(0.05)


def answer(connection: ServerConnection, request: Request) -> Response | None:
    """Say that the server is there to whoever asks by plain HTTP."""
    return connection.respond(200, "ok\n") if request.path == "/health" else None


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    async with serve(show, "127.0.0.1", parser.parse_args().port, process_request=answer) as server:
        await server.serve_forever()


asyncio.run(main())
