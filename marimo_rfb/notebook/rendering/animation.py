"""Animation: a function of time, rendered on a thread of its own."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, Literal

from marimo_rfb.errors import OptionError
from marimo_rfb.flow.animation_clock import AnimationClock
from marimo_rfb.frame import as_data
from marimo_rfb.notebook.rendering.ordered_render_queue import OrderedRenderQueue
from marimo_rfb.notebook.rendering.render_function import RenderFunction, Tick
from marimo_rfb.picture import is_rgb
from marimo_rfb.stream.error_log import ErrorLog
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.options import as_rate, is_number
from marimo_rfb.stream.stream import Stream

__all__ = ["Animation", "AnimationOptions", "WhenHidden"]

log = logging.getLogger(__name__)

WhenHidden = Literal["pause", "run"]

# A change is shown with the next tick; if that is further away than this, it is shown at once.
MAX_REFRESH_DELAY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationOptions:
    """How an animation runs.

    Attributes:
        fps: calls per second, above 0 and at most 1000.
        when_hidden: `"pause"` stops calls and time while no viewer sees the picture; `"run"` continues.
        executor: renders frames in parallel, which are shown in order; `None` for the animation's own thread.

    Raises:
        OptionError: a value is invalid.
    """

    fps: float = 30
    when_hidden: WhenHidden = "pause"
    executor: Executor | None = None

    def __post_init__(self) -> None:
        fps = as_rate(self.fps)
        if fps is None:
            raise OptionError(f"fps is above 0 and at most 1000, got {self.fps!r}")
        object.__setattr__(self, "fps", fps)
        if self.when_hidden not in ("pause", "run"):
            raise OptionError(f'when_hidden is "pause" or "run", got {self.when_hidden!r}')
        if self.executor is not None and not callable(getattr(self.executor, "submit", None)):
            raise OptionError(f"executor is a concurrent.futures.Executor, got {type(self.executor).__name__}")


class Animation:
    """Calls a function of time at a steady rate and publishes its pictures. Every method is thread-safe.

    Runs one call at a time, on a thread of its own. Missed ticks are skipped and counted in the stream's
    `stats.skipped`. Exceptions of the function are shown over the picture, and the calls continue.
    """

    def __init__(self, stream: Stream, render: RenderFunction, options: AnimationOptions) -> None:
        _check(render, options)
        self._stream = stream
        self._feed = feed_of(stream)
        self._render = render
        self._options = options
        self._clock = AnimationClock(options.fps)
        self._playing = True
        self._ticking = False
        # Whether to render even if the time is stopped: for the first frame, a new function, a jump or a new size.
        self._frame_due = True
        self._target_size = stream.target_size
        self._index = 0
        self._t = 0.0
        self._state: dict[str, Any] = {}
        self._failure = ""
        self._errors = ErrorLog(log, f"the animation of stream {stream.name!r}")
        self._closed = False
        self._rendered = threading.Event()
        self._changed = threading.Condition()
        self._runner: asyncio.Runner | None = None
        self._render_queue = OrderedRenderQueue(self._on_change)
        self._stop_listening = stream.audience.listen(self._on_change)
        self._events = EventQueue()
        self._feed.add_event_queue(self._events)
        self._thread = threading.Thread(target=self._run, name=f"rfb-animate {stream.name}", daemon=True)
        self._on_change()  # a viewer may be watching already
        self._thread.start()

    @property
    def t(self) -> float:
        """Animation time of the newest picture, seconds."""
        return self._t

    @property
    def playing(self) -> bool:
        """Whether the time is running, at least while a viewer watches."""
        return self._playing

    @property
    def fps(self) -> float:
        return self._options.fps

    @property
    def closed(self) -> bool:
        return self._closed

    def replace_render(self, render: RenderFunction, options: AnimationOptions) -> None:
        """Continue with another function, without a change of the time."""
        _check(render, options)
        with self._changed:
            self._render = render
            self._options = options
            self._clock.set_fps(options.fps, time.monotonic())
            self._rendered.clear()
            self._frame_due = True
            self._on_change()

    def set_fps(self, fps: float) -> None:
        """Set the rate of calls.

        Raises:
            OptionError: `fps` is not above 0 and at most 1000.
        """
        with self._changed:
            self._options = replace(self._options, fps=fps)
            self._clock.set_fps(self._options.fps, time.monotonic())
            self._changed.notify()

    def play(self) -> None:
        """Resume the time."""
        self._set_playing(True)

    def pause(self) -> None:
        """Stop the time; the picture stays visible."""
        self._set_playing(False)

    def seek(self, t: float) -> None:
        """Continue from second `t`; if paused, show it at once.

        Raises:
            OptionError: `t` is not a finite number.
        """
        if not (is_number(t) and abs(t) < float("inf")):
            raise OptionError(f"t is a number of seconds, got {t!r}")
        with self._changed:
            self._clock.seek(float(t))
            self._t = float(t)
            self._frame_due = True
            self._on_change()

    def wait_for_picture(self, timeout_s: float) -> bool:
        """Wait until the current function was called once; return whether it was."""
        return self._rendered.wait(timeout_s)

    def close(self) -> None:
        """Stop the calls, without waiting for a running one. Idempotent."""
        self._stop_listening()
        self._feed.remove_event_queue(self._events)
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _set_playing(self, playing: bool) -> None:
        with self._changed:
            self._playing = playing
            self._on_change()

    def _on_change(self) -> None:
        """Start or stop ticking after a change of state, audience or size."""
        with self._changed:
            # Here and not on the animation's thread, which would miss a pause that began and ended during one call.
            self._update_ticking(time.monotonic())
            if self._stream.target_size != self._target_size:
                self._target_size = self._stream.target_size
                self._frame_due = True
            self._changed.notify()

    def _run(self) -> None:
        try:
            while (job := self._next_job()) is not None:
                job()
        finally:
            self._render_queue.cancel()
            # Here, where the function can use it no longer: what holds a camera or a file lets go of it.
            self._state.clear()
            if self._runner is not None:
                self._runner.close()

    def _next_job(self) -> Callable[[], None] | None:
        """Wait for the next job and return it; `None` once closed."""
        with self._changed:
            while not self._closed:
                now_s = time.monotonic()
                if self._render_queue.ready:
                    return self._collect
                waits_long = not self._ticking or self._clock.due_s - now_s > MAX_REFRESH_DELAY_S
                if self._frame_due and waits_long and not self._render_queue.full:
                    return self._job(self._t, 0.0)
                if self._ticking and now_s >= self._clock.due_s:
                    clock_tick = self._clock.take(now_s)
                    self._t = clock_tick.t
                    self._stream.stats.skipped += clock_tick.skipped + self._render_queue.full
                    if not self._render_queue.full:
                        return self._job(clock_tick.t, clock_tick.dt)
                else:
                    self._changed.wait(self._clock.due_s - now_s if self._ticking else None)
            return None

    def _update_ticking(self, now_s: float) -> None:
        is_visible = self._options.when_hidden == "run" or self._stream.audience.watching > 0
        ticking = self._playing and is_visible
        if ticking and not self._ticking:
            self._clock.start(now_s)
        self._ticking = ticking

    def _job(self, t: float, dt: float) -> Callable[[], None]:
        render, executor = self._render, self._options.executor
        state = self._state if executor is None else {}
        stream = self._stream
        matches_client = stream.options.resize_policy == "match_client"
        size = stream.target_size if matches_client else stream.audience.size
        tick = Tick(self._index, t, dt, size, tuple(self._events.take()), state)
        self._index += 1
        self._frame_due = False
        if executor is not None:
            return lambda: self._submit(executor, render, tick)
        return lambda: self._show(render, time.perf_counter(), lambda: self._call(render, tick))

    def _call(self, render: RenderFunction, tick: Tick) -> Any:
        function, arguments = render.call(tick)
        if not render.is_coroutine:
            return function(*arguments)
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(function(*arguments))

    def _submit(self, executor: Executor, render: RenderFunction, tick: Tick) -> None:
        try:
            self._render_queue.submit(executor, render, tick)
        except BaseException as exc:  # the executor is shut down, or the function cannot be pickled
            self._fail(render, exc)

    def _collect(self) -> None:
        job = self._render_queue.take()
        self._show(job.render, job.started_s, job.future.result)

    def _show(self, render: RenderFunction, started_s: float, picture: Callable[[], Any]) -> None:
        try:
            rendered = picture()
            self._stream.stats.count_rendered(time.perf_counter() - started_s)
            data = as_data(rendered)
            with self._changed:  # so that nothing is published over other pictures after `close`
                if self._closed:
                    return
                self._feed.publish(data, is_rgb=is_rgb(rendered))
        except BaseException as exc:  # also `SystemExit`, which must not end the thread
            self._fail(render, exc)
            return
        if self._failure:
            self._failure = ""
            self._stream.notify("")
        self._mark_rendered(render)

    def _fail(self, render: RenderFunction, exc: BaseException) -> None:
        if self._stream.closed:
            self.close()
            return
        self._stream.stats.render_errors += 1
        text = render.describe(exc)
        self._errors.add(exc)
        if text != self._failure:
            self._failure = text
            self._stream.notify(text)
        self._mark_rendered(render)

    def _mark_rendered(self, render: RenderFunction) -> None:
        if render is self._render:  # a call of the previous function may end after its replacement
            self._rendered.set()


def _check(render: RenderFunction, options: AnimationOptions) -> None:
    if render.is_coroutine and options.executor is not None:
        raise OptionError("an executor renders plain functions; remove the async, or the executor")
