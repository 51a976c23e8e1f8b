"""Serve the test card as if it were a figure: with tools, coordinates and a rectangle that is dragged over it."""

import argparse
import asyncio
import json

from card import card

import marimo_rfb as rfb
from marimo_rfb.events import InputEvent
from marimo_rfb.stream.feed import Feed, feed_of
from marimo_rfb.wire.messages import Notice, RubberBand, StatusText, ToolStates

TOGGLES = ("pan", "zoom_rect")


class Figure:
    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._pressed = ""
        self._begin: tuple[int, int] | None = None
        self._can_go_back = False
        self._tell()

    def handle(self, event: InputEvent) -> None:
        fields = event.event
        match fields["type"]:
            case "tool":
                self._use(fields["name"], event.viewer)
            case "pointer_down" if self._pressed == "zoom_rect":
                self._begin = fields["x"], fields["y"]
            case "pointer_move":
                self._feed.post(StatusText(text=f"x={fields['x']} y={fields['y']}"))
                if self._begin is not None:
                    (left, right), (top, bottom) = (
                        sorted(pair) for pair in zip(self._begin, (fields["x"], fields["y"]), strict=True)
                    )
                    self._feed.post(RubberBand(rect=(left, top, right - left, bottom - top)))
            case "pointer_up" if self._begin is not None:
                self._begin = None
                self._can_go_back = True
                self._feed.post(RubberBand())
                self._tell()
            case "pointer_leave":
                self._feed.post(StatusText(text=""))
            case "key_down":
                self._feed.post(Notice(text=f"The key {fields['key']} does nothing.", level="info"))

    def _use(self, name: str, viewer: str) -> None:
        if name in TOGGLES:
            self._pressed = "" if self._pressed == name else name
        elif name == "save":
            self._feed.send_file(viewer, "../figures/figure.svg", "image/svg+xml", b"<svg/>")
        elif name == "home":
            self._can_go_back = False
        self._tell()

    def _tell(self) -> None:
        disabled = ("forward",) if self._can_go_back else ("back", "forward")
        self._feed.post(ToolStates(pressed=(self._pressed,) if self._pressed else (), disabled=disabled))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    asked = parser.parse_args()
    stream = await rfb.serve(320, 180, port=asked.port, token=asked.token, formats=["image/png"])
    figure = Figure(feed_of(stream))
    stream.publish(card(320, 180, 0))
    async for event in stream.events():
        print(json.dumps(event.event))
        figure.handle(event)


asyncio.run(main())
