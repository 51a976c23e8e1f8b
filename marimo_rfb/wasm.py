"""Detection of Pyodide: kernels in the page itself, as in marimo's WebAssembly notebooks and JupyterLite."""

import sys

from marimo_rfb.errors import RfbError

__all__ = ["NO_THREADS", "check_threads", "in_wasm"]

NO_THREADS = (
    "This notebook's Python runs in the browser (WebAssembly), without threads and sockets, so the picture is static. "
    "For a live picture, open the notebook with marimo or Jupyter on a computer."
)


def in_wasm() -> bool:
    """Return whether Python runs in a browser."""
    return sys.platform == "emscripten"


def check_threads() -> None:
    """Raise `RfbError` where no thread can be started, with a clearer message than Python's own."""
    if in_wasm():
        raise RfbError(
            "this needs threads, which Python in the browser (WebAssembly) does not have; rfb.frame(picture) shows a "
            "static picture there; for a live one, open the notebook with marimo or Jupyter on a computer"
        )
