"""The demo notebooks: a copy to play with, and marimo or JupyterLab opened on it."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from marimo_rfb.cli import install

__all__ = ["check_jupyterlab", "copy_notebook", "open_in_jupyterlab", "open_in_marimo", "shipped_notebook"]


def shipped_notebook(name: str) -> Path:
    """Return a notebook that came with the package.

    Raises:
        ClickException: it did not come along.
    """
    # A wheel has them inside the package, a checkout at the top.
    folders = [install.PACKAGE / "notebooks"]
    if install.SOURCE_TREE is not None:
        folders.append(install.SOURCE_TREE / "notebooks")
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise click.ClickException(
        f"{name} did not come with this installation; try: pip install --force-reinstall marimo-rfb"
    )


def copy_notebook(name: str, directory: Path) -> Path:
    """Copy a shipped notebook into `directory` and return the copy; a changed one there is replaced only after asking.

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
        elif _may_replace(target):
            target.write_text(shipped, encoding="utf-8")
            click.echo(f"Replaced {target}")
    except OSError as exc:
        raise click.ClickException(f"cannot copy the notebook to {target}: {exc.strerror or exc}") from exc
    return target


def _may_replace(target: Path) -> bool:
    differs = f"{target} differs from the notebook of this version"
    if not sys.stdin.isatty():
        click.echo(f"{differs}; keeping it. Delete it, or name another --dir, for a new copy.")
        return False
    click.echo(f"{differs}. You may have changed it.")
    answer = click.prompt("Keep it or overwrite it?", type=click.Choice(["keep", "overwrite"]), default="keep")
    return bool(answer == "overwrite")


def open_in_marimo(notebook: Path, *, as_app: bool, headless: bool, host: str | None, port: int | None) -> NoReturn:
    """Become marimo, run by this interpreter; never returns.

    Args:
        notebook: to open.
        as_app: `marimo run` instead of `marimo edit`.
        headless: open no browser.
        host: address to serve the page at; `None` for marimo's default.
        port: TCP port of the page; `None` for the first free one of marimo's, 0 for any.

    Raises:
        ClickException: marimo is not installed, or the port is taken.
    """
    if install.version_of("marimo") is None:
        raise click.ClickException("marimo is not installed: pip install marimo")
    command = [sys.executable, "-m", "marimo", "run" if as_app else "edit", str(notebook)]
    if headless:
        command.append("--headless")
    if host is not None:
        command += ["--host", host]
    if port is not None:
        command += ["--port", str(_free_port(host or "127.0.0.1", port))]
    if not as_app:
        click.echo("If the cells stand still, press the run button at the lower right.")
    _become(command)


def check_jupyterlab() -> None:
    """Look whether JupyterLab can be opened.

    Raises:
        ClickException: it is not installed.
    """
    if install.version_of("jupyterlab") is None:
        raise click.ClickException("JupyterLab is not installed: pip install 'marimo-rfb[demo]'")


def open_in_jupyterlab(
    notebook: Path, *, headless: bool, host: str | None, port: int | None, options: Sequence[str] = ()
) -> NoReturn:
    """Become JupyterLab, run by this interpreter; never returns.

    Args:
        notebook: to open.
        headless: open no browser.
        host: address to serve the page at; `None` for JupyterLab's default.
        port: TCP port of the page; `None` for the first free one of JupyterLab's, 0 for any.
        options: of JupyterLab's own.

    Raises:
        ClickException: JupyterLab is not installed, or the port is taken.
    """
    check_jupyterlab()
    # With the notebook as an argument the address that it prints would be that of an empty page.
    folder, page = notebook.resolve().parent, f"/lab/tree/{notebook.name}"
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", f"--LabApp.default_url={page}"]
    if headless:
        command.append("--no-browser")
    if host is not None:
        command.append(f"--ServerApp.ip={host}")
    if port is not None:
        # It would take another port than it was told to, and say so among much else.
        command += [f"--ServerApp.port={_free_port(host or '127.0.0.1', port)}", "--ServerApp.port_retries=0"]
    click.echo("In the page, choose Run All Cells from the menu Run.")
    _become([*command, *options])


def _free_port(host: str, port: int) -> int:
    """Return `port`, or a free one for 0; the notebook's server would say less clearly, and later, that it is taken."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":  # where the option means that a taken port may be taken once more
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as exc:
        raise click.ClickException(
            f"cannot serve at {host}:{port}: {exc.strerror or exc}; leave --port out, or give another one"
        ) from exc


def _become(command: list[str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":
        # Its exec returns to the shell at once. A Ctrl-C reaches every process of the console, so the server hears it.
        with subprocess.Popen(command) as server:
            while True:
                with contextlib.suppress(KeyboardInterrupt):
                    sys.exit(server.wait())
    # In place of this process: the terminal, signals and the exit status are the server's, and nothing can be orphaned.
    # A parent that passed signals on would have the server asked twice by one Ctrl-C.
    os.execv(command[0], command)
