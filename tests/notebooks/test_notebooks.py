"""Every notebook of the package runs without a browser, from top to bottom, and leaves nothing behind."""

import asyncio
import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from examples import EXAMPLES
from scripts import Ended, run_script
from support import RawClient, aeventually, eventually

from marimo_rfb import Hub, Stream, View
from marimo_rfb.wire.messages import Event

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))
# The others run in `tests/extras`.
RUNNABLE = [path for path in NOTEBOOKS if not EXAMPLES.get(path)]

every_notebook = pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50, check=False)


class Ran:
    """All cells of a notebook, run in this process."""

    def __init__(self, path: Path) -> None:
        spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_"), path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # where marimo looks the app's functions up
        try:
            spec.loader.exec_module(module)
            outputs, definitions = module.app.run()
        finally:
            del sys.modules[spec.name]
        self.names: dict[str, Any] = dict(definitions)
        self._things = [*outputs, *self.names.values()]

    def close(self) -> None:
        for thing in list(all_in(self._things)):
            if isinstance(thing, (Stream, Hub, View)):
                thing.close()


def all_in(thing: Any) -> Iterator[Any]:
    yield thing
    if isinstance(thing, (list, tuple, dict)):
        for part in thing.values() if isinstance(thing, dict) else thing:
            yield from all_in(part)


def test_there_is_a_demo() -> None:
    assert "marimo-demo" in [path.stem for path in NOTEBOOKS]


@every_notebook
def test_it_runs_as_a_script_and_ends(path: Path) -> None:
    assert run_script(path, cwd=path.parent) == Ended(0, "")


def test_marimo_finds_nothing_wrong() -> None:
    done = run("-m", "marimo", "check", "--strict", *map(str, NOTEBOOKS))
    assert done.returncode == 0, done.stdout + done.stderr


@every_notebook
def test_no_thread_outlives_its_streams(path: Path) -> None:
    before = set(threading.enumerate())
    Ran(path).close()

    def left() -> list[threading.Thread]:
        started = set(threading.enumerate()) - before
        return [thread for thread in started if not thread.name.startswith("rfb-encode")]

    eventually(lambda: not left())


class TestTheDemo:
    @pytest.fixture
    def stream(self) -> Iterator[Stream]:
        ran = Ran(FOLDER / "marimo-demo.py")
        yield ran.names["stream"]
        ran.close()

    def test_it_moves_while_somebody_watches_and_rests_when_nobody_does(self, stream: Stream) -> None:
        async def watch() -> None:
            assert stream.stats.published == 0
            async with RawClient.watching(stream) as client:
                first = await self.newest(client)
                assert first.shape == (480, 720, 3)
                assert np.ptp(first) > 100
                await aeventually(lambda: stream.stats.published > 20)
            await aeventually(lambda: stream.client_count == 0)
            await asyncio.sleep(0.2)  # what was under way when the viewer left
            published = stream.stats.published
            await asyncio.sleep(0.3)
            assert stream.stats.published == published

        asyncio.run(watch())

    def test_it_is_painted_on_where_the_pointer_is(self, stream: Stream) -> None:
        async def paint() -> None:
            async with RawClient.watching(stream) as client:
                await client.say(Event(event={"type": "key_down", "key": "c"}))
                await self.until(client, lambda picture: np.ptp(picture) < 16)
                await self.drag(client, button=1)
                await self.until(client, lambda picture: picture[100, 150:250, 1].min() > 60)
                assert np.ptp((await self.newest(client))[300:]) < 16
                await self.drag(client, button=2)
                # Not to the end of the line: there is the brush's outline.
                await self.until(client, lambda picture: picture[100, 150:230, 1].max() < 60)
                await client.say(Event(event={"type": "pointer_leave", "x": 0, "y": 0}))
                await client.say(Event(event={"type": "key_down", "key": "r"}))
                await self.until(client, lambda picture: np.ptp(picture[200:280]) > 100)

        asyncio.run(paint())

    async def drag(self, client: RawClient, *, button: int) -> None:
        """Drag from x = 150 to 250 at y = 100; one move has to do for the whole line."""
        held = {"button": button, "buttons": [button]}
        await client.say(Event(event={"type": "pointer_down", "x": 150, "y": 100, **held}))
        await client.say(Event(event={"type": "pointer_move", "x": 250, "y": 100, **held}))
        await client.say(Event(event={"type": "pointer_up", "x": 250, "y": 100, "button": button, "buttons": []}))

    async def newest(self, client: RawClient) -> npt.NDArray[np.uint8]:
        picture = await client.next_picture()
        await client.ack(picture.seq)
        return picture.pixels

    async def until(self, client: RawClient, condition: Any) -> None:
        async with asyncio.timeout(20):
            while not condition(await self.newest(client)):
                pass
