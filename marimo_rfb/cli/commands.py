"""The commands and their options."""

from pathlib import Path

import click

from marimo_rfb.cli import demo
from marimo_rfb.cli.doctor import versions
from marimo_rfb.errors import OptionError

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(versions.version(), prog_name="marimo-rfb", message="%(prog)s %(version)s")
def main() -> None:
    """Live pictures, rendered in Python, in a marimo cell."""


_directory = click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("marimo-rfb-demo"),
    show_default=True,
    help="Directory for the copy of the notebook.",
)
_port = click.option("--port", type=click.IntRange(0, 65535), help="Port of the notebook's page; 0 for any free port.")
_host = click.option("--host", help="Address to serve the notebook's page at.  [default: only this machine]")
_headless = click.option("--headless", is_flag=True, help="Do not open a browser.")


@main.command("marimo-demo")
@_directory
@_port
@_host
@_headless
@click.option("--run/--edit", "as_app", default=True, help="Show the app, or its cells in the editor.  [default: run]")
def marimo_demo(directory: Path, port: int | None, host: str | None, headless: bool, as_app: bool) -> None:
    """Open the demo notebook in marimo.

    It opens a copy, which you can change; a changed copy is never overwritten without asking.

    A browser on this machine receives the pictures from a port that the kernel opens, a browser on another machine
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

    It opens a copy, which you can change; a changed copy is never overwritten without asking. Arguments after -- are
    passed to JupyterLab.
    """
    demo.check_jupyterlab()
    notebook = demo.copy_notebook("jupyter-demo.ipynb", directory)
    demo.open_in_jupyterlab(notebook, headless=headless, host=host, port=port, options=jupyter_options)


@main.command("doctor")
@click.argument("url", required=False)
@click.option("--token", help="Token of the stream at URL, or of the notebook's server there.")
@click.option("--insecure", is_flag=True, help="Continue although the certificate at URL is not trusted.")
def doctor_command(url: str | None, token: str | None, insecure: bool) -> None:
    """Check the installation, or what a browser meets at URL.

    URL is the address of a stream (ws://host:port/name, the value of stream.ws_url) or of a notebook's page in marimo
    or Jupyter (http://..., as the browser shows it).

    Exits with status 1 if a check fails.
    """
    # Imported late: NumPy, Pillow and websockets would slow down every other command.
    from marimo_rfb.cli.doctor import check_result, installation
    from marimo_rfb.cli.doctor.url import check_url

    if url is None:
        if token is not None or insecure:
            raise click.UsageError("--token and --insecure need an address: marimo-rfb doctor URL")
        results = installation.check()
    else:
        try:
            results = check_url(url, token=token, insecure=insecure)
        except OptionError as exc:
            raise click.BadParameter(str(exc), param_hint="URL") from exc
    if not check_result.print_report(results):
        raise click.exceptions.Exit(1)
