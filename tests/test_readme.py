"""The README's code, run as it stands."""

import ast
import asyncio
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from support import aeventually

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("source", BLOCKS, ids=["marimo", "jupyter"])
def test_the_code_in_the_readme_runs_and_publishes(source: str) -> None:
    async def run() -> None:
        names: dict[str, Any] = {}
        code = compile(source, str(README), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running = eval(code, names)
        if inspect.isawaitable(running):
            await running
        try:
            await aeventually(lambda: names["stream"].stats.published > 1)
            assert (names["stream"].width, names["stream"].height) == (640, 480)
        finally:
            names["loop"].cancel()
            await names["stream"].aclose()

    asyncio.run(run())
