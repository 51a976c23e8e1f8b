"""Serve a ramp of whole numbers, from 0 at the left to 3190 at the right, with one pixel of 60000."""

import argparse
import asyncio

import numpy as np

import marimo_rfb as rfb

WIDTH, HEIGHT = 320, 180


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    asked = parser.parse_args()
    stream = await rfb.serve(
        WIDTH, HEIGHT, port=asked.port, token=asked.token, formats=["image/png"], vmin=0, vmax=3190
    )
    numbers = np.tile(np.arange(WIDTH, dtype=np.uint16) * 10, (HEIGHT, 1))
    numbers[0, 0] = 60000
    while True:
        stream.publish(numbers)
        await asyncio.sleep(0.2)


asyncio.run(main())
