"""Every example runs as a script with the packages that it needs: `make test-extras`."""

from pathlib import Path

import pytest
from examples import EXAMPLES
from scripts import run_script


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_runs_as_a_script_and_ends(path: Path) -> None:
    package = EXAMPLES[path]
    if package:
        pytest.importorskip(package)
    ended = run_script(path, cwd=path.parent)
    assert ended.returncode == 0, ended.stderr
    # Beside what these packages say themselves, such as that there is no camera.
    assert "Traceback" not in ended.stderr
    assert "marimo_rfb" not in ended.stderr
