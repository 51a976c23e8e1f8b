"""The notebook's implementation of `Display`, for `Stream.widget` and `Stream.view`."""

from marimo_rfb.notebook.reactive import view_of
from marimo_rfb.notebook.widget import widget_for

__all__ = ["view_of", "widget_for"]
