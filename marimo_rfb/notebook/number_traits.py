"""Traits that take NumPy's numbers and fractions too, and hold Python's own, which alone can be sent to a page."""

from typing import Any

import traitlets

from marimo_rfb.stream.options import as_integer, is_number

__all__ = ["Integer", "Number"]


class Integer(traitlets.Int[int, Any]):
    """An integer, of Python or NumPy."""

    def validate(self, obj: Any, value: Any) -> Any:
        integer = as_integer(value)
        if integer is None:
            self.error(obj, value)
        return super().validate(obj, integer)


class Number(traitlets.Float[float, Any]):
    """A real number, of Python or NumPy, or a fraction."""

    def validate(self, obj: Any, value: Any) -> Any:
        if not is_number(value):
            self.error(obj, value)
        return super().validate(obj, float(value))
