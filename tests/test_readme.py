"""The README's code, run as it stands."""

import ast
import asyncio
import inspect
import re
from pathlib import Path
from typing import Any

import marimo as mo
import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.routing import APIWebSocketRoute
from support import act, aeventually

import marimo_rfb as rfb

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


REACTIVE, MARKERS, *IMPERATIVE, ASGI = BLOCKS


def run(source: str, names: dict[str, Any]) -> Any:
    return eval(compile(source, str(README), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)


def test_the_reactive_code_runs_and_shows_a_picture() -> None:
    names: dict[str, Any] = {}
    run(REACTIVE, names)
    view = names["rings"]
    try:
        assert view.value is None
        assert view.stream.newest.pixels.shape == (480, 640, 3)
    finally:
        view.close()


def test_a_click_makes_one_marker() -> None:
    names: dict[str, Any] = {"mo": mo, "np": np, "rfb": rfb}
    run(MARKERS, names)
    view = names["view"]
    try:
        act(view.stream, "pointer_down", x=5.5, y=6, button=1, buttons=[1])
        act(view.stream, "pointer_up", x=5.5, y=6, button=1, buttons=[])
        assert names["get_marks"]() == [(5.5, 6)]
    finally:
        view.close()


@pytest.mark.parametrize("source", IMPERATIVE, ids=["marimo", "jupyter"])
def test_the_code_of_a_server_runs_and_publishes(source: str) -> None:
    async def publish() -> None:
        names: dict[str, Any] = {}
        running = run(source, names)
        if inspect.isawaitable(running):
            await running
        try:
            await aeventually(lambda: names["stream"].stats.published > 1)
            assert (names["stream"].width, names["stream"].height) == (640, 480)
        finally:
            names["loop"].cancel()
            await names["stream"].aclose()

    asyncio.run(publish())


def test_the_code_of_a_web_application_shows_the_streams_of_a_server() -> None:
    async def mount() -> None:
        async with await rfb.serve_server() as server:
            stream = server.add_stream("scene", 640, 480)
            app = FastAPI()
            run(
                ASGI.replace("stream.widget", "widget = stream.widget"),
                names := {"app": app, "server": server, "sessions": {}, "stream": stream},
            )
            assert [route.path for route in app.routes if isinstance(route, APIWebSocketRoute)] == ["/rfb/{stream}"]
            assert (names["widget"].base_path, names["widget"].stream) == ("/rfb", "scene")

    asyncio.run(mount())
