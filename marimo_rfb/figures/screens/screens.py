"""The screens on which a figure is shown."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from marimo_rfb.wire.messages import RubberBand, StatusText, ToolStates

__all__ = ["FigureMessage", "Screen", "Screens"]

FigureMessage = ToolStates | StatusText | RubberBand


class Screen(Protocol):
    """A view that shows a figure. Kernel's thread only, unless stated otherwise."""

    @property
    def watched(self) -> bool:
        """Whether somebody looks. Any thread."""
        ...

    @property
    def awake(self) -> bool:
        """Whether somebody looks, or the picture is for an export. Any thread."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it is awake and has no picture that waits to be encoded. Any thread."""
        ...

    def call_when_ready(self, function: Callable[[], None]) -> None:
        """Call `function` on the kernel's thread when a picture was taken to be encoded."""
        ...

    def call_soon(self, function: Callable[[], None]) -> None:
        """Call `function` on the kernel's thread soon; its exceptions are shown over the picture. Any thread."""
        ...

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None:
        """Call `function` on the kernel's thread after a delay, likewise. Any thread."""
        ...

    def call_now(self, function: Callable[[], None]) -> None:
        """Call `function` likewise, now; soon if the notebook is embedded in another one."""
        ...

    def publish(self, pixels: npt.NDArray[np.uint8], pixel_ratio: float) -> None:
        """Show `pixels`, RGB or RGBA, which do not change afterwards."""
        ...

    def post(self, message: FigureMessage) -> None:
        """Show the state of the toolbar."""
        ...

    def set_cursor(self, css: str) -> None:
        """Show a CSS cursor."""
        ...

    def notify(self, text: str) -> None:
        """Show a text over the picture; an empty one removes it."""
        ...

    def describe(self, text: str) -> None:
        """Describe the picture to screen readers."""
        ...

    def send_file(self, viewer: str, name: str, mime: str, content: bytes) -> None:
        """Let one viewer save a file."""
        ...

    def set_css_size(self, width: int, height: int) -> None:
        """Resize the view, in CSS pixels."""
        ...

    def flush_events(self) -> None:
        """Process the events that have arrived."""
        ...


class Screens:
    """All screens of a figure, as one; a screen that joins later gets what the others show. Kernel's thread only.

    A figure without screens is not watched, and what is called later is never called.
    """

    def __init__(self) -> None:
        self._all: tuple[Screen, ...] = ()
        self._messages: dict[type[FigureMessage], FigureMessage] = {}
        self._cursor = ""

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, screen: Screen) -> None:
        """Show the figure on `screen` too."""
        self._all = (*self._all, screen)
        for message in self._messages.values():
            screen.post(message)
        screen.set_cursor(self._cursor)

    def remove(self, screen: Screen) -> None:
        """Stop showing the figure on `screen`. Idempotent."""
        self._all = tuple(each for each in self._all if each is not screen)

    @property
    def watched(self) -> bool:
        """Whether somebody looks at one of them. Any thread."""
        return any(screen.watched for screen in self._all)

    @property
    def awake(self) -> bool:
        """Whether one of them is awake. Any thread."""
        return any(screen.awake for screen in self._all)

    @property
    def ready(self) -> bool:
        """Whether one of them is ready. Any thread."""
        return any(screen.ready for screen in self._all)

    def call_when_ready(self, function: Callable[[], None]) -> None:
        """Call `function` when a picture of one of them was taken; more than once if they are many."""
        for screen in self._all:
            screen.call_when_ready(function)

    def call_soon(self, function: Callable[[], None]) -> None:
        """Call `function` by the newest screen. Any thread."""
        for screen in self._all[-1:]:  # read once, because the kernel's thread may change them meanwhile
            screen.call_soon(function)

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None:
        """Call `function` by the newest screen."""
        if self._all:
            self._all[-1].call_later(delay_s, function)

    def call_now(self, function: Callable[[], None]) -> None:
        """Call `function` by the newest screen; without one, directly."""
        if self._all:
            self._all[-1].call_now(function)
        else:
            function()

    def publish(self, pixels: npt.NDArray[np.uint8], pixel_ratio: float) -> None:
        """Show `pixels` on all of them."""
        for screen in self._all:
            screen.publish(pixels, pixel_ratio)

    def post(self, message: FigureMessage) -> None:
        """Show the state of the toolbar on all of them, if it has changed."""
        if self._messages.get(type(message)) == message:
            return
        self._messages[type(message)] = message
        for screen in self._all:
            screen.post(message)

    def set_cursor(self, css: str) -> None:
        """Show a CSS cursor on all of them."""
        self._cursor = css
        for screen in self._all:
            screen.set_cursor(css)

    def notify(self, text: str) -> None:
        """Show a text over all pictures."""
        for screen in self._all:
            screen.notify(text)

    def describe(self, text: str) -> None:
        """Describe all pictures to screen readers."""
        for screen in self._all:
            screen.describe(text)

    def send_file(self, viewer: str, name: str, mime: str, content: bytes) -> None:
        """Let a viewer of one of them save a file."""
        for screen in self._all:
            screen.send_file(viewer, name, mime, content)

    def set_css_size(self, width: int, height: int) -> None:
        """Resize all views, in CSS pixels."""
        for screen in self._all:
            screen.set_css_size(width, height)

    def flush_events(self) -> None:
        """Process the events that have arrived on any of them."""
        for screen in self._all:
            screen.flush_events()
