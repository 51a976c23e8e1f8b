"""Run the command line as a process."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Distribute = Callable[..., None]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def command(*arguments: str) -> list[str]:
    """Return the command line of `marimo-rfb`, whose script an uninstalled source tree lacks."""
    return [*python("from marimo_rfb.cli import main; main(prog_name='marimo-rfb')"), *arguments]


def run(arguments: list[str], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run to the end, without a terminal."""
    return subprocess.run(
        arguments, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50, check=False
    )
