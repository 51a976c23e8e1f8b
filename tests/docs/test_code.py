"""The Python on the pages runs as it is printed."""

import ast
from pathlib import Path

import pytest
from blocks import cells_of, missing_packages, run_block


def test_a_block_compiles(block: str) -> None:
    compile(block, "<block>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_a_block_in_cells_begins_with_one(block: str) -> None:
    if "# %%" in block:
        assert all(cell.startswith("# %%") for cell in cells_of(block))


def test_a_block_runs(block: str, tmp_path: Path) -> None:
    if "uvicorn.run(" in block:
        pytest.skip("serves until it is stopped; the browser's tests run it")
    if missing := missing_packages(block):
        pytest.skip(f"needs {', '.join(missing)}; `make test-extras` runs it")
    run_block(block, tmp_path)


def test_a_block_that_raises_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run_block("# %%\nimport marimo as mo\n\n# %%\n1 / 0\n", tmp_path)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run_block("import asyncio\nawait asyncio.sleep(0)\n1 / 0\n", tmp_path)
