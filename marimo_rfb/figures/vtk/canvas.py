"""The canvas of a live scene."""

import gc
import itertools
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from marimo_rfb.figures.screens.idle_draws import IdleDraws
from marimo_rfb.figures.screens.screens import Screen, Screens
from marimo_rfb.figures.screens.watched_calls import WatchedCalls
from marimo_rfb.figures.vtk.callbacks import raised_by_callbacks
from marimo_rfb.figures.vtk.cursors import css_cursor
from marimo_rfb.figures.vtk.detail import Detail, MovingDetail, details
from marimo_rfb.figures.vtk.pixels import PixelReader
from marimo_rfb.figures.vtk.scene import Scene
from marimo_rfb.figures.vtk.timers import InteractorTimers

__all__ = ["SceneCanvas", "canvas_of"]

# After that, a picture in motion that moves no more is rendered in full.
REST_S = 0.2
# Plotters are in cycles, and a render window has much memory that Python does not count.
RELEASES_PER_COLLECTION = 5

_releases = itertools.count(1)


class SceneCanvas:
    """Renders a scene for the screens that show it. Kernel's thread only.

    What the interactor asks for is rendered when all events are handled, once, and only while somebody looks. What
    others render is shown as it is.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        # The viewer whose event is being handled.
        self.viewer = ""
        # Whether a button is pressed, so that the scene may be moving.
        self.pressed = False
        # Whether the wheel has turned since the last picture.
        self.turned = False
        self._screens = Screens()
        self._pixels = PixelReader()
        self._detail = MovingDetail(details(scene.window.GetMultiSamples()))
        self._timers = InteractorTimers(scene.interactor, self)
        self._pixel_ratio = 1.0
        self._own_dpi = scene.window.GetDPI()
        self._size: tuple[int, int] = scene.window.GetSize()
        self._rendered_size = (0, 0)
        self._rendered_time = 0
        self._handling = False
        self._rendering = False
        self._idle = IdleDraws(self._screens, self._on_idle)
        self._cursor = 0
        self._is_dirty = True
        self._is_unpublished = False
        self._is_reduced = False
        self._is_at_rest = False
        self._is_first = True
        self._rest: object = None
        self._calls = WatchedCalls(self._screens, self._handle)
        self._ended = False
        self._observers: list[tuple[Any, int]] = []
        window, interactor = scene.window, scene.interactor
        interactor.UpdateSize(*self._size)
        # Styles and widgets then ask to render, by `RenderEvent`.
        interactor.SetEnableRender(False)
        self._observe(interactor, "RenderEvent", self.draw_idle)
        # Nothing ends: the keys q and e would end a loop of events.
        self._observe(interactor, "ExitEvent", self._ignore)
        self._observe(interactor, "CreateTimerEvent", self._timers.create)
        self._observe(interactor, "DestroyTimerEvent", self._timers.destroy)
        self._observe(interactor, "ResetTimerEvent", self._timers.reset)
        self._observe(window, "EndEvent", self._on_rendered)

    def _observe(self, thing: Any, event: str, method: Callable[[], None]) -> None:
        # Weakly, because VTK's objects may outlive this one, and not every cycle through them is found.
        reference = weakref.WeakMethod(method)

        def call(*_: Any) -> None:
            if (found := reference()) is not None:
                found()

        self._observers.append((thing, thing.AddObserver(event, call)))

    # Screens.

    @property
    def shown(self) -> bool:
        """Whether a screen shows the scene."""
        return bool(self._screens)

    def attach(self, screen: Screen) -> None:
        """Show the scene on `screen` too."""
        self._screens.add(screen)
        if screen.watched:
            screen.call_soon(self.wake)

    def detach(self, screen: Screen) -> None:
        """Stop showing the scene on `screen`. Idempotent."""
        self._screens.remove(screen)

    def wake(self) -> None:
        """Render what has changed, and run the timers that are due, now that somebody looks."""
        self._calls.wake()
        self._idle.schedule()

    def call_when_watched(self, delay_s: float, function: Callable[[], None]) -> None:
        """Call `function` after a delay, within `handling`, and not before somebody looks."""
        self._calls.add(delay_s, function)

    def _handle(self, function: Callable[[], None]) -> None:
        if self._ended:
            return
        with self.handling():
            if self.ready:
                with raised_by_callbacks():
                    function()

    @property
    def ready(self) -> bool:
        """Whether the scene can be used: its plotter was not closed."""
        return not (self._ended or self.scene.closed)

    def close(self) -> None:
        """Let the scene go, whose last view was closed."""
        if self._ended:
            return
        self._ended = True
        self._timers.stop()
        self._calls.clear()
        _canvases.pop(id(self.scene.window), None)
        for thing, tag in self._observers:
            thing.RemoveObserver(tag)
        self._observers.clear()
        if not self.scene.closed:
            self.scene.interactor.SetEnableRender(True)
            self.scene.window.SetDPI(self._own_dpi)
        self.scene.release()
        if next(_releases) % RELEASES_PER_COLLECTION == 0:
            gc.collect()

    # Rendering.

    @property
    def pixel_ratio(self) -> float:
        """Device pixels per CSS pixel of the view."""
        return self._pixel_ratio

    @property
    def css_size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        width, height = self._size
        return round(width / self._pixel_ratio), round(height / self._pixel_ratio)

    @property
    def height(self) -> int:
        """Height in device pixels."""
        return self._size[1]

    def resize(self, width: int, height: int, pixel_ratio: float) -> None:
        """Render in that size from now on, in device pixels, with text as large as it was in CSS pixels."""
        if ((width, height), pixel_ratio) == (self._size, self._pixel_ratio) or not self.ready:
            return
        self._size, self._pixel_ratio = (width, height), pixel_ratio
        self._is_first = True
        with self.handling():
            self.scene.window.SetDPI(round(self._own_dpi * pixel_ratio))
            self.scene.interactor.UpdateSize(width, height)
            self.scene.interactor.InvokeEvent("ConfigureEvent")
            self.draw_idle()

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
            if self.ready:
                self._timers.look()
                self._show_cursor()
                self._show_changes()

    def draw(self) -> None:
        """Render and show the scene now."""
        if self.ready:
            self._render()
            if self._is_unpublished:  # not while its plotter suppresses rendering
                self._publish()

    def draw_idle(self) -> None:
        """Render the scene when the kernel is idle; several requests are one picture."""
        self._is_dirty = True
        if not (self._handling or self._rendering):
            self._idle.schedule()

    def look(self) -> None:
        """Render what other cells have changed without rendering it."""
        if not self.ready:
            return
        self._timers.look()
        if self._take_size() or self.scene.modified_time > self._rendered_time:
            self.draw_idle()

    def _take_size(self) -> bool:
        """Resize the views to a size that a user has given to the window; return whether there is one."""
        size = self.scene.window.GetSize()
        if size == self._size:
            return False
        self._size = size
        self._is_first = True
        self._screens.set_css_size(*size)
        return True

    def _on_idle(self) -> None:
        if self._screens:
            with self.handling():
                pass

    def _on_rest(self, rest: object) -> None:
        if rest is self._rest and self._is_reduced:
            self._is_at_rest = True
            self._on_idle()
            self._is_at_rest = False

    def _show_cursor(self) -> None:
        # Only some windows have an event for it.
        cursor = self.scene.window.GetCurrentCursor()
        if cursor != self._cursor:
            self._cursor = cursor
            self._screens.set_cursor(css_cursor(cursor))

    def _show_changes(self) -> None:
        if not self._screens.awake:
            return
        if self._is_reduced and not self._is_moving:
            self._is_dirty = True
        if self._is_unpublished and self._rendered_size != self._size:
            self._is_dirty = True  # it is of a screenshot in another size
        if self._is_dirty:
            self._render()
        if self._is_unpublished:
            self._publish()
        self.turned = False

    @property
    def _is_moving(self) -> bool:
        return (self.pressed or self.turned) and not self._is_at_rest

    def _render(self) -> None:
        is_moving = self._is_moving
        detail = self._detail.current if is_moving else Detail()
        start_s = time.perf_counter()
        self._rendering = True
        try:
            with raised_by_callbacks():
                if detail == Detail():
                    self.scene.render()
                else:
                    self._render_reduced(detail)
        finally:
            self._rendering = False
        # What its own callbacks change does not ask for the next picture, which would have no end.
        self._rendered_time = self.scene.modified_time
        # What a first picture takes, to compile its shaders, is no measure.
        if is_moving and not self._is_first:
            self._detail.note(time.perf_counter() - start_s)
        self._is_first = False
        # Even if its plotter suppresses that.
        self._is_dirty = False

    def _render_reduced(self, detail: Detail) -> None:
        self._is_unpublished = False
        with _reduced(self.scene.window, detail):
            self.scene.render()
            if not self._is_unpublished:
                return
            self._is_unpublished = False
            self._screens.publish(self._pixels.read(self.scene.window), self._pixel_ratio / detail.divisor)
        self._is_reduced = True
        rest = self._rest = object()
        self._screens.call_later(REST_S, lambda: self._on_rest(rest))

    def _publish(self) -> None:
        self._is_unpublished = False
        self._is_reduced = False
        self._screens.publish(self._pixels.read(self.scene.window), self._pixel_ratio)

    def _on_rendered(self) -> None:
        self._is_dirty = not self.scene.is_whole_picture  # what a picker leaves behind is not for people
        self._is_unpublished = not self._is_dirty
        self._rendered_size = self.scene.window.GetSize()
        self._rendered_time = self.scene.modified_time
        if not (self._handling or self._rendering):
            self._idle.schedule()

    def _ignore(self) -> None:
        pass


@contextmanager
def _reduced(window: Any, detail: Detail) -> Iterator[None]:
    """Let `window` render in that detail; at the end it is as before, and has allocated nothing."""
    (width, height), dpi, samples = window.GetSize(), window.GetDPI(), window.GetMultiSamples()
    window.SetSize(max(1, width // detail.divisor), max(1, height // detail.divisor))
    window.SetDPI(max(1, round(dpi / detail.divisor)))
    window.SetMultiSamples(samples if detail.multisampled else 0)
    try:
        yield
    finally:
        window.SetSize(width, height)
        window.SetDPI(dpi)
        window.SetMultiSamples(samples)


_canvases: weakref.WeakValueDictionary[int, SceneCanvas] = weakref.WeakValueDictionary()


def canvas_of(thing: Any) -> SceneCanvas:
    """Return the live canvas of a render window or a plotter, made if needed.

    Raises:
        OptionError: it cannot be rendered; the message says what can.
    """
    scene = Scene(thing)
    # A canvas keeps its window, so no other one has its number.
    canvas = _canvases.get(id(scene.window))
    if canvas is None:
        canvas = _canvases[id(scene.window)] = SceneCanvas(scene)
    return canvas
