"""Every Jupyter notebook of the package runs in a real kernel, and what is made of it shows its pictures."""

import base64
import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from support import decode, psnr_db

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

# How many widgets each shows.
WIDGETS = {"anywidget": 2, "jupyter-demo": 1}
# Appended to a copy: what was published last, which by then is all that is.
LAST = "task.cancel()\nprint('LAST', display.newest.pixels.tobytes().hex(), display.newest.pixels.shape[:2])"

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """Return a function that executes a notebook, with `LAST` after it, and returns the file that this makes."""
    folder = tmp_path_factory.mktemp("executed")
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}

    @functools.cache
    def execute(path: Path) -> str:
        source = folder / path.name
        source.write_text(json.dumps(and_then(read(path), LAST)), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "nbconvert", "--to", "notebook", "--stdout", "--execute", str(source)],
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=55,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    return execute


def as_html(notebook: str) -> str:
    """Return the page that `nbconvert --to html` makes."""
    # Here, because they take three seconds, of each process that collects tests.
    import nbformat
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter().from_notebook_node(nbformat.reads(notebook, as_version=4))
    return str(html)


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def and_then(notebook: dict[str, Any], code: str) -> dict[str, Any]:
    """Return the notebook with one more cell."""
    cell = {"cell_type": "code", "id": "more", "metadata": {}, "source": code, "outputs": [], "execution_count": None}
    return {**notebook, "cells": [*notebook["cells"], cell]}


def pictures_in(html: str) -> list[npt.NDArray[np.uint8]]:
    """Return the JPEGs that a page holds, decoded, as whoever reads it sees them without a network."""
    found = re.findall(r'<img[^>]*src="data:image/(?:jpeg|png);base64,([^"]+)"', html)
    return [decode(base64.b64decode(each)) for each in found]


def last_in(text: str) -> npt.NDArray[np.uint8]:
    pixels, height, width = re.findall(r"LAST ([0-9a-f]+) \((\d+), (\d+)\)", text)[-1]
    return np.frombuffer(bytes.fromhex(pixels), np.uint8).reshape(int(height), int(width), 3)


def test_these_are_there() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(WIDGETS)


@every_notebook
def test_it_is_kept_without_outputs(path: Path) -> None:
    notebook = read(path)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(code)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert "widgets" not in notebook["metadata"]


def test_the_demo_is_two_cells() -> None:
    code = [cell for cell in read(FOLDER / "jupyter-demo.ipynb")["cells"] if cell["cell_type"] == "code"]
    assert ["rfb.serve(" in "".join(cell["source"]) for cell in code] == [True, False]
    assert ["display.widget(" in "".join(cell["source"]) for cell in code] == [False, True]


@every_notebook
def test_executed_and_converted_it_shows_its_last_picture(path: Path, executed: Callable[[Path], str]) -> None:
    html = as_html(executed(path))
    pictures = pictures_in(html)
    assert len(pictures) == WIDGETS[path.stem]
    last = last_in(html)
    assert np.ptp(last) > 200
    for picture in pictures:
        assert psnr_db(picture, last) > 28


@every_notebook
def test_a_file_without_the_widgets_state_is_converted_to_the_pictures_alone(
    path: Path, executed: Callable[[Path], str]
) -> None:
    """As a page saves it, and as whoever has no kernel finds it."""
    notebook = json.loads(executed(path))
    del notebook["metadata"]["widgets"]
    html = as_html(json.dumps(notebook))
    assert len(pictures_in(html)) == WIDGETS[path.stem]
    assert "object at 0x" not in html
