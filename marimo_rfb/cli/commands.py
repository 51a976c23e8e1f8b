"""The group of commands, and their options."""

from pathlib import Path

import click

from marimo_rfb.cli import demo, doctor, install

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(install.version(), prog_name="marimo-rfb", message="%(prog)s %(version)s")
def main() -> None:
    """Live pictures, rendered in Python, in a marimo cell."""


@main.command("marimo-demo")
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("marimo-rfb-demo"),
    show_default=True,
    help="Where the notebook is copied to.",
)
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the notebook's page; 0 for any that is free.")
@click.option("--host", help="Address the notebook's page is served at.  [default: this machine alone]")
@click.option("--headless", is_flag=True, help="Open no browser.")
@click.option("--run/--edit", "as_app", default=True, help="Show the app, or its cells in the editor.  [default: run]")
def marimo_demo(directory: Path, port: int | None, host: str | None, headless: bool, as_app: bool) -> None:
    """Open the demo notebook in marimo.

    A copy of it, so that you can change it; one that you did change is never overwritten without asking.

    The pictures come over a port of their own that the kernel opens on this machine. A browser on another machine must
    be able to reach it too, for example through an SSH tunnel.
    """
    notebook = demo.copy_notebook("marimo-demo.py", directory)
    demo.open_in_marimo(notebook, as_app=as_app, headless=headless, host=host, port=port)


@main.command("doctor")
def doctor_command() -> None:
    """Say what is installed and whether a picture gets through.

    Ends with status 1 when something has to be repaired.
    """
    if not doctor.report(doctor.examine()):
        raise click.exceptions.Exit(1)
