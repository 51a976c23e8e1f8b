"""The group of commands, and their options."""

from pathlib import Path

import click

from marimo_rfb.cli import address_doctor, demo, doctor, install
from marimo_rfb.errors import OptionError

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(install.version(), prog_name="marimo-rfb", message="%(prog)s %(version)s")
def main() -> None:
    """Live pictures, rendered in Python, in a marimo cell."""


_directory = click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("marimo-rfb-demo"),
    show_default=True,
    help="Where the notebook is copied to.",
)
_port = click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of the notebook's page; 0 for any that is free."
)
_host = click.option("--host", help="Address the notebook's page is served at.  [default: this machine alone]")
_headless = click.option("--headless", is_flag=True, help="Open no browser.")


@main.command("marimo-demo")
@_directory
@_port
@_host
@_headless
@click.option("--run/--edit", "as_app", default=True, help="Show the app, or its cells in the editor.  [default: run]")
def marimo_demo(directory: Path, port: int | None, host: str | None, headless: bool, as_app: bool) -> None:
    """Open the demo notebook in marimo.

    A copy of it, so that you can change it; one that you did change is never overwritten without asking.

    The pictures come over a port of their own that the kernel opens on this machine, and to browsers on other machines
    through marimo's own server.
    """
    notebook = demo.copy_notebook("marimo-demo.py", directory)
    demo.open_in_marimo(notebook, as_app=as_app, headless=headless, host=host, port=port)


@main.command("jupyter-demo")
@_directory
@_port
@_host
@_headless
@click.argument("jupyter_options", nargs=-1, type=click.UNPROCESSED)
def jupyter_demo(
    directory: Path, port: int | None, host: str | None, headless: bool, jupyter_options: tuple[str, ...]
) -> None:
    """Open the demo notebook in JupyterLab.

    A copy of it, so that you can change it; one that you did change is never overwritten without asking. What follows
    a -- is handed to JupyterLab.
    """
    demo.check_jupyterlab()
    notebook = demo.copy_notebook("jupyter-demo.ipynb", directory)
    demo.open_in_jupyterlab(notebook, headless=headless, host=host, port=port, options=jupyter_options)


@main.command("doctor")
@click.argument("url", required=False)
@click.option("--token", help="What opens the stream at URL, or the notebook's server there.")
@click.option("--insecure", is_flag=True, help="Go on where the certificate at URL is not to be trusted.")
def doctor_command(url: str | None, token: str | None, insecure: bool) -> None:
    """Say what is installed and whether a picture gets through.

    With a URL, say what a browser would meet there: at the address of a stream (ws://host:port/name, as stream.ws_url
    has it) or at that of a notebook's page in marimo or Jupyter (http://..., as the browser shows it).

    Ends with status 1 when something has to be repaired.
    """
    if url is None:
        if token is not None or insecure:
            raise click.UsageError("--token and --insecure are for an address: marimo-rfb doctor URL")
        findings = doctor.examine()
    else:
        try:
            findings = address_doctor.examine(url, token=token, insecure=insecure)
        except OptionError as exc:
            raise click.BadParameter(str(exc), param_hint="URL") from exc
    if not doctor.report(findings):
        raise click.exceptions.Exit(1)
