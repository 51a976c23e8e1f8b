"""matplotlib's navigation toolbar; its buttons are in the page."""

import io
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import matplotlib as mpl
from matplotlib.backend_bases import NavigationToolbar2

from marimo_rfb.excerpt import excerpt
from marimo_rfb.figures.matplotlib._matplotlib import history
from marimo_rfb.notebook.tool import FIGURE_TOOLS, Tool
from marimo_rfb.wire.messages import RubberBand, StatusText, ToolStates

__all__ = ["TOOLS", "NavigationToolbar"]

# The toolbar of a figure's view.
TOOLS = (*FIGURE_TOOLS, Tool.FULLSCREEN)
# As much as there is room for beside the pointer; a message must not be too long either.
MAX_STATUS_CHARACTERS = 400
MAX_STATUS_LINES = 8


class _Canvas(Protocol):
    """What the toolbar requires of its canvas, besides matplotlib's own interface."""

    figure: Any

    def post(self, message: ToolStates | StatusText | RubberBand) -> None: ...

    def send_file(self, name: str, mime: str, content: bytes) -> None: ...

    def get_default_filename(self) -> str: ...


class NavigationToolbar(NavigationToolbar2):
    """Pans, zooms and goes through the history of views of a figure, as told by the page."""

    canvas: _Canvas  # type: ignore[assignment]

    def press(self, tool: str) -> None:
        """Do what the tool of that name does; unknown names do nothing."""
        match tool:
            case Tool.HOME:
                self.home()
            case Tool.BACK:
                self.back()
            case Tool.FORWARD:
                self.forward()
            case Tool.PAN:
                self.pan()
            case Tool.ZOOM_RECT:
                self.zoom()
            case Tool.SAVE:
                self.save_figure()

    def pan(self, *args: Any) -> None:
        super().pan(*args)
        self._show_states()

    def zoom(self, *args: Any) -> None:
        super().zoom(*args)
        self._show_states()

    def save_figure(self, *args: Any) -> object:
        """Let the user save the figure, in the format `rcParams["savefig.format"]`."""
        file_format = mpl.rcParams["savefig.format"]
        content = io.BytesIO()
        self.canvas.figure.savefig(content, format=file_format)
        name = self.canvas.get_default_filename()
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.canvas.send_file(name, mime, content.getvalue())
        return self.UNKNOWN_SAVED_STATUS

    def set_message(self, s: str) -> None:
        self.canvas.post(StatusText(text=excerpt(s, characters=MAX_STATUS_CHARACTERS, lines=MAX_STATUS_LINES)))

    def draw_rubberband(self, event: Any, x0: float, y0: float, x1: float, y1: float) -> None:
        height = self.canvas.figure.bbox.height
        left, right = sorted((round(x0), round(x1)))
        top, bottom = sorted((round(height - y0), round(height - y1)))
        self.canvas.post(RubberBand(rect=(left, top, right - left, bottom - top)))

    def remove_rubberband(self) -> None:
        self.canvas.post(RubberBand())

    def set_history_buttons(self) -> None:
        self._show_states()

    def adopt_mode(self, other: "NavigationToolbar") -> None:
        """Pan or zoom if `other` does."""
        if other.mode and other.mode != self.mode:
            (self.pan if other.mode == "pan/zoom" else self.zoom)()

    def _show_states(self) -> None:
        pressed = {"pan/zoom": (Tool.PAN.value,), "zoom rect": (Tool.ZOOM_RECT.value,)}.get(self.mode, ())
        position, last = history(self)
        can_go = {Tool.BACK: position > 0, Tool.FORWARD: position < last}
        disabled = tuple(tool.value for tool, can in can_go.items() if not can)
        self.canvas.post(ToolStates(pressed=pressed, disabled=disabled))

    @contextmanager
    def _wait_cursor_for_draw_cm(self) -> Iterator[None]:
        # Each cursor is a message to all viewers, and a draw ends before they see it.
        yield
