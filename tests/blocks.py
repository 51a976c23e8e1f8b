"""The Python that is printed in pages, run as it is printed."""

import re
import textwrap
from importlib.util import find_spec
from pathlib import Path

from scripts import run_script

__all__ = ["cells_of", "missing_packages", "run_block"]

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

# Which only `make test-extras` has.
LARGE = ("fastplotlib", "pygfx", "pyvista", "vispy", "vtk")


def cells_of(block: str) -> list[str]:
    """Return the cells of a block that has `# %%` before each."""
    return [cell.rstrip() for cell in re.split(r"^(?=# %%)", block, flags=re.M) if cell]


def missing_packages(block: str) -> list[str]:
    """Return the large packages that a block imports and that are not installed."""
    imported = [name for name in LARGE if re.search(rf"^(?:import|from) .*\b{name}\b", block, re.M)]
    return [name for name in imported if find_spec(name) is None]


def run_block(block: str, folder: Path) -> None:
    """Run a block in a process of its own; as a marimo notebook if it is one."""
    path = folder / "block.py"
    if "# %%" in block and re.search(r"\bmarimo as mo\b|\brfb\.(frame|animate|stream)\(", block):
        path.write_text(_marimo_notebook(cells_of(block)), encoding="utf-8")
        _run(path, cwd=folder)
    else:
        path.write_text(block, encoding="utf-8")
        driver = folder / "driver.py"
        driver.write_text(DRIVER, encoding="utf-8")
        _run(driver, str(path), cwd=folder)


def _marimo_notebook(cells: list[str]) -> str:
    """Return a marimo notebook of these cells, which runs when it is executed."""
    functions = []
    for cell in cells:
        define = "async def" if re.search(r"\bawait\b", cell) else "def"
        functions.append(f"@app.cell\n{define} _():\n{textwrap.indent(cell, '    ')}\n    return\n")
    return "\n\n".join(["import marimo\n\napp = marimo.App()\n", *functions, "app.run()\n"])


def _run(path: Path, *arguments: str, cwd: Path) -> None:
    ran = run_script(path, *arguments, cwd=cwd)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
