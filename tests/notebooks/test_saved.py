"""What is saved of a notebook has not the token of a stream that it shows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHOSEN = "a token that somebody chose"
# Not in the code, which is saved as well.
SERVE = "stream = await rfb.serve(64, 48, token=os.environ['RFB_TOKEN'])"
PUBLISH = "stream.publish(np.full((48, 64, 3), 90, np.uint8))"
ELSEWHERE = "elsewhere = rfb.RfbViewer(url='ws://127.0.0.1:9/scene', token=os.environ['RFB_TOKEN'])"
MARIMO = f"""
import marimo

app = marimo.App()

with app.setup:
    import os
    import marimo as mo
    import numpy as np
    import marimo_rfb as rfb

@app.cell
async def _():
    {SERVE}
    {PUBLISH}
    view = rfb.stream("scene").view(height=100, token=os.environ["RFB_TOKEN"])
    {ELSEWHERE}
    return elsewhere, stream, view

@app.cell
def _(elsewhere, stream, view):
    mo.vstack([mo.ui.anywidget(stream.widget(height=100)), view, mo.ui.anywidget(elsewhere)])
    return
"""
JUPYTER = ["import os", "import numpy as np", "import marimo_rfb as rfb", SERVE, PUBLISH, ELSEWHERE]


def run(folder: Path, *arguments: str) -> None:
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, **own, "RFB_TOKEN": CHOSEN, "XDG_CONFIG_HOME": str(folder / "config")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=55,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("to", "options", "saved"),
    [
        ("html", ("-o", "page.html"), "page.html"),
        ("ipynb", ("--include-outputs", "-o", "notebook.ipynb"), "notebook.ipynb"),
        ("session", (), "__marimo__/session/notebook.py.json"),
    ],
)
def test_what_marimo_exports_has_no_token(tmp_path: Path, to: str, options: tuple[str, ...], saved: str) -> None:
    (tmp_path / "notebook.py").write_text(MARIMO, encoding="utf-8")
    run(tmp_path, "marimo", "-q", "export", to, "notebook.py", *options)
    text = (tmp_path / saved).read_text(encoding="utf-8")
    assert CHOSEN not in text
    if to == "html":  # which has the state of the widgets
        assert text.count("has_token") >= 3
        assert text.count("ticket") >= 3
    others = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in others if CHOSEN.encode() in path.read_bytes()] == []


def test_what_jupyter_executes_has_no_token_and_no_ticket(tmp_path: Path) -> None:
    code = ["\n".join(JUPYTER), "widget = stream.widget(height=100)\nwidget", "elsewhere", "rfb.stream('scene').view()"]
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": each, "outputs": [], "execution_count": None}
        for n, each in enumerate(code)
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "notebook.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    run(tmp_path, "nbconvert", "--to", "notebook", "--execute", "--output", "executed.ipynb", "notebook.ipynb")
    text = (tmp_path / "executed.ipynb").read_text(encoding="utf-8")
    assert CHOSEN not in text
    states = json.loads(text)["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    ours = [each["state"] for each in states if "has_token" in each["state"]]
    assert len(ours) == 3
    assert {(each["has_token"], each["ticket"]) for each in ours} == {(True, "")}
