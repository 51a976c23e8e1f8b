"""Static fallback for a widget in a Jupyter notebook's file, for viewing it without a kernel."""

import base64
import html
import secrets
import weakref
from typing import Any, Protocol

from marimo_rfb.encode.thumbnail import mime_of
from marimo_rfb.notebook.hosts import _ipython
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.stills.thumbnail_updater import ThumbnailUpdater
from marimo_rfb.stream.stream import Stream

__all__ = ["StaticFallback", "discard_fallback", "display_widget"]

# Each update changes the notebook, which then has unsaved changes; so updates are rare while the picture moves.
UPDATE_INTERVAL_S = 30.0

# For JupyterLab, Notebook and nbconvert's HTML, where the widget's output follows the thumbnail: hides the thumbnail
# while there is a widget, and Jupyter's error output while there is none.
_STYLE = """
.jp-OutputArea-child:has([data-rfb-still]):has(+ .jp-OutputArea-child .rfb-root),
.jp-OutputArea-child:has([data-rfb-still]) + .jp-OutputArea-child:has(> .jp-OutputArea-output.jupyter-widgets) {
  display: none;
}
"""


class FallbackWidget(Protocol):
    """The widget that a thumbnail replaces."""

    height: int
    fit: str
    alt: str

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None: ...


class StaticFallback:
    """An output with a thumbnail of a stream, updated when the picture settles.

    It must be a separate output. If an output has a widget's data, Jupyter shows no other form of it, and neither does
    nbconvert, whose pages then load the widget from the network.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._session = Session.current()
        self._id = secrets.token_hex(8)
        self._thumbnail = b""
        self._alt = self._style = ""
        self._cells: set[_ipython.Cell] = set()
        # Without a page, a converter runs the notebook and may end at any time: so the first picture is shown at once,
        # and then the last one of each cell.
        self._updater = ThumbnailUpdater(
            stream,
            self._on_thumbnail,
            at_once=lambda: not (self._thumbnail or self._session.has_page),
            interval_s=UPDATE_INTERVAL_S,
        )
        self._unsubscribes = [_ipython.after_each_cell(self._after_cell), stream.audience.listen(self._on_audience)]

    @property
    def closed(self) -> bool:
        return not self._unsubscribes

    def display(self, widget: FallbackWidget) -> None:
        """Add the output to the running cell, in the size of `widget`."""
        self._alt = widget.alt or f"Live picture of stream {self._stream.name}"
        self._style = f"display: block; width: 100%; height: {widget.height}px; object-fit: {widget.fit}"
        cell = _ipython.current_cell()
        if cell is not None and cell not in self._cells:
            self._cells.add(cell)
            cell.on_disposal(lambda: self._on_cell_disposal(cell))
        self._updater.update()
        _ipython.display_output(self._data(), display_id=self._id)

    def close(self) -> None:
        """Stop updating the output. Idempotent."""
        stops, self._unsubscribes = self._unsubscribes, []
        for stop in stops:
            stop()
        self._updater.close()

    def _on_thumbnail(self, thumbnail: bytes) -> None:
        self._thumbnail = thumbnail
        if self._alt:  # it is displayed
            _ipython.update_output(self._data(), display_id=self._id)

    def _after_cell(self) -> None:
        if not self._session.has_page:
            self._updater.update()

    def _on_audience(self) -> None:
        # The page may be closing, or hidden for long.
        if self._stream.audience.watching == 0:
            self._updater.schedule_update()

    def _on_cell_disposal(self, cell: _ipython.Cell) -> None:
        self._cells.discard(cell)
        if not self._cells:
            self.close()

    def _data(self) -> dict[str, str]:
        if not self._thumbnail:
            return {"text/plain": self._alt, "text/html": "<i data-rfb-still></i>"}
        mime, picture = mime_of(self._thumbnail), base64.b64encode(self._thumbnail).decode()
        image = (
            f'<img data-rfb-still="{self._id}" src="data:{mime};base64,{picture}" alt="{html.escape(self._alt)}" '
            f'style="{self._style}">'
        )
        # The picture twice, for formats without HTML, such as LaTeX.
        return {"text/plain": self._alt, "text/html": f"<style>{_STYLE}</style>{image}", mime: picture}


_fallbacks: "weakref.WeakKeyDictionary[FallbackWidget, StaticFallback]" = weakref.WeakKeyDictionary()


def display_widget(widget: FallbackWidget, stream: Stream | None) -> None:
    """Display `widget` in the running Jupyter cell, with a thumbnail of `stream` if that is known."""
    bundle = widget._repr_mimebundle_()
    assert bundle is not None  # our widgets have a view
    data, metadata = bundle
    cell = _ipython.current_cell()
    # VS Code's cell ids are URIs. Its pages have other classes, so the style would not hide the thumbnail there.
    if stream is not None and _ipython.in_kernel() and (cell is None or ":" not in cell.id):
        fallback = _fallbacks.get(widget)
        if fallback is None or fallback.closed:
            fallback = _fallbacks[widget] = StaticFallback(stream)
        fallback.display(widget)
        # Without widget support the thumbnail is enough.
        data = {**data, "text/plain": ""}
    _ipython.display_output(data, metadata)


def discard_fallback(widget: FallbackWidget) -> None:
    """Stop updating the thumbnail of `widget`: the output of a callback has no cell that would end it."""
    fallback = _fallbacks.pop(widget, None)
    if fallback is not None:
        fallback.close()
