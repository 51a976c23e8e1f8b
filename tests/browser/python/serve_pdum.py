"""Serve the test card by the older package, from a process of its own."""

import argparse
import asyncio
import itertools
from typing import Any

import pdum.rfb as rfb
from card import card


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    asked = parser.parse_args()

    async def authenticate(context: Any) -> str | None:
        return "somebody" if context.token == asked.token else None

    # Also with video at hand: a viewer that does not list it gets images.
    display = await rfb.serve(320, 180, port=asked.port, authenticate=authenticate, stats_interval=1.0)
    for count in itertools.count():
        display.publish(card(320, 180, count))
        for event in display.poll_events():
            print(event.event)
        await asyncio.sleep(0.05)


asyncio.run(main())
