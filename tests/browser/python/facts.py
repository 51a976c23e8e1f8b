"""What a notebook tells a test: files in a folder that the test named."""

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from marimo_rfb import Hub, RfbCanvas, Stream, View

__all__ = ["Facts"]

_tasks: set[asyncio.Task[None]] = set()


class Facts:
    """Appends JSON lines to files under `$RFB_FACTS/<name>`."""

    def __init__(self, name: str) -> None:
        self._folder = Path(os.environ["RFB_FACTS"], name)
        self._folder.mkdir(parents=True, exist_ok=True)

    def note(self, topic: str, fact: Any) -> None:
        """Append one fact."""
        with (self._folder / f"{topic}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(fact) + "\n")

    def hub(self, hub: Hub) -> None:
        """Say where the hub is and what opens it."""
        tokens = {name: hub.stream(name).token for name in hub.streams}
        self.note("hub", {"port": hub.port, "token": hub.token, "streams": tokens})

    def events(self, stream: Stream | View) -> None:
        """Note every event of `stream` from now on."""
        _start(self._follow(stream))

    def traits(self, widget: RfbCanvas) -> None:
        """Note what the page tells of `widget` whenever it changes."""
        widget.observe(lambda change: self.note("traits", {change["name"]: change["new"]}), names=_TOLD)

    def obey(self, widget: RfbCanvas) -> None:
        """Set the traits of `widget` that the test wishes, as it wishes them."""
        _start(self._obey(widget))

    @property
    def wishes(self) -> dict[str, Any]:
        """What the test wants by now."""
        path = self._folder / "wishes.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    async def go_on(self, rounds: int, set_rounds: Callable[[int], None]) -> None:
        """Set the next number of rounds as soon as the test wishes for that many, after `rounds` of them."""
        while self.wishes.get("rounds", 0) <= rounds:
            await asyncio.sleep(0.02)
        set_rounds(rounds + 1)

    async def _obey(self, widget: RfbCanvas) -> None:
        while True:
            for name, value in self.wishes.get("traits", {}).items():
                setattr(widget, name, value)
            await asyncio.sleep(0.05)

    async def _follow(self, stream: Stream | View) -> None:
        async for event in stream.events():
            self.note("events", event.event)


def _start(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


_TOLD = ["state", "stats", "last_error", "transport", "transport_reason"]
