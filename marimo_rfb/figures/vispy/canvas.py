"""The canvas of a live scene."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vispy.app.base import BaseCanvasBackend

from marimo_rfb.errors import RfbError
from marimo_rfb.figures.screens.idle_draws import IdleDraws
from marimo_rfb.figures.screens.screens import Screen, Screens
from marimo_rfb.figures.vispy._vispy import NAME, raising, uses_desktop_gl
from marimo_rfb.figures.vispy.contexts import Context, new_context
from marimo_rfb.figures.vispy.framebuffer import Framebuffer
from marimo_rfb.figures.vispy.timer import Watch

__all__ = ["LiveCanvas"]

# Between two draws of a canvas that asks for the next one while it draws.
FRAME_S = 1 / 60


class LiveCanvas(BaseCanvasBackend):  # type: ignore[misc]
    """Draws a canvas off screen for the screens that show it. Kernel's thread only; `_vispy_update` any thread.

    Draws run when the kernel is idle, one at a time, and only while somebody looks.
    """

    # The page detects them.
    _double_click_supported = True

    def __init__(self, vispy_canvas: Any, **kwargs: Any) -> None:
        super().__init__(vispy_canvas)
        options = self._process_backend_kwargs(kwargs)
        if not uses_desktop_gl():
            raise RfbError("there is no libGL; on Debian and Ubuntu: apt install libgl1, and restart the kernel")
        self._screens = Screens()
        self._watch: Watch | None = None
        # The viewer whose event is being handled.
        self.viewer = ""
        self._css_size = _whole(*options.size)
        self._device_size = self._css_size
        self._pixel_ratio = 1.0
        self._idle = IdleDraws(self._screens, self._on_idle)
        self._handling = self._drawing = False
        self._is_dirty = True
        # Shown by its own constructor, it cannot be drawn before that has returned.
        self._is_built = not options.show
        shared = options.context.shared
        shared.add_ref(NAME, self)
        self._gl: Context | None = new_context() if shared.ref is self else shared.ref.context
        self.context.make_current()
        self._framebuffer = Framebuffer(self.context, self._device_size, options.context.config)
        vispy_canvas.set_current()
        vispy_canvas.events.initialize()
        if options.show:
            self._vispy_set_visible(True)

    @property
    def canvas(self) -> Any:
        """The `vispy.app.Canvas`."""
        return self._vispy_canvas

    @property
    def context(self) -> Context:
        """The OpenGL context.

        Raises:
            RfbError: the canvas was closed.
        """
        if self._gl is None:
            raise RfbError("this canvas was closed; create another one")
        return self._gl

    @property
    def closed(self) -> bool:
        """Whether the canvas was closed."""
        return self._gl is None

    @property
    def is_built(self) -> bool:
        """Whether it can be drawn."""
        return self._is_built

    @property
    def pixel_ratio(self) -> float:
        """Device pixels per CSS pixel of the view."""
        return self._pixel_ratio

    @property
    def css_size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        return self._css_size

    @property
    def description(self) -> str:
        """What the canvas is, for screen readers."""
        return f"Figure: {self.canvas.title}"

    def set_cursor(self, css: str) -> None:
        """Show a CSS cursor, such as `"crosshair"`, over the canvas; `""` for the usual one."""
        self._screens.set_cursor(css)

    # Screens.

    @property
    def shown(self) -> bool:
        """Whether a screen shows the canvas."""
        return bool(self._screens)

    @property
    def watched(self) -> bool:
        """Whether somebody looks at it. Any thread."""
        return self._screens.watched

    def attach(self, screen: Screen) -> None:
        """Show the canvas on `screen` too."""
        self._screens.add(screen)
        self._watch = Watch.current()
        self._watch.add(self)
        if screen.watched:
            screen.call_soon(self.wake)

    def detach(self, screen: Screen) -> None:
        """Stop showing the canvas on `screen`. Idempotent."""
        self._screens.remove(screen)

    def wake(self) -> None:
        """Draw what has changed, and run the timers that are due, now that somebody looks."""
        if self._watch is not None:
            self._watch.wake()
        if self._is_dirty:
            self._idle.schedule()

    def close(self) -> None:
        """Let another thread free the canvas, whose last view was closed.

        It may be shown again, and is freed when it is collected; but not in a thread that ended with it.
        """
        if self._gl is not None:
            self._gl.release()

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None:
        """Call `function` after a delay, within `handling`; its exceptions are shown over the picture."""

        def call() -> None:
            with self.handling():
                function()

        self._screens.call_later(delay_s, call)

    # Drawing.

    def resize(self, width: int, height: int, pixel_ratio: float) -> None:
        """Draw in that size from now on, in device pixels."""
        # The sizes of views are even, and a canvas need not change for that.
        if pixel_ratio == self._pixel_ratio and math.dist(self._device_size, (width, height)) < 2:
            return
        self._pixel_ratio = pixel_ratio
        self._device_size = _whole(width, height)
        self._css_size = _whole(width / pixel_ratio, height / pixel_ratio)
        with self.handling():
            self.restart()

    def restart(self) -> None:
        """Tell the canvas its size, and draw it anew, when all events are handled or the kernel is idle."""
        if self.closed or not self._is_built:
            return
        self._vispy_update()
        with raising():
            self.canvas.set_current()
            self._framebuffer.resize(self._device_size)
            self.canvas.events.resize(size=self._css_size, physical_size=self._device_size)

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Handle events; changes are shown at the end."""
        if self._handling:
            yield
            return
        self._handling = True
        try:
            yield
        finally:
            self._handling = False
            self._show_changes()

    def draw(self) -> None:
        """Draw and show the canvas now.

        Raises:
            RfbError: it was closed.
            Exception: what the first callback raised that failed.
        """
        canvas = self.canvas
        self._drawing = True
        try:
            canvas.set_current()
            self._is_dirty = False
            with raising():
                canvas.events.draw(region=None)
            pixels = self._framebuffer.read()
        finally:
            self._drawing = False
        self._screens.publish(pixels, self._pixel_ratio)
        if self._is_dirty and self._screens.watched:
            self._idle.schedule(FRAME_S)

    def flush_events(self) -> None:
        """Process the events that have arrived and show the changes."""
        with self.handling():
            self._screens.flush_events()
            self._show_changes()

    def build(self) -> None:
        """Draw it, now that its constructor has returned, though nobody looks yet."""
        if not self._is_built and not self.closed:
            self._is_built = True
            with self.handling():
                self.restart()
                self.draw()

    def _on_idle(self) -> None:
        with self.handling():
            pass

    def _show_changes(self) -> None:
        if self._is_dirty and self._is_built and not self.closed and self._screens.awake:
            self.draw()

    # Events.

    def emit_mouse(self, kind: str, **fields: Any) -> None:
        """Emit a mouse event of vispy's, such as `"press"`."""
        if self.closed:
            return
        with raising():
            if kind == "wheel":
                self.canvas.events.mouse_wheel(**fields)
            else:
                self._last_time = 0  # moves were merged; vispy would drop the last one of a quick movement
                getattr(self, f"_vispy_mouse_{kind}")(**fields)

    def emit_key(self, kind: str, **fields: Any) -> None:
        """Emit a key event of vispy's, `"press"` or `"release"`."""
        if self.closed:
            return
        with raising():
            self.canvas.events[f"key_{kind}"](**fields)

    # vispy's interface of back ends.

    def _vispy_warmup(self) -> None:
        self.draw()

    def _vispy_set_current(self) -> None:
        self.context.make_current()
        self._framebuffer.bind()

    def _vispy_get_fb_bind_location(self) -> int:
        return self._framebuffer.number

    def _vispy_swap_buffers(self) -> None:
        pass

    def _vispy_update(self) -> None:
        self._is_dirty = True
        if not (self._handling or self._drawing):
            self._idle.schedule()

    def _vispy_close(self) -> None:
        if self._gl is not None:
            self._gl.make_current()
            self._framebuffer.delete()
            self._gl = None  # destroyed with the last canvas that shares it

    def _vispy_set_size(self, w: float, h: float) -> None:
        size = _whole(w, h)
        if size == self._css_size:
            return
        self._css_size = size
        self._device_size = _whole(size[0] * self._pixel_ratio, size[1] * self._pixel_ratio)
        self._screens.set_css_size(*size)
        self.restart()

    def _vispy_get_size(self) -> tuple[int, int]:
        return self._css_size

    def _vispy_get_physical_size(self) -> tuple[int, int]:
        return self._device_size

    def _vispy_get_position(self) -> tuple[int, int]:
        return 0, 0

    def _vispy_get_fullscreen(self) -> bool:
        return False

    def _vispy_set_title(self, title: str) -> None:
        self._screens.describe(self.description)

    # The place of a view is the page's.

    def _vispy_set_position(self, x: float, y: float) -> None:
        pass

    def _vispy_set_fullscreen(self, fullscreen: bool) -> None:
        pass


def _whole(width: float, height: float) -> tuple[int, int]:
    return max(1, round(width)), max(1, round(height))
