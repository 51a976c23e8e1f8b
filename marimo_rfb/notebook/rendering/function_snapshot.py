"""Functions that go on working when the notebook around them is taken apart."""

import dis
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any, TypeVar, cast

__all__ = ["snapshot_function"]

F = TypeVar("F")

# `co_names` would do, but names attributes too: `frame.scene` would keep alive whatever the notebook calls `scene`.
_USES_GLOBAL = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "DELETE_GLOBAL"})
_KEPT = ("__qualname__", "__module__", "__doc__", "__type_params__")


def snapshot_function(function: F) -> F:
    """Return a copy of `function` that finds the global names it uses in a snapshot, taken now.

    marimo deletes the globals of a cell before it runs again, and clears all of them when the session ends. A function
    that another thread goes on calling would find names missing, or half of them changed.

    Copied are plain functions, be they coroutine functions, generators or lambdas; the function of a bound method; the
    function and the arguments of a `functools.partial`. The same goes for what the globals, the closure, the defaults
    and the `__wrapped__` of a copied function hold, and so on. Functions that share their globals share the snapshot,
    and a function that is met twice is copied once. All else is taken by reference: arrays, modules, classes, UI
    elements, other callables such as jitted functions.

    The globals of a module that can be imported stay as they are, since nobody clears them; a function of such a
    module is copied only if its closure, its defaults or its `__wrapped__` hold a function of the notebook, as those of
    a decorator's wrapper do.

    A name that does not exist yet is missing in the snapshot; using it is a `NameError`, as usual.

    Limits:
        * Classes are not copied, so methods see the live namespace. So do functions in lists and dicts and behind other
          callables.
        * `globals()`, `eval` and `exec` see the snapshot, which has no name that the source does not use.
        * `global x` assigns in the snapshot. `nonlocal x` is shared with the original unless `x` held a function.

    Args:
        function: what is to be called later; what is none of the above is returned as it is. Call it on the thread that
            runs the cells, so that no name goes while the snapshot is taken.
    """
    snapshotter = _Snapshotter()
    copied = snapshotter.copy(function)
    snapshotter.finish()
    return cast(F, copied)


class _Snapshotter:
    """One snapshot in the making.

    A copy is handed out before it is filled, so that functions can name each other, and filled later, so that a long
    chain of them needs no deep stack.
    """

    def __init__(self) -> None:
        # By identity, for not all is hashable. The original is kept with its copy, or its `id` could be given anew.
        self._copies: dict[int, tuple[object, object]] = {}
        self._cells: dict[int, CellType] = {}
        self._snapshots: dict[int, dict[str, Any]] = {}
        self._unfinished: list[Callable[[], None]] = []

    def copy(self, value: object) -> object:
        """Return the copy of `value`, perhaps unfinished, or `value` itself where it needs none."""
        if not _needs_copy(value):
            return value
        if id(value) not in self._copies:
            self._copies[id(value)] = (value, self._copy(value))
        return self._copies[id(value)][1]

    def finish(self) -> None:
        """Fill all copies that were handed out."""
        while self._unfinished:
            self._unfinished.pop()()

    def _copy(self, value: object) -> object:
        if type(value) is FunctionType:
            return self._copy_function(value)
        if type(value) is MethodType:
            return MethodType(cast(FunctionType, self.copy(value.__func__)), value.__self__)
        assert type(value) is partial
        return self._copy_partial(value)

    def _copy_partial(self, original: "partial[Any]") -> "partial[Any]":
        function = cast(Callable[..., Any], self.copy(original.func))
        copy = partial(function, *map(self.copy, original.args), **self._copy_values(original.keywords))
        copy.__dict__.update(original.__dict__)
        return copy

    def _copy_function(self, original: FunctionType) -> FunctionType:
        names = self._snapshot(original.__globals__)
        cells = tuple(map(self._cell, original.__closure__ or ()))
        copy = FunctionType(original.__code__, names, original.__name__, None, cells or None)
        self._unfinished.append(lambda: self._fill(copy, original))
        return copy

    def _fill(self, copy: FunctionType, original: FunctionType) -> None:
        if original.__defaults__ is not None:
            copy.__defaults__ = tuple(map(self.copy, original.__defaults__))
        if original.__kwdefaults__ is not None:
            copy.__kwdefaults__ = self._copy_values(original.__kwdefaults__)
        copy.__dict__.update(original.__dict__)
        if "__wrapped__" in copy.__dict__:
            copy.__dict__["__wrapped__"] = self.copy(copy.__dict__["__wrapped__"])
        # Python 3.14 evaluates annotations when they are asked for, and they may name what is not there.
        annotations = "__annotate__" if getattr(original, "__annotate__", None) else "__annotations__"
        for name in (*_KEPT, annotations):
            if hasattr(original, name):
                setattr(copy, name, getattr(original, name))
        names, live = copy.__globals__, original.__globals__
        if names is not live:
            used = {name for name in _global_names(original.__code__) if name in live}
            names.update((name, self.copy(live[name])) for name in used)

    def _copy_values(self, values: Mapping[str, object]) -> dict[str, object]:
        return {name: self.copy(value) for name, value in values.items()}

    def _snapshot(self, live: dict[str, Any]) -> dict[str, Any]:
        if _are_of_module(live):
            return live
        if id(live) not in self._snapshots:
            # `FunctionType` looks for `__builtins__`, and imports, classes and warnings ask for others unnamed.
            dunders = {name: value for name, value in live.copy().items() if name[:2] == name[-2:] == "__"}
            self._snapshots[id(live)] = dunders
        return self._snapshots[id(live)]

    def _cell(self, original: CellType) -> CellType:
        # An empty cell is filled later by the function that made it, which knows this one and no copy.
        contents = _contents(original)
        if not any(map(_needs_copy, contents)):
            return original
        if id(original) not in self._cells:
            copy = self._cells[id(original)] = CellType()
            # Not now: what it holds may be the very function that is being copied.
            self._unfinished.append(lambda: setattr(copy, "cell_contents", self.copy(*contents)))
        return self._cells[id(original)]


def _needs_copy(value: object) -> bool:
    """Tell whether a function whose globals may be cleared is called by calling `value`, as far as one can see."""
    seen, waiting = set[int](), [value]
    while waiting:
        one = waiting.pop()
        if type(one) is FunctionType and not _are_of_module(one.__globals__):
            return True
        if id(one) not in seen:
            seen.add(id(one))
            waiting += _parts(one)
    return False


def _parts(value: object) -> Iterator[object]:
    # By the exact type: a proxy says with `__class__` that it is a function and is more than that, and a subclass of
    # `partial` may be made from other arguments.
    if type(value) is FunctionType:
        for cell in value.__closure__ or ():
            yield from _contents(cell)
        yield from value.__defaults__ or ()
        yield from (value.__kwdefaults__ or {}).values()
        yield value.__dict__.get("__wrapped__")
    elif type(value) is MethodType:
        yield value.__func__
    elif type(value) is partial:
        yield from (value.func, *value.args, *value.keywords.values())


def _contents(cell: CellType) -> tuple[object, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:  # it is empty
        return ()


def _are_of_module(names: Mapping[str, object]) -> bool:
    """Tell whether these globals are those of a module that can be imported, and so outlive a session."""
    name = names.get("__name__")
    # The notebook itself is `__main__`. Not `function.__module__`, which libraries set to the name of their front door
    # and `functools.wraps` to that of the function inside.
    if not isinstance(name, str) or name == "__main__":
        return False
    return getattr(sys.modules.get(name), "__dict__", None) is names


def _global_names(code: CodeType) -> Iterator[str]:
    """Yield the global names that the code uses, and the functions, comprehensions and classes within it."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in _USES_GLOBAL:
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)
