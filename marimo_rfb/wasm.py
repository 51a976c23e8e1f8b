"""Detection of Pyodide: kernels in the page itself, as in marimo's WebAssembly notebooks and JupyterLite."""

import sys

from marimo_rfb.errors import RfbError

__all__ = ["NO_THREADS", "check_threads", "in_wasm"]

NO_THREADS = (
    "This notebook's Python runs in the browser (WebAssembly), where there are no threads and no sockets: what is "
    "shown is a still. For a live picture open the notebook with marimo or Jupyter on a computer."
)


def in_wasm() -> bool:
    """Return whether Python runs in a browser."""
    return sys.platform == "emscripten"


def check_threads() -> None:
    """Raise `RfbError` where no thread can be started, with a clearer message than Python's own."""
    if in_wasm():
        raise RfbError(
            "this needs threads, and Python that runs in a browser (WebAssembly) has none; rfb.frame(picture) shows a "
            "still there, and a notebook that is opened with marimo or Jupyter on a computer has live pictures"
        )
