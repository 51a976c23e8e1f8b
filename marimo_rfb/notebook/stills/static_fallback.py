"""The still beside a widget in a Jupyter notebook's file, for where the widget cannot be: there is no kernel."""

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

# Each changes the notebook, which is then to be saved, so while the picture moves there are few.
UPDATE_INTERVAL_S = 30.0

# What the still is made to give way to is the output that follows it, in JupyterLab, Notebook and what nbconvert
# writes: while a widget is there the still is hidden, and when there is none so is what Jupyter says instead of it.
_STYLE = """
.jp-OutputArea-child:has([data-rfb-still]):has(+ .jp-OutputArea-child .rfb-root),
.jp-OutputArea-child:has([data-rfb-still]) + .jp-OutputArea-child:has(> .jp-OutputArea-output.jupyter-widgets) {
  display: none;
}
"""


class FallbackWidget(Protocol):
    """The widget that a still stands in for."""

    height: int
    fit: str
    alt: str

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None: ...


class StaticFallback:
    """An output with a still of a stream, which is exchanged when the picture rests.

    It must be an output of its own. Beside a widget's own data Jupyter shows no other form, nor does nbconvert, whose
    pages then ask the network for the widget.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._session = Session.current()
        self._id = secrets.token_hex(8)
        self._thumbnail = b""
        self._alt = self._style = ""
        self._cells: set[_ipython.Cell] = set()
        # With nobody looking, a converter runs the notebook and may be at its end: it gets the first picture as soon as
        # there is one, and then those that cells end with.
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
        """Add the output to the running cell, in the size that `widget` has."""
        self._alt = widget.alt or f"Live picture of stream {self._stream.name}"
        self._style = f"display: block; width: 100%; height: {widget.height}px; object-fit: {widget.fit}"
        cell = _ipython.current_cell()
        if cell is not None and cell not in self._cells:
            self._cells.add(cell)
            cell.on_disposal(lambda: self._on_cell_disposal(cell))
        self._updater.update()
        _ipython.display_output(self._data(), display_id=self._id)

    def close(self) -> None:
        """Exchange it no more. Twice is fine."""
        stops, self._unsubscribes = self._unsubscribes, []
        for stop in stops:
            stop()
        self._updater.close()

    def _on_thumbnail(self, thumbnail: bytes) -> None:
        self._thumbnail = thumbnail
        if self._alt:  # it was put out
            _ipython.update_output(self._data(), display_id=self._id)

    def _after_cell(self) -> None:
        if not self._session.has_page:
            self._updater.update()

    def _on_audience(self) -> None:
        # Before the page is closed, or left for long.
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
        # The picture twice, for what takes no HTML, such as LaTeX.
        return {"text/plain": self._alt, "text/html": f"<style>{_STYLE}</style>{image}", mime: picture}


_fallbacks: "weakref.WeakKeyDictionary[FallbackWidget, StaticFallback]" = weakref.WeakKeyDictionary()


def display_widget(widget: FallbackWidget, stream: Stream | None) -> None:
    """Add the outputs that show `widget` to the running Jupyter cell: it, and a still of `stream` if that is known."""
    bundle = widget._repr_mimebundle_()
    assert bundle is not None  # ours have a view
    data, metadata = bundle
    cell = _ipython.current_cell()
    # VS Code names its cells by addresses. Its pages are built otherwise, so there nothing would hide the still.
    if stream is not None and _ipython.in_kernel() and (cell is None or ":" not in cell.id):
        thumbnail = _fallbacks.get(widget)
        if thumbnail is None or thumbnail.closed:
            thumbnail = _fallbacks[widget] = StaticFallback(stream)
        thumbnail.display(widget)
        # Where the widget is not known the still says it all.
        data = {**data, "text/plain": ""}
    _ipython.display_output(data, metadata)


def discard_fallback(widget: FallbackWidget) -> None:
    """Exchange the still of `widget` no more: what a callback put out belongs to no cell, which would end it."""
    thumbnail = _fallbacks.pop(widget, None)
    if thumbnail is not None:
        thumbnail.close()
