"""The command `marimo-rfb`, also known as `pdum-rfb`."""

from marimo_rfb.cli.commands import main

__all__ = ["main"]
