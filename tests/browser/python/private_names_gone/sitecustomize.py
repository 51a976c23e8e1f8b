"""For the search path of a marimo: the names that it does not publish are gone, as far as marimo-rfb can see."""

import builtins
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

_import = builtins.__import__


def _without_private_names(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    importer = str((globals or {}).get("__name__", ""))
    if name.startswith("marimo._") and importer.partition(".")[0] == "marimo_rfb":
        raise ImportError(f"no {name} for {importer}")
    return _import(name, globals, locals, fromlist, level)


builtins.__import__ = _without_private_names
