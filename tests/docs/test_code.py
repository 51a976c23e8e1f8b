"""The Python on the pages runs as it is printed."""

import ast
import re
import textwrap
from pathlib import Path

import pytest
from scripts import run_script

# Runs a file, or the cells of one, as a notebook of Jupyter does: with `await` at the top.
DRIVER = """
import ast, asyncio, inspect, re, sys

names = {"__name__": "__main__"}
cells = [compile(text, "<block>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
         for text in re.split(r"^(?=# %%)", open(sys.argv[1], encoding="utf-8").read(), flags=re.M)]

async def run():
    for cell in cells:
        if inspect.iscoroutine(running := eval(cell, names)):
            await running

if any(cell.co_flags & inspect.CO_COROUTINE for cell in cells):
    asyncio.run(run())
else:
    for cell in cells:
        eval(cell, names)
"""


def cells_of(block: str) -> list[str]:
    return [cell.rstrip() for cell in re.split(r"^(?=# %%)", block, flags=re.M) if cell]


def marimo_notebook(cells: list[str]) -> str:
    """Return a marimo notebook of these cells, which runs when it is executed."""
    functions = []
    for cell in cells:
        define = "async def" if re.search(r"\bawait\b", cell) else "def"
        functions.append(f"@app.cell\n{define} _():\n{textwrap.indent(cell, '    ')}\n    return\n")
    return "\n\n".join(["import marimo\n\napp = marimo.App()\n", *functions, "app.run()\n"])


def run(path: Path, *arguments: str, cwd: Path) -> None:
    ran = run_script(path, *arguments, cwd=cwd)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_block_compiles(block: str) -> None:
    compile(block, "<block>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_a_block_in_cells_begins_with_one(block: str) -> None:
    if "# %%" in block:
        assert all(cell.startswith("# %%") for cell in cells_of(block))


def test_a_block_runs(block: str, tmp_path: Path) -> None:
    if "uvicorn.run(" in block:
        pytest.skip("serves until it is stopped; the browser's tests run it")
    is_notebook = "# %%" in block and re.search(r"\bmarimo as mo\b|\brfb\.(frame|animate|stream)\(", block)
    path = tmp_path / "block.py"
    if is_notebook:
        path.write_text(marimo_notebook(cells_of(block)), encoding="utf-8")
        return run(path, cwd=tmp_path)
    path.write_text(block, encoding="utf-8")
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER, encoding="utf-8")
    run(driver, str(path), cwd=tmp_path)


def test_a_block_that_raises_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        test_a_block_runs("# %%\nimport marimo as mo\n\n# %%\n1 / 0\n", tmp_path)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        test_a_block_runs("import asyncio\nawait asyncio.sleep(0)\n1 / 0\n", tmp_path)
