"""Render functions, as an animation calls them."""

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
    """One call of a render function.

    Attributes:
        index: number of calls before this one, of all versions of the function.
        t: animation time in seconds, also the function's first argument.
        dt: animation seconds since the previous call; 0.0 for the first one and after a jump.
        size: width and height to render, device pixels; a picture of that size is shown without scaling. With
            `resize_policy="match_client"` it is `Stream.target_size`, otherwise the size of the largest view on screen,
            or `None` before the first view.
        events: input events since the previous call, oldest first; moves are merged.
        state: a dictionary for the animation's own data; it outlives the function, like `t`, and is cleared when the
            animation ends. With an executor it is empty in each call.
    """

    index: int
    t: float
    dt: float
    size: tuple[int, int] | None
    events: tuple[InputEvent, ...] = ()
    state: dict[str, Any] = field(default_factory=dict)


class RenderFunction:
    """A function of `t`, or of `t` and a `Tick`, with a snapshot of its globals from the time of creation.

    Raises:
        OptionError: it is not callable, or requires other arguments.
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
        """Return the error text of an exception that the function raised."""
        return describe_render_error(exc, self._code)


def _takes_tick(function: Callable[..., Any]) -> bool:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C: assume that it takes `t` only
        return False
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in positional if p.default is p.empty]
    has_varargs = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    required_keywords = [p for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if len(required) > 2 or required_keywords or not (positional or has_varargs):
        name = getattr(function, "__name__", "the function")
        raise OptionError(f"animate calls {name}(t) or {name}(t, tick), but it is {name}{inspect.signature(function)}")
    # A second parameter with a default is the user's own: `def view(t, speed=2.0)`.
    return len(required) == 2


def _code_of(function: Any) -> CodeType | None:
    function = inspect.unwrap(getattr(function, "func", function))
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code if isinstance(code, CodeType) else None
