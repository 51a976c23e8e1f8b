"""Error texts for exceptions of user functions."""

import re
import traceback
from types import CodeType
from typing import Any

from marimo_rfb.errors import describe
from marimo_rfb.excerpt import excerpt

__all__ = ["describe_render_error"]

# Leaves room for the source line after it.
MAX_MESSAGE = 1500
# `MarimoStopError` is not an `Exception`, and only a cell run handles it.
_MO_STOP = "mo.stop ends the run of a cell, and this function is called when the cell has run; return a picture instead"

# A frame as `traceback` prints it; a process pool provides the traceback of the other process only as text.
_FRAME = re.compile(r'  File "(?P<file>.*)", line (?P<line>\d+), in (?P<name>.*)\n(?:    (?P<text>.*))?')


def describe_render_error(exc: BaseException, code: CodeType | None) -> str:
    """Return the error, with the innermost line of the user's own code that raised it, if there is one.

    Args:
        exc: the exception.
        code: code of the function that was called, whose file is the user's own; `None` if it is not a Python function,
            so that any line counts.
    """
    text = _MO_STOP if type(exc).__name__ == "MarimoStopError" else excerpt(describe(exc), characters=MAX_MESSAGE)
    frames: list[tuple[Any, ...]] = [
        (f.filename, f.name, f.lineno, f.line) for f in traceback.extract_tb(exc.__traceback__)
    ]
    if type(exc.__cause__).__name__ == "_RemoteTraceback":
        frames += [f.group("file", "name", "line", "text") for f in _FRAME.finditer(str(exc.__cause__))]
    own = [frame for frame in frames if code is None or frame[0] == code.co_filename]
    if not own:
        return text
    _, name, line, source = own[-1]
    return f"{text}\n{name}, line {line}" + (f": {source}" if source else "")
