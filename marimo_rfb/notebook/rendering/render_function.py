"""A function that renders, as an animation calls it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from marimo_rfb.errors import OptionError
from marimo_rfb.events import InputEvent
from marimo_rfb.notebook.rendering.function_snapshot import snapshot_function
from marimo_rfb.notebook.rendering.render_error import describe_render_error

__all__ = ["RenderFunction", "Tick"]


@dataclass(frozen=True, slots=True)
class Tick:
    """One call of a function that renders.

    Attributes:
        index: how many calls there were before it, of all versions of the function.
        t: animation time in seconds, what the function gets as its first argument.
        dt: animation seconds since the call before; 0.0 at first and after a jump.
        size: width and height in device pixels to render in; a picture of that size is shown pixel by pixel. With
            `resize_policy="match_client"` it is `Stream.target_size`, else the size of the largest view on screen, and
            `None` before a page asked.
        events: what people did in the picture since the call before, oldest first; moves are merged.
        state: a dictionary of the animation's own, to keep things in: it outlives the function, as `t` does. Empty each
            time where an executor renders.
    """

    index: int
    t: float
    dt: float
    size: tuple[int, int] | None
    events: tuple[InputEvent, ...] = ()
    state: dict[str, Any] = field(default_factory=dict)


class RenderFunction:
    """A function of `t`, or of `t` and a `Tick`, with the globals it names as they were when it was given.

    Raises:
        OptionError: it is no function, or wants other arguments.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise OptionError(f"animate takes a function of t, got {type(function).__name__}")
        self._function = snapshot_function(function)
        self._takes_tick = _takes_tick(function)
        self._code = _code_of(function)
        self.is_coroutine = inspect.iscoroutinefunction(function)

    def call(self, tick: Tick) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the function and its arguments."""
        return self._function, (tick.t, tick) if self._takes_tick else (tick.t,)

    def describe(self, exc: BaseException) -> str:
        """Return what to tell of an exception that it raised."""
        return describe_render_error(exc, self._code)


def _takes_tick(function: Callable[..., Any]) -> bool:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C: `t` is what it can be expected to want
        return False
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    wanted = [p for p in positional if p.default is p.empty]
    variable = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    named = [p for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if len(wanted) > 2 or named or not (positional or variable):
        name = getattr(function, "__name__", "the function")
        raise OptionError(f"animate calls {name}(t) or {name}(t, tick), but it is {name}{inspect.signature(function)}")
    # A second argument with a default is the caller's own: `def view(t, speed=2.0)`.
    return len(wanted) == 2


def _code_of(function: Any) -> CodeType | None:
    function = inspect.unwrap(getattr(function, "func", function))
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code if isinstance(code, CodeType) else None
