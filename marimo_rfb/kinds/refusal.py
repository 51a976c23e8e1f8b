"""The texts of errors about objects that are no pictures."""

from typing import Any

from marimo_rfb.errors import FrameError, describe

__all__ = ["EXPECTED", "kind_of", "refused"]

EXPECTED = "frame must be an array (h, w), (h, w, 3) or (h, w, 4)"


def kind_of(picture: Any) -> str:
    """Return the name of the type of `picture`, with dtype and shape if it tells them."""
    name = type(picture).__name__
    facts = []
    for attribute in ("dtype", "shape"):
        try:
            value = getattr(picture, attribute, None)
            if value is not None and not callable(value):
                facts.append(f"{attribute} {tuple(value) if attribute == 'shape' else value}")
        except Exception:  # an error is being composed; a property that raises has nothing to add
            continue
    return f"{name} of {' and '.join(facts)}" if facts else name


def refused(problem: str, picture: Any, exc: BaseException, remedy: str = "") -> FrameError:
    """Return an error about `picture`, which raised `exc` when it was read."""
    return FrameError(f"{EXPECTED}; {problem} {kind_of(picture)}: {describe(exc)}{remedy}")
