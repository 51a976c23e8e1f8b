"""The notebook interface: views, widgets, the publishing loop, and servers that close with their cell."""

from marimo_rfb.notebook.publishing import publish_loop
from marimo_rfb.notebook.widget import RfbCanvas, RfbViewer

__all__ = ["RfbCanvas", "RfbViewer", "publish_loop"]
