"""Every example runs as a script with the packages that it needs: `make test-extras`."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from examples import EXAMPLES
from scripts import run_script


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_runs_as_a_script_and_ends(path: Path) -> None:
    package = EXAMPLES[path]
    if package and find_spec(package) is None:  # not imported: fastplotlib cannot be before a backend is selected
        pytest.skip(f"there is no {package} here")
    ended = run_script(path, cwd=path.parent)
    assert ended.returncode == 0, ended.stderr
    # Beside what these packages say themselves, such as that there is no camera.
    assert "Traceback" not in ended.stderr
    assert "marimo_rfb" not in ended.stderr
