import asyncio
import functools
from collections.abc import Callable
from typing import Any

import pytest

from marimo_rfb.errors import OptionError
from marimo_rfb.notebook.rendering.render_function import RenderFunction, Tick

TICK = Tick(index=7, t=1.5, dt=0.25, size=(800, 600))


def called(function: Callable[..., Any]) -> Any:
    """Return what `function` returns when an animation calls it."""
    frozen, arguments = RenderFunction(function).call(TICK)
    return frozen(*arguments)


class Scene:
    def of_time(self, t: float) -> Any:
        return ("method", t)

    def of_tick(self, t: float, tick: Tick) -> Any:
        return ("method", t, tick)

    def __call__(self, t: float, tick: Tick) -> Any:
        return ("object", t, tick)


def test_a_function_of_time_gets_the_time() -> None:
    assert called(lambda t: ("time", t)) == ("time", 1.5)


def test_a_function_of_time_and_tick_gets_both() -> None:
    assert called(lambda t, tick: (t, tick)) == (1.5, TICK)


def test_a_function_of_any_number_gets_the_time() -> None:
    assert called(lambda *arguments: arguments) == (1.5,)
    assert called(lambda t, *more: (t, more)) == (1.5, ())


def test_a_second_argument_with_a_default_is_the_caller_s_own() -> None:
    def view(t: float, speed: float = 2.0) -> float:
        return speed * t

    assert called(view) == 3.0


def test_defaults_after_the_tick_are_left_alone() -> None:
    def view(t: float, tick: Tick, speed: float = 2.0, *, gain: float = 3.0) -> Any:
        return (t, tick, speed, gain)

    assert called(view) == (1.5, TICK, 2.0, 3.0)


def test_methods_partials_and_objects_will_do() -> None:
    assert called(Scene().of_time) == ("method", 1.5)
    assert called(Scene().of_tick) == ("method", 1.5, TICK)
    assert called(Scene()) == ("object", 1.5, TICK)
    assert called(functools.partial(lambda gain, t: gain * t, 4.0)) == 6.0
    assert called(functools.partial(lambda t, tick, gain: (t, tick, gain), gain=4.0)) == (1.5, TICK, 4.0)


def test_a_function_of_c_gets_the_time() -> None:
    assert called(abs) == 1.5
    assert called(float) == 1.5


def test_a_decorated_function_is_asked_by_its_own_signature() -> None:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any) -> Any:
            return ("decorated", function(*args))

        return wrapper

    @decorate
    def view(t: float, tick: Tick) -> Any:
        return (t, tick)

    assert called(view) == ("decorated", (1.5, TICK))


def test_a_coroutine_function_is_known_as_one() -> None:
    async def view(t: float) -> float:
        await asyncio.sleep(0)
        return t

    render = RenderFunction(view)
    assert render.is_coroutine
    function, arguments = render.call(TICK)
    assert asyncio.run(function(*arguments)) == 1.5
    assert not RenderFunction(lambda t: t).is_coroutine


def three(t: float, tick: Tick, extra: int) -> None: ...
def none() -> None: ...
def only_named(*, t: float) -> None: ...
def a_name_besides(t: float, *, gain: float) -> None: ...


@pytest.mark.parametrize("function", [three, none, only_named, a_name_besides, lambda: 1])
def test_a_function_that_wants_something_else_is_told_what_it_gets(function: Callable[..., Any]) -> None:
    name = function.__name__
    with pytest.raises(OptionError) as caught:
        RenderFunction(function)
    assert str(caught.value).startswith(f"animate calls {name}(t) or {name}(t, tick), but it is {name}(")


@pytest.mark.parametrize("function", [None, 24, "view", [], object()])
def test_what_is_no_function_is_refused(function: Any) -> None:
    with pytest.raises(OptionError, match=f"animate takes a function of t, got {type(function).__name__}"):
        RenderFunction(function)


def test_a_function_goes_on_when_its_namespace_is_cleared() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("level = 5\ndef scene(t): return t * level\ndef view(t): return scene(t)", namespace)
    function, arguments = RenderFunction(namespace["view"]).call(TICK)
    namespace.clear()
    assert function(*arguments) == 7.5


def test_what_a_function_raises_is_told_with_its_line() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(
        compile("def view(t):\n    return helper(t)\n\ndef helper(t):\n    return 1 / 0\n", "<cell>", "exec"), namespace
    )
    render = RenderFunction(namespace["view"])
    function, arguments = render.call(TICK)
    with pytest.raises(ZeroDivisionError) as caught:
        function(*arguments)
    assert render.describe(caught.value) == "ZeroDivisionError: division by zero\nhelper, line 5"


@pytest.mark.parametrize("wrap", [lambda f: f, lambda f: functools.partial(f), functools.lru_cache])
def test_the_line_is_found_behind_a_wrapper(wrap: Callable[..., Any]) -> None:
    def view(t: float) -> Any:
        return int("nothing")

    render = RenderFunction(wrap(view))
    function, arguments = render.call(TICK)
    with pytest.raises(ValueError, match="invalid literal") as caught:
        function(*arguments)
    assert render.describe(caught.value).endswith(': return int("nothing")')
    assert "\nview, line " in render.describe(caught.value)
