"""The package in a notebook: widgets, the publishing loop, and servers that end with their cell."""

from marimo_rfb.notebook.publishing import publish_loop
from marimo_rfb.notebook.widget import RfbCanvas, RfbViewer

__all__ = ["RfbCanvas", "RfbViewer", "publish_loop"]
