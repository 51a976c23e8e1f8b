"""The servers that notebooks' pages come from, run for real."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from marimo_rfb.version import VERSION

__all__ = ["jupyter", "marimo"]

WITHIN_S = 45.0
_NOTEBOOK = "import marimo\n\napp = marimo.App()\n\n\n@app.cell\ndef _():\n    return\n\n\napp.run()\n"
_ENTRY = "[marimo.server.asgi.middleware]\nmarimo-rfb = marimo_rfb.server.middleware:middleware\n"


@contextlib.contextmanager
def marimo(*options: str, base: str = "/", middleware: bool = True, version: str = VERSION) -> Iterator[int]:
    """Yield the port of a `marimo run` with our middleware, of another version too, or with it denied."""
    with _folder() as folder:
        (folder / "notebook.py").write_text(_NOTEBOOK)
        # In front of the installation, which may be older than the entry point, or none.
        site = folder / "site" / "marimo_rfb-0.dist-info"
        site.mkdir(parents=True)
        (site / "METADATA").write_text(f"Metadata-Version: 2.4\nName: marimo-rfb\nVersion: {version}\n")
        (site / "entry_points.txt").write_text(_ENTRY)
        port = _free_port()
        arguments = ["-m", "marimo", "run", "--headless", "--port", str(port), *options]
        arguments += ["--base-url", base.rstrip("/")] if base != "/" else []
        paths = [str(site.parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        env = {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "MARIMO_SKIP_UPDATE_CHECK": "1",
            "MARIMO_SERVER_ASGI_MIDDLEWARE_DENYLIST": "" if middleware else "marimo-rfb",
        }
        with _program([*arguments, "notebook.py"], f"http://127.0.0.1:{port}{base}health", env=env, folder=folder):
            yield port


@contextlib.contextmanager
def jupyter(*, token: str, base: str = "/", proxy: bool = True) -> Iterator[int]:
    """Yield the port of a JupyterLab, with jupyter-server-proxy or with it switched off."""
    with _folder() as folder:
        port = _free_port()
        arguments = ["-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1"]
        arguments += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.base_url={base}"]
        arguments += [f"--ServerApp.jpserver_extensions={{'jupyter_server_proxy': {proxy}}}"]
        env = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
        with _program(arguments, f"http://127.0.0.1:{port}{base}api", env=env, folder=folder):
            yield port


@contextlib.contextmanager
def _program(arguments: list[str], url: str, *, env: dict[str, str], folder: Path) -> Iterator[None]:
    with open(folder / "output", "wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, **env},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(url, process, folder / "output")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end_s = time.monotonic() + WITHIN_S
    while time.monotonic() < end_s:
        assert process.poll() is None, output.read_text()
        with contextlib.suppress(OSError), opener.open(url, timeout=5) as answer:
            assert answer.status == 200
            return
        time.sleep(0.1)
    raise AssertionError(output.read_text())


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as other:
        return int(other.getsockname()[1])
