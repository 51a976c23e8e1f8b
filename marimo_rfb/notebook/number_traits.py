"""Traits that accept NumPy scalars and fractions, and convert them to Python numbers, which JSON can encode."""

from typing import Any

import traitlets

from marimo_rfb.stream.options import as_integer, is_number

__all__ = ["Integer", "Number"]


class Integer(traitlets.Int[int, Any]):
    """Trait for integers of Python or NumPy; its value is an `int`."""

    def validate(self, obj: Any, value: Any) -> Any:
        integer = as_integer(value)
        if integer is None:
            self.error(obj, value)
        return super().validate(obj, integer)


class Number(traitlets.Float[float, Any]):
    """Trait for real numbers of Python or NumPy, and fractions; its value is a `float`."""

    def validate(self, obj: Any, value: Any) -> Any:
        if not is_number(value):
            self.error(obj, value)
        return super().validate(obj, float(value))
