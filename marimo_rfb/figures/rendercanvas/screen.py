"""A view that shows a canvas."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.screens.screens import Screen
from marimo_rfb.figures.screens.view_screen import ViewScreen
from marimo_rfb.notebook.view import View

__all__ = ["CanvasScreen", "SceneCanvas"]


class SceneCanvas(Protocol):
    """What a screen needs of a canvas of rendercanvas. Kernel's thread only."""

    title: str

    @property
    def shown(self) -> bool: ...
    def attach(self, screen: Screen) -> None: ...
    def detach(self, screen: Screen) -> None: ...
    def resize(self, width: int, height: int, pixel_ratio: float) -> None: ...
    def handle(self, event: InputEvent) -> None: ...
    def draw_if_due(self) -> None: ...
    def get_closed(self) -> bool: ...
    def get_logical_size(self) -> tuple[float, float]: ...


class CanvasScreen(ViewScreen):
    """Shows a canvas in a view.

    Args:
        view: the view.
        canvas: the canvas.
        replaced: what the view showed before; the size of the view stays.
        describes: whether the canvas' title is the view's `alt`.
    """

    def __init__(
        self, view: View, canvas: SceneCanvas, *, replaced: "CanvasScreen | None" = None, describes: bool = True
    ) -> None:
        super().__init__(view, _Shown(canvas), canvas.handle, describes=describes)
        # Of the canvas as it was given, before it follows the view.
        self._own_size = canvas.get_logical_size()

        def start() -> None:
            if replaced is not None and self._own_size == replaced._own_size:
                self.fit()

        self.begin(start)


class _Shown:
    """A canvas as a screen knows it: ends when nobody refers to it, not with its last view."""

    def __init__(self, canvas: SceneCanvas) -> None:
        self._canvas = canvas
        self.viewer = ""

    @property
    def shown(self) -> bool:
        return self._canvas.shown

    def attach(self, screen: Screen) -> None:
        self._canvas.attach(screen)

    def detach(self, screen: Screen) -> None:
        self._canvas.detach(screen)

    @contextmanager
    def handling(self) -> Iterator[None]:
        yield

    def resize(self, width: int, height: int, pixel_ratio: float) -> None:
        self._canvas.resize(width, height, pixel_ratio)

    def wake(self) -> None:
        self._canvas.draw_if_due()

    def close(self) -> None:
        """Do nothing; it may be shown again."""
