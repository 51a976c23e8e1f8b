"""For the search path of a program: notes each server that it starts in the file `$RFB_AUDIT`."""

import multiprocessing.connection
import os
import sys
import traceback
from typing import Any


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.bind":
        return
    stack = traceback.extract_stack()
    # The way from marimo to its kernel, which it opens for exports too.
    if any(frame.filename == multiprocessing.connection.__file__ for frame in stack):
        return
    with open(os.environ["RFB_AUDIT"], "a", encoding="utf-8") as file:
        file.write(f"{arguments[1]!r} was bound by\n{''.join(traceback.format_list(stack))}\n")


sys.addaudithook(_note)
