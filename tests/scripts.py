"""Scripts, each run in a process of its own that has imported the large packages already."""

import multiprocessing
import os
import runpy
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Ended", "run_script"]

# Most of the time that a short script takes.
_PRELOADED = ["numpy", "marimo", "marimo_rfb.notebook.view", "matplotlib.pyplot"]

TIMEOUT_S = 50

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(_PRELOADED)


@dataclass(frozen=True)
class Ended:
    """How a script ended, and what it wrote to standard error."""

    returncode: int | None
    stderr: str


def run_script(path: Path, *arguments: str, cwd: Path) -> Ended:
    """Run a script as `python path` does, except for what is imported before it, and wait for its end."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "stderr")
        process = _processes.Process(target=_run, args=((str(path), *arguments), cwd, log))
        process.start()
        process.join(TIMEOUT_S)
        if process.is_alive():
            process.kill()
            process.join()
        return Ended(process.exitcode, log.read_text(encoding="utf-8"))


def _run(argv: tuple[str, ...], cwd: Path, log: Path) -> None:
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)
    os.chdir(cwd)
    sys.argv = list(argv)
    sys.path.insert(0, os.path.dirname(argv[0]))
    runpy.run_path(argv[0], run_name="__main__")
