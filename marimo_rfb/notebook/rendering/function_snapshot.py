"""Snapshots of functions that keep working after the notebook's globals were deleted."""

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
    """Return a copy of `function` that reads the globals it uses from a snapshot, taken now.

    marimo deletes the globals of a cell before it re-runs, and clears all globals when the session ends. A function
    that another thread keeps calling would find names missing, or only some of them updated.

    Copies plain functions, including coroutine functions, generators and lambdas; the function of a bound method; the
    function and the arguments of a `functools.partial`. Applies recursively to the globals, closure, defaults and
    `__wrapped__` of a copied function. Functions with the same globals share the snapshot, and each function is copied
    once. All other objects are taken by reference: arrays, modules, classes, UI elements, and other callables such as
    jitted functions.

    Globals of importable modules are not copied, because nothing clears them; a function of such a module is copied
    only if its closure, defaults or `__wrapped__` contain a function of the notebook, like the wrapper of a decorator.

    A name that does not exist yet is missing in the snapshot; using it raises `NameError`, as usual.

    Limits:
        * Classes are not copied, so methods see the live namespace; so do functions in lists and dicts and inside other
          callables.
        * `globals()`, `eval` and `exec` see the snapshot, which contains only names that the source uses.
        * `global x` assigns in the snapshot. `nonlocal x` is shared with the original, unless `x` was a function.

    Args:
        function: the function to copy; any other object is returned unchanged. Call this on the thread that runs the
            cells, so that no name is deleted while the snapshot is taken.
    """
    snapshotter = _Snapshotter()
    copied = snapshotter.copy(function)
    snapshotter.finish()
    return cast(F, copied)


class _Snapshotter:
    """Builds one snapshot.

    `copy` returns empty copies, so that functions can refer to each other; `finish` fills them iteratively, so that a
    long chain of functions needs no deep stack.
    """

    def __init__(self) -> None:
        # By `id`, because not all objects are hashable. Keeps the original too, or its `id` could be reused.
        self._copies: dict[int, tuple[object, object]] = {}
        self._cells: dict[int, CellType] = {}
        self._snapshots: dict[int, dict[str, Any]] = {}
        self._unfinished: list[Callable[[], None]] = []

    def copy(self, value: object) -> object:
        """Return the copy of `value`, possibly unfinished, or `value` itself if it needs none."""
        if not _needs_copy(value):
            return value
        if id(value) not in self._copies:
            self._copies[id(value)] = (value, self._copy(value))
        return self._copies[id(value)][1]

    def finish(self) -> None:
        """Fill all unfinished copies."""
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
        # Python 3.14 evaluates annotations lazily, and they may refer to missing names.
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
            # `FunctionType` needs `__builtins__`; imports, classes and warnings use others implicitly.
            dunders = {name: value for name, value in live.copy().items() if name[:2] == name[-2:] == "__"}
            self._snapshots[id(live)] = dunders
        return self._snapshots[id(live)]

    def _cell(self, original: CellType) -> CellType:
        # An empty cell is filled later by the function that made it, which would not fill a copy.
        contents = _contents(original)
        if not any(map(_needs_copy, contents)):
            return original
        if id(original) not in self._cells:
            copy = self._cells[id(original)] = CellType()
            # Not now: it may contain the function that is being copied.
            self._unfinished.append(lambda: setattr(copy, "cell_contents", self.copy(*contents)))
        return self._cells[id(original)]


def _needs_copy(value: object) -> bool:
    """Return whether calling `value` may call a function whose globals may be cleared, as far as that is visible."""
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
    # By the exact type: a proxy may pose as a function by its `__class__`, and a subclass of `partial` may have another
    # constructor.
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
    except ValueError:  # an empty cell
        return ()


def _are_of_module(names: Mapping[str, object]) -> bool:
    """Return whether these are the globals of an importable module, which outlive a session."""
    name = names.get("__name__")
    # The notebook itself is `__main__`. Not `function.__module__`, which libraries set to the name of their public
    # module, and `functools.wraps` to that of the wrapped function.
    if not isinstance(name, str) or name == "__main__":
        return False
    return getattr(sys.modules.get(name), "__dict__", None) is names


def _global_names(code: CodeType) -> Iterator[str]:
    """Yield the global names that the code and its nested functions, comprehensions and classes use."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in _USES_GLOBAL:
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)
