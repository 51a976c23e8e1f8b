"""What shows a stream in a notebook, as `Stream.widget` and `Stream.view` ask for it."""

from marimo_rfb.notebook.reactive import view_of
from marimo_rfb.notebook.widget import widget_for

__all__ = ["view_of", "widget_for"]
