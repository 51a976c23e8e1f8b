"""Selecting our back end of vispy."""

from importlib.util import find_spec

from marimo_rfb.errors import RfbError
from marimo_rfb.figures.vispy.contexts import choose_library

__all__ = ["use_vispy"]


def use_vispy() -> None:
    """Let vispy draw in notebooks: canvases that are created from now on show themselves in cells.

    Selects our back end for the process, also after vispy has selected another one. Idempotent.

    Raises:
        RfbError: vispy is not installed or cannot be imported; the message says what to install.
    """
    if find_spec("vispy") is None:
        raise RfbError("vispy is not installed: pip install 'marimo-rfb[vispy]'")
    choose_library()
    try:
        from marimo_rfb.figures.vispy import _vispy, backend
    except (ImportError, OSError, RuntimeError) as exc:
        raise RfbError(
            f"vispy cannot be imported: {exc}; if OpenGL is missing, on Debian and Ubuntu: apt install libegl1 libgl1"
        ) from exc
    _vispy.separate_threads()
    _vispy.register(backend)
    _vispy.select()
