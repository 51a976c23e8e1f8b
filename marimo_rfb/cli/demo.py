"""The demo notebooks: makes a copy and opens it in marimo or JupyterLab."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from marimo_rfb.cli.doctor import versions

__all__ = ["check_jupyterlab", "copy_notebook", "open_in_jupyterlab", "open_in_marimo", "shipped_notebook"]


def shipped_notebook(name: str) -> Path:
    """Return the path of a notebook in this installation.

    Raises:
        ClickException: the installation lacks it.
    """
    # A wheel has them in the package, a checkout in its root.
    folders = [versions.PACKAGE / "notebooks"]
    if versions.SOURCE_TREE is not None:
        folders.append(versions.SOURCE_TREE / "notebooks")
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise click.ClickException(f"this installation lacks {name}; try: pip install --force-reinstall marimo-rfb")


def copy_notebook(name: str, directory: Path) -> Path:
    """Copy a shipped notebook into `directory` and return the copy; a changed copy is replaced only after asking.

    Raises:
        ClickException: the copy cannot be read or written.
        Abort: the question was not answered.
    """
    shipped = shipped_notebook(name).read_text(encoding="utf-8")
    target = directory / name
    try:
        if not target.exists():
            directory.mkdir(parents=True, exist_ok=True)
            target.write_text(shipped, encoding="utf-8")
            click.echo(f"Copied the notebook to {target}")
        elif target.read_text(encoding="utf-8", errors="replace") == shipped:
            click.echo(f"Using {target}")
        elif _confirm_replace(target):
            target.write_text(shipped, encoding="utf-8")
            click.echo(f"Replaced {target}")
    except OSError as exc:
        raise click.ClickException(f"cannot copy the notebook to {target}: {exc.strerror or exc}") from exc
    return target


def _confirm_replace(target: Path) -> bool:
    differs = f"{target} differs from the notebook of this version"
    if not sys.stdin.isatty():
        click.echo(f"{differs}; keeping it. Delete it or choose another --dir for a new copy.")
        return False
    click.echo(f"{differs}. You may have changed it.")
    answer = click.prompt("Keep it or overwrite it?", type=click.Choice(["keep", "overwrite"]), default="keep")
    return bool(answer == "overwrite")


def open_in_marimo(notebook: Path, *, as_app: bool, headless: bool, host: str | None, port: int | None) -> NoReturn:
    """Replace this process with marimo; never returns.

    Args:
        notebook: the notebook to open.
        as_app: start `marimo run` instead of `marimo edit`.
        headless: do not open a browser.
        host: address to serve the page at; `None` for marimo's default.
        port: TCP port of the page; `None` for marimo's default, 0 for any free port.

    Raises:
        ClickException: marimo is not installed, or the port is in use.
    """
    if versions.version_of("marimo") is None:
        raise click.ClickException("marimo is not installed: pip install marimo")
    command = [sys.executable, "-m", "marimo", "run" if as_app else "edit", str(notebook)]
    if headless:
        command.append("--headless")
    if host is not None:
        command += ["--host", host]
    if port is not None:
        command += ["--port", str(_free_port(host or "127.0.0.1", port))]
    if not as_app:
        click.echo("If the cells do not run, press the run button at the lower right.")
    _exec(command)


def check_jupyterlab() -> None:
    """Check that JupyterLab is installed.

    Raises:
        ClickException: it is not installed.
    """
    if versions.version_of("jupyterlab") is None:
        raise click.ClickException("JupyterLab is not installed: pip install 'marimo-rfb[demo]'")


def open_in_jupyterlab(
    notebook: Path, *, headless: bool, host: str | None, port: int | None, options: Sequence[str] = ()
) -> NoReturn:
    """Replace this process with JupyterLab; never returns.

    Args:
        notebook: the notebook to open.
        headless: do not open a browser.
        host: address to serve the page at; `None` for JupyterLab's default.
        port: TCP port of the page; `None` for JupyterLab's default, 0 for any free port.
        options: more arguments for JupyterLab.

    Raises:
        ClickException: JupyterLab is not installed, or the port is in use.
    """
    check_jupyterlab()
    # With the notebook as an argument it would print the address of an empty page.
    folder, page = notebook.resolve().parent, f"/lab/tree/{notebook.name}"
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", f"--LabApp.default_url={page}"]
    if headless:
        command.append("--no-browser")
    if host is not None:
        command.append(f"--ServerApp.ip={host}")
    if port is not None:
        # Without this it would silently use another port.
        command += [f"--ServerApp.port={_free_port(host or '127.0.0.1', port)}", "--ServerApp.port_retries=0"]
    click.echo("Choose Run > Run All Cells in the page.")
    _exec([*command, *options])


def _free_port(host: str, port: int) -> int:
    """Return `port`, or a free one for 0; the notebook's server would report a used port later and less clearly."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":  # where the option allows a second server on the same port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as exc:
        raise click.ClickException(
            f"cannot serve at {host}:{port}: {exc.strerror or exc}; omit --port or choose another one"
        ) from exc


def _exec(command: list[str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":
        # Its exec returns to the shell at once. Ctrl-C reaches every process of the console, also the server.
        with subprocess.Popen(command) as server:
            while True:
                with contextlib.suppress(KeyboardInterrupt):
                    sys.exit(server.wait())
    # The terminal, signals and exit status become the server's, and nothing can be orphaned. A parent process that
    # forwarded signals would interrupt the server twice for one Ctrl-C.
    os.execv(command[0], command)
