"""Serve the test card from a process of its own; events go to standard output as JSON lines."""

import argparse
import asyncio
import itertools
import json

from card import card

import marimo_rfb as rfb


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--format", default="image/png")
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--pixel-ratio", type=float, default=1.0)
    parser.add_argument("--first", type=int, default=0, help="the number in the first card")
    parser.add_argument("--notice", default="")
    parser.add_argument("--quality", default="95")
    asked = parser.parse_args()
    width, height = (int(side) for side in asked.size.split("x"))
    quality = "auto" if asked.quality == "auto" else int(asked.quality)
    stream = await rfb.serve(width, height, port=asked.port, token=asked.token, formats=[asked.format], quality=quality)
    stream.notify(asked.notice)
    for count in itertools.count(asked.first):
        stream.publish(card(width, height, count), pixel_ratio=asked.pixel_ratio)
        for event in stream.poll_events():
            print(json.dumps(event.event))
        await asyncio.sleep(0.05)


asyncio.run(main())
