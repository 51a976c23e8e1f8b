"""As far as it can be had without a browser that runs Python: the name of the platform, and no thread that starts."""

import subprocess
import sys

import pytest

_PYODIDE = """
import sys, threading
import asyncio, concurrent.futures, logging
def start(thread):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
sys.platform = "emscripten"
import numpy as np
import marimo_rfb as rfb
picture = np.full((48, 64, 3), 90, np.uint8)
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PYODIDE + code], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.strip()


def test_a_frame_is_a_still_that_says_what_a_live_picture_takes() -> None:
    said = run(
        "view = rfb.frame(picture)\n"
        "rfb.frame(picture // 2, name='other')\n"
        "view.widget.start_server()\n"
        "print(view.widget.poster[:3].hex(), view.widget.port, view.widget.obstacle)"
    )
    assert said.startswith("89504e 0 This notebook's Python runs in the browser (WebAssembly)")


def test_a_stream_that_is_shown_has_a_still_too() -> None:
    code = "film = rfb.stream('film')\nview = film.view()\nfilm.publish(picture)\nprint(view.widget.poster[:3].hex())"
    assert run(code) == "89504e"


@pytest.mark.parametrize(
    "code", ["rfb.Hub().start()", "asyncio.run(rfb.serve(8, 8))", "rfb.animate(lambda t: picture, name='moving')"]
)
def test_what_needs_threads_says_so(code: str) -> None:
    said = run(f"try:\n    {code}\nexcept rfb.RfbError as exc:\n    print(exc)")
    assert "needs threads" in said
    assert "WebAssembly" in said
