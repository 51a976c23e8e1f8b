"""The examples are short, and say what they miss; `tests/extras` runs those that need large packages."""

import importlib.util
from pathlib import Path

import pytest
from examples import EXAMPLES, NOTEBOOKS, code_lines
from scripts import run_script

every_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)


def test_these_are_there() -> None:
    assert {"camera", "environment", "feature_maps", "figures", "microscope"} <= {path.stem for path in EXAMPLES}


@every_example
def test_it_has_fewer_than_forty_lines_of_its_own(path: Path) -> None:
    assert code_lines(path.read_text(encoding="utf-8")) < 40


@every_example
def test_a_package_that_is_missing_is_named(path: Path) -> None:
    package = EXAMPLES[path]
    if not package or importlib.util.find_spec(package) is not None:
        pytest.skip("nothing is missing")
    ended = run_script(path, cwd=path.parent)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == f"ModuleNotFoundError: No module named '{package}'"


class TestCodeLines:
    def test_a_notebook_that_is_no_example_has_more(self) -> None:
        assert code_lines((NOTEBOOKS / "animation.py").read_text(encoding="utf-8")) > 100

    @pytest.mark.parametrize(
        ("cell", "lines"),
        [
            ("with app.setup:\n    import marimo as mo\n\n    import numpy as np\n", 2),
            ("@app.cell\ndef _(mo):\n    mo.md('''\n    # Title\n    ''')\n    return\n", 0),
            ("@app.cell\ndef _(mo, n):\n    mo.md(f'{n} of them') if n else None\n    return\n", 0),
            ("@app.cell\ndef _(mo, n):\n    mo.md(table(n))\n    return\n", 1),
            (
                "@app.cell\ndef _(f):\n    # Why.\n    x = f(\n        2\n    )\n\n    y = 1  # it\n    return x, y\n",
                4,
            ),
            ("@app.cell\ndef _():\n    def f(t):\n        '''Say what.'''\n        return t\n\n    return (f,)\n", 2),
            ("@app.function\ndef f(t):\n    '''Say\n    what.\n    '''\n    return t\n", 2),
            ("@app.class_definition\nclass A:\n    b = 1\n", 2),
            ("app = marimo.App()\n", 0),
        ],
    )
    def test_only_code_counts(self, cell: str, lines: int) -> None:
        assert code_lines(cell) == lines
