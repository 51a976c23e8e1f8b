"""A view of a figure: the one fake of the border between a canvas and a notebook."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from marimo_rfb.figures.screens.screens import FigureMessage

__all__ = ["FakeScreen"]


class FakeScreen:
    """A view that notes what a canvas shows, and calls what it asks for when told to."""

    def __init__(self) -> None:
        self.watched = True
        self.has_page = True
        self.pictures: list[npt.NDArray[np.uint8]] = []
        self.ratios: list[float] = []
        self.messages: list[FigureMessage] = []
        self.cursors: list[str] = []
        self.files: list[tuple[str, str, str, bytes]] = []
        self.sizes: list[tuple[int, int]] = []
        self.texts: list[str] = []
        self.descriptions: list[str] = []
        self.flushes = 0
        self.ahead = False
        self._when_ready: list[Callable[[], None]] = []
        self._soon: list[Callable[[], None]] = []
        self._later: list[tuple[float, Callable[[], None]]] = []
        self.now_s = 0.0

    @property
    def awake(self) -> bool:
        return self.watched or not self.has_page

    @property
    def ready(self) -> bool:
        return self.awake and not self.ahead

    def call_when_ready(self, function: Callable[[], None]) -> None:
        self._when_ready.append(function)

    def call_now(self, function: Callable[[], None]) -> None:
        function()

    def notify(self, text: str) -> None:
        self.texts.append(text)

    def describe(self, text: str) -> None:
        self.descriptions.append(text)

    def call_soon(self, function: Callable[[], None]) -> None:
        self._soon.append(function)

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None:
        self._later.append((self.now_s + delay_s, function))

    def publish(self, pixels: npt.NDArray[np.uint8], pixel_ratio: float) -> None:
        self.pictures.append(pixels)
        self.ratios.append(pixel_ratio)

    def post(self, message: FigureMessage) -> None:
        self.messages.append(message)

    def set_cursor(self, css: str) -> None:
        self.cursors.append(css)

    def send_file(self, viewer: str, name: str, mime: str, content: bytes) -> None:
        self.files.append((viewer, name, mime, content))

    def set_css_size(self, width: int, height: int) -> None:
        self.sizes.append((width, height))

    def flush_events(self) -> None:
        self.flushes += 1

    def idle(self) -> None:
        """Let the kernel do what it was asked to."""
        soon, self._soon = self._soon, []
        for function in soon:
            function()

    def take(self) -> None:
        """Take the last picture to be encoded."""
        self.ahead = False
        functions, self._when_ready = self._when_ready, []
        for function in functions:
            function()

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds
        due = [function for at_s, function in self._later if at_s <= self.now_s + 1e-9]
        self._later = [(at_s, function) for at_s, function in self._later if at_s > self.now_s + 1e-9]
        for function in due:
            function()
