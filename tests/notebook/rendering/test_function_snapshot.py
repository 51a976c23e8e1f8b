import asyncio
import functools
import inspect
import json
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from marimo_rfb.notebook.rendering.function_snapshot import snapshot_function

Namespace = dict[str, Any]


def notebook(source: str, **names: object) -> Namespace:
    """Return the globals of a notebook whose cells are `source`."""
    namespace: Namespace = {"__name__": "__main__", "__file__": "/notebook.py", **names}
    exec(textwrap.dedent(source), namespace)
    return namespace


def frozen(source: str, name: str = "view", **names: object) -> Any:
    """Return `name` of a notebook, frozen, with the notebook gone."""
    namespace = notebook(source, **names)
    function = snapshot_function(namespace[name])
    namespace.clear()
    return function


def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function of a notebook, as a decorator of a library does."""

    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return "wrapped", decorated_with(), function(*args)

    return wrapper


def decorate_without_a_word(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any) -> Any:
        return "wrapped", decorated_with(), function(*args)

    return wrapper


def decorated_with() -> str:
    return "a library"


def test_a_function_goes_on_when_the_notebook_is_gone() -> None:
    assert frozen("level = 5\ndef view(t): return max(t, level)")(3) == 5


def test_a_function_does_not_see_what_a_name_means_later() -> None:
    namespace = notebook("level = 5\ndef view(): return level")
    view = snapshot_function(namespace["view"])
    namespace["level"] = 6
    assert (view(), namespace["view"]()) == (5, 6)


def test_a_name_that_was_missing_stays_a_name_error() -> None:
    namespace = notebook("def view(): return level")
    view = snapshot_function(namespace["view"])
    namespace["level"] = 6
    with pytest.raises(NameError, match="level"):
        view()


def test_only_the_names_that_are_used_are_kept() -> None:
    view = frozen("a = b = scene = 1\ndef view(x): return a, x.scene")
    assert {name for name in view.__globals__ if not name.startswith("__")} == {"a"}


def test_dunder_names_come_along() -> None:
    view = frozen("def view(): return __file__, __name__")
    assert view() == ("/notebook.py", "__main__")
    assert view.__globals__.keys() >= {"__name__", "__file__", "__builtins__"}


def test_the_builtins_of_the_notebook_are_used() -> None:
    view = frozen("def view(): return len('ab')", __builtins__={"len": lambda text: f"length of {text}"})
    assert view() == "length of ab"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("return [level for _ in range(1)][0]", id="a comprehension"),
        pytest.param("return next(level for _ in range(1))", id="a generator expression"),
        pytest.param("return (lambda: (lambda: level)())()", id="a lambda within a lambda"),
        pytest.param("def inner(x=level): return x\n    return inner()", id="the default of an inner function"),
        pytest.param("class Inner:\n        x = level\n    return Inner.x", id="the body of a class"),
        pytest.param("class Inner:\n        def f(self): return level\n    return Inner().f()", id="a method within"),
    ],
)
def test_names_are_found_wherever_code_is_nested(body: str) -> None:
    assert frozen(f"level = 5\ndef view():\n    {body}")() == 5


def test_assigning_a_global_writes_into_the_snapshot() -> None:
    namespace = notebook(
        """
        count = 0
        def bump():
            global count, made
            count += 1
            made = True
        def view():
            bump()
            return count, made
        """
    )
    view = snapshot_function(namespace["view"])
    assert [view(), view()] == [(1, True), (2, True)]
    assert namespace["count"] == 0
    assert "made" not in namespace


def test_a_global_can_be_deleted_once() -> None:
    view = frozen("scratch = 1\ndef view():\n    global scratch\n    del scratch")
    view()
    with pytest.raises(NameError, match="scratch"):
        view()


def test_globals_eval_and_exec_see_the_snapshot_alone() -> None:
    view = frozen("a, b = 1, 2\ndef view(): return a, eval('a'), 'b' in globals()")
    assert view() == (1, 1, False)


def test_an_import_within_the_function_works() -> None:
    assert (
        frozen("def view():\n    import math\n    from json import dumps\n    return dumps(math.floor(1.5))")() == "1"
    )


def test_functions_that_are_called_are_copied_too() -> None:
    assert frozen("level = 5\ndef a(): return level\ndef b(): return a()\ndef view(): return b()")() == 5


def test_a_function_may_call_itself() -> None:
    view = frozen("def view(n): return 1 if n == 0 else n * view(n - 1)")
    assert view(5) == 120
    assert view.__globals__["view"] is view


def test_functions_may_call_each_other() -> None:
    view = frozen(
        """
        def view(n): return True if n == 0 else odd(n - 1)
        def odd(n): return False if n == 0 else view(n - 1)
        """
    )
    assert (view(10), view(7)) == (True, False)


def test_a_long_chain_of_functions_needs_no_deep_stack() -> None:
    chain = "\n".join(f"def f{n}(): return f{n + 1}" for n in range(3000))
    function = frozen(f"{chain}\ndef f3000(): return None", "f0")
    for _ in range(3001):
        function = function()
    assert function is None


def test_one_function_under_two_names_stays_one() -> None:
    view = frozen("def a(): pass\nb = a\ndef c(f=a): return f\ndef view(): return a, b, c()")
    a, b, c = view()
    assert a is b is c


def test_functions_of_one_notebook_share_one_snapshot() -> None:
    view = frozen("def a(): return b\ndef b(): pass\ndef view(): return a")
    assert view.__globals__ is view().__globals__ is view()().__globals__


def test_functions_of_two_namespaces_keep_theirs_apart() -> None:
    other = notebook("level = 'other'\ndef read(): return level")
    namespace = notebook("level = 'this'\ndef view(): return level, read()", read=other["read"])
    view = snapshot_function(namespace["view"])
    namespace.clear()
    other.clear()
    assert view() == ("this", "other")


def test_each_call_takes_its_own_snapshot() -> None:
    namespace = notebook("level = 5\ndef view(): return level")
    before = snapshot_function(namespace["view"])
    namespace["level"] = 6
    after = snapshot_function(namespace["view"])
    assert (before(), after()) == (5, 6)


def test_what_is_frozen_can_be_frozen_again() -> None:
    first = frozen("level = 5\ndef a(): return level\ndef view(): return a()")
    second = snapshot_function(first)
    first.__globals__.clear()
    assert second is not first
    assert second() == 5


def test_functions_in_defaults_are_copied() -> None:
    namespace = notebook(
        """
        level = 5
        def read(): return level
        def view(x=1, f=read, *, y=2, g=read): return x, f(), y, g()
        """
    )
    view = snapshot_function(namespace["view"])
    namespace["level"] = 6
    assert view() == (1, 5, 2, 5)
    assert namespace["view"]() == (1, 6, 2, 6)


def test_functions_in_the_closure_are_copied() -> None:
    namespace = notebook(
        """
        level = 5
        def read(): return level
        def make(f):
            def view(): return f()
            return view
        view = make(read)
        """
    )
    view = snapshot_function(namespace["view"])
    namespace["level"] = 6
    assert (view(), namespace["view"]()) == (5, 6)


def test_an_inner_function_may_call_itself() -> None:
    view = frozen(
        """
        step = 1
        def make():
            def view(n): return 0 if n == 0 else step + view(n - 1)
            return view
        view = make()
        """
    )
    assert view(5) == 5
    assert view.__closure__[0].cell_contents is view


def test_functions_that_share_a_cell_go_on_sharing_it() -> None:
    view = frozen(
        """
        def make():
            def read(): return 1
            def change():
                nonlocal read
                read = lambda: 2
            def view():
                before = read()
                change()
                return before, read()
            return view
        view = make()
        """
    )
    assert view() == (1, 2)


def test_a_cell_without_a_function_is_shared_with_the_original() -> None:
    namespace = notebook(
        """
        def make():
            n = 0
            def view():
                nonlocal n
                n += 1
            def count(): return n
            return view, count
        view, count = make()
        """
    )
    snapshot_function(namespace["view"])()
    assert namespace["count"]() == 1


def test_a_cell_that_is_filled_later_is_kept() -> None:
    namespace = notebook(
        """
        def make():
            def view(): return late
            taken = freeze(view)
            late = 5
            return taken
        """,
        freeze=snapshot_function,
    )
    assert namespace["make"]()() == 5


def test_a_function_that_a_decorator_of_a_library_wraps_is_copied() -> None:
    source = "level = 5\n@decorate\ndef view(t): return t + level"
    assert frozen(source, decorate=decorate)(1) == ("wrapped", "a library", 6)
    assert frozen(source, decorate=decorate_without_a_word)(1) == ("wrapped", "a library", 6)


def test_what_is_wrapped_is_copied_once() -> None:
    view = frozen("@decorate\ndef view(): pass", decorate=decorate)
    cells = {name: cell.cell_contents for name, cell in zip(view.__code__.co_freevars, view.__closure__, strict=True)}
    assert view.__wrapped__ is cells["function"]
    assert view.__wrapped__.__globals__["__name__"] == "__main__"


def test_a_function_that_wraps_itself_is_no_endless_loop() -> None:
    view = frozen("def view(): return 5\nview.__wrapped__ = view")
    assert view.__wrapped__ is view
    assert view() == 5


def test_what_is_wrapped_and_no_function_is_kept() -> None:
    assert frozen("def view(): pass\nview.__wrapped__ = 5").__wrapped__ == 5


def test_a_bound_method_is_copied_and_bound_to_the_same_object() -> None:
    namespace = notebook(
        """
        level = 5
        class Scene:
            def draw(self, t): return self, t + level
        scene = Scene()
        view = scene.draw
        """
    )
    scene = namespace["scene"]
    view = snapshot_function(namespace["view"])
    namespace.clear()
    assert view(1) == (scene, 6)
    assert view.__self__ is scene


def test_a_method_finds_its_parent() -> None:
    source = """
        class Base:
            def draw(self): return 'base'
        class Scene(Base):
            def draw(self): return super().draw(), __class__.__name__
        view = Scene().draw
        """
    assert frozen(source)() == ("base", "Scene")


def test_a_class_method_is_copied() -> None:
    assert frozen("level = 5\nclass A:\n    @classmethod\n    def f(cls): return level\nview = A.f")() == 5


def test_a_bound_method_under_a_global_name_is_copied() -> None:
    source = "level = 5\nclass A:\n    def f(self): return level\nf = A().f\ndef view(): return f()"
    assert frozen(source)() == 5


def test_a_partial_is_copied_with_the_functions_in_it() -> None:
    view = frozen(
        """
        from functools import partial
        level = 5
        def read(): return level
        def draw(f, x, *, g, y): return f(), x, g(), y, level
        view = partial(draw, read, 1, g=read, y=2)
        view.note = 'kept'
        """
    )
    assert type(view) is functools.partial
    assert view() == (5, 1, 5, 2, 5)
    assert view.note == "kept"
    assert view.args[0] is view.keywords["g"]


def test_a_partial_may_be_named_by_its_function() -> None:
    view = frozen(
        """
        from functools import partial
        def draw(n, step): return 0 if n == 0 else step + view(n - 1)
        view = partial(draw, step=2)
        """
    )
    assert view(3) == 6
    assert view.func.__globals__["view"] is view


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(json.dumps, id="a function of a module"),
        pytest.param(decorated_with, id="a function of ours"),
        pytest.param(decorate(decorated_with), id="a function of a module that encloses another"),
        pytest.param(functools.partial(json.dumps, indent=1), id="a partial of it"),
        pytest.param(json.JSONEncoder().encode, id="a method of a library"),
        pytest.param(len, id="a builtin"),
        pytest.param([].append, id="a method of a builtin"),
        pytest.param(int, id="a class"),
        pytest.param(5, id="a number"),
        pytest.param(None, id="nothing"),
        pytest.param([decorated_with], id="a list"),
    ],
)
def test_what_needs_no_copy_is_returned_as_it_is(value: object) -> None:
    assert snapshot_function(value) is value


def test_a_function_of_a_module_is_left_alone_whatever_module_it_says_it_is_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decorated_with, "__module__", "front.door")
    assert snapshot_function(decorated_with) is decorated_with


def test_the_globals_of_a_library_stay_live(monkeypatch: pytest.MonkeyPatch) -> None:
    view = frozen("@decorate\ndef view(): return 1", decorate=decorate)
    monkeypatch.setitem(globals(), "decorated_with", lambda: "a patched library")
    assert view() == ("wrapped", "a patched library", 1)


def test_a_module_that_cannot_be_imported_counts_as_a_notebook() -> None:
    module = types.ModuleType("nowhere")
    exec("level = 5\ndef view(): return level", vars(module))
    view = snapshot_function(module.view)
    vars(module).clear()
    assert view() == 5


def test_a_namespace_without_a_name_counts_as_a_notebook() -> None:
    namespace: Namespace = {}
    exec("level = 5\ndef view(): return level", namespace)
    view = snapshot_function(namespace["view"])
    namespace.clear()
    assert view() == 5


def test_other_values_are_taken_by_reference() -> None:
    class Jitted:
        def __call__(self) -> None: ...

    values = {"array": np.zeros(3), "jitted": Jitted(), "kind": Jitted, "module": json, "listed": [len]}
    view = frozen(f"def view(): return {', '.join(values)}", **values)
    assert all(got is given for got, given in zip(view(), values.values(), strict=True))


def test_what_only_says_it_is_a_function_is_taken_by_reference() -> None:
    class Proxy:
        def __init__(self, function: Callable[[], object]) -> None:
            self._function = function

        @property  # type: ignore[misc]
        def __class__(self) -> type:
            return types.FunctionType

        def __getattr__(self, name: str) -> object:
            return getattr(self._function, name)

    proxy = Proxy(notebook("def view(): pass")["view"])
    assert isinstance(proxy, types.FunctionType)
    assert snapshot_function(proxy) is proxy


def test_a_partial_of_a_class_of_its_own_is_taken_by_reference() -> None:
    class Named(functools.partial[Any]):
        pass

    named = Named(notebook("def view(): pass")["view"])
    assert snapshot_function(named) is named


def test_methods_of_a_class_and_functions_in_a_list_see_the_live_notebook() -> None:
    namespace = notebook(
        """
        level = 5
        class Scene:
            def draw(self): return level
        def draw(): return level
        scenes = [draw]
        def view(): return level, Scene().draw(), scenes[0]()
        """
    )
    view = snapshot_function(namespace["view"])
    namespace["level"] = 6
    assert view() == (5, 6, 6)


def test_a_copy_looks_like_the_original() -> None:
    namespace = notebook(
        '''
        def make():
            def view(a: int, b: "str" = "x", *, c: float = 1.5) -> bool:
                """Draw."""
            return view
        view = make()
        view.note = [1]
        '''
    )
    original = namespace["view"]
    original.__name__, original.__doc__, original.__module__ = "renamed", "Draw it.", "elsewhere"
    copy = snapshot_function(original)
    assert copy is not original
    for name in (
        "__name__", "__qualname__", "__doc__", "__module__", "__dict__", "__defaults__", "__kwdefaults__",
        "__annotations__", "__code__", "__closure__",
    ):  # fmt: skip
        assert getattr(copy, name) == getattr(original, name), name
    assert inspect.signature(copy) == inspect.signature(original)
    assert copy.note is original.note


def test_an_attribute_set_on_a_copy_is_not_set_on_the_original() -> None:
    namespace = notebook("def view(): pass")
    snapshot_function(namespace["view"]).note = 1
    assert not hasattr(namespace["view"], "note")


@pytest.mark.skipif("sys.version_info < (3, 12)")
def test_type_parameters_are_kept() -> None:
    view = frozen("level = 5\ndef view[T](x: T) -> T: return x, level")
    assert [parameter.__name__ for parameter in view.__type_params__] == ["T"]
    assert view(1) == (1, 5)


def test_a_coroutine_function_stays_one() -> None:
    view = frozen("level = 5\nasync def read(): return level\nasync def view(): return await read()")
    assert inspect.iscoroutinefunction(view)
    assert asyncio.run(view()) == 5


def test_a_generator_function_stays_one() -> None:
    view = frozen("level = 2\ndef view():\n    for n in range(level): yield n + level")
    assert inspect.isgeneratorfunction(view)
    assert list(view()) == [2, 3]


def test_an_asynchronous_generator_function_stays_one() -> None:
    async def collect(values: Any) -> list[int]:
        return [value async for value in values]

    view = frozen("level = 2\nasync def view():\n    yield level")
    assert asyncio.run(collect(view())) == [2]


def test_a_lambda_is_a_function() -> None:
    assert frozen("level = 5\nview = lambda t: t + level")(1) == 6


def test_a_generator_goes_on_while_the_notebook_is_taken_apart() -> None:
    namespace = notebook("level = 5\ndef read(): return level\ndef view():\n    while True: yield read()")
    frames: Iterator[int] = snapshot_function(namespace["view"])()
    seen = [next(frames)]
    for name in ("level", "read"):
        del namespace[name]
        seen.append(next(frames))
    assert seen == [5, 5, 5]
