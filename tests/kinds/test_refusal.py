from typing import Any

import numpy as np

from marimo_rfb.errors import FrameError
from marimo_rfb.kinds.refusal import kind_of, refused


def test_an_object_is_named_with_what_it_tells_of_itself() -> None:
    class Loud:
        @property
        def dtype(self) -> Any:
            raise RuntimeError

    assert kind_of(np.zeros((2, 3), np.int8)) == "ndarray of dtype int8 and shape (2, 3)"
    assert kind_of(Loud()) == "Loud"
    assert kind_of(5) == "int"


def test_an_error_tells_the_object_and_what_it_raised() -> None:
    error = refused("cannot draw", 5, ValueError("no"), "; do this")
    assert isinstance(error, FrameError)
    assert str(error).endswith("; cannot draw int: ValueError: no; do this")
