"""The quick start of the guide, word for word but for the name of the package."""

import ast
import asyncio
import inspect
from typing import Any

import marimo
import pytest
from support import IMAGES, RawClient, aeventually

QUICK_START = """
import itertools
import numpy as np
import marimo_rfb as rfb
from marimo_rfb.notebook import publish_loop
# `await` works at the top level in Jupyter/marimo (a loop is already running).
display = await rfb.serve(320, 240, port=0)
frames = itertools.count()
def render():
    t = next(frames) % 256
    img = np.zeros((240, 320, 3), dtype=np.uint8)
    img[:, :, 2] = t # animate the blue channel
    img[100:140, :] = (240, 120, 40) # a static orange band
    return img
# Non-blocking background task on the notebook's loop.
task = publish_loop(display, render, fps=10)
print("serving at", display.ws_url)
"""

VIEWS = """
first = display.widget()
second = display.widget(batteries=False)
"""

TEAR_DOWN = """
task.cancel()
await display.aclose()
"""


async def run_cell(source: str, names: dict[str, Any]) -> None:
    """Run a cell with `await` at its top, as notebooks do."""
    code = compile(source, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    running = eval(code, names)
    if inspect.iscoroutine(running):
        await running


def test_the_quick_start_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}

    async def notebook() -> None:
        await run_cell(QUICK_START, names)
        display = names["display"]
        assert capsys.readouterr().out == f"serving at ws://127.0.0.1:{display.port}/default\n"
        await run_cell(VIEWS, names)
        async with (
            RawClient.watching(display, supported=IMAGES) as one,
            RawClient.watching(display, supported=("image/png",)) as other,
        ):
            for client in (one, other):
                for _ in range(3):
                    picture = await client.next_picture()
                    await client.ack(picture.seq)
                pixels = picture.pixels
                assert pixels.shape == (240, 320, 3)
                assert abs(pixels[120, 160].astype(int) - (240, 120, 40)).max() < 12
                assert pixels[10, 10, :2].max() < 12
            await run_cell(TEAR_DOWN, names)
            assert (await one.close_code())[0] == 1001

    asyncio.run(notebook())
    assert names["task"].cancelled()
    with pytest.raises(RuntimeError, match="was closed"):
        names["display"].publish(names["render"]())


def test_the_quick_start_runs_as_a_marimo_script() -> None:
    app = marimo.App()

    @app.cell
    async def _() -> tuple[Any, ...]:
        import numpy as np

        import marimo_rfb as rfb
        from marimo_rfb.notebook import publish_loop

        display = await rfb.serve(320, 240, port=0)
        task = publish_loop(display, lambda: np.zeros((240, 320, 3), dtype=np.uint8), fps=10)
        return display, task

    @app.cell
    def _(display: Any) -> tuple[Any, ...]:
        import marimo as mo

        from marimo_rfb import RfbViewer

        view = mo.ui.anywidget(RfbViewer(port=display.port, stream="default"))
        return (view,)

    @app.cell
    async def _(display: Any, task: Any, view: Any) -> tuple[Any, ...]:
        found = view.token == display.token
        task.cancel()
        await display.aclose()
        return (found,)

    _, names = app.run()
    assert names["found"]
    assert names["display"].closed


def test_a_render_can_be_skipped_and_frames_published_one_by_one() -> None:
    async def notebook() -> None:
        names: dict[str, Any] = {}
        await run_cell("import numpy as np, marimo_rfb as rfb\ndisplay = await rfb.serve(32, 24, port=0)", names)
        display = names["display"]
        async with RawClient.watching(display) as client:
            await run_cell("display.publish(np.zeros((24, 32, 3), np.uint8))", names)
            assert (await client.picture(1)).pixels.shape == (24, 32, 3)
        await aeventually(lambda: display.client_count == 0)
        await display.aclose()

    asyncio.run(notebook())
