"""JSON codec of control messages: strict parser, compact serializer.

All input is untrusted: for any text, `parse_client` and `parse_server` return or raise `WireError`.
"""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from marimo_rfb.errors import WireError
from marimo_rfb.wire.messages import (
    CLIENT_MESSAGES,
    HEADERS,
    MAX_CONTROL_BYTES,
    MAX_RECTS,
    SERVER_MESSAGES,
    ClientMessage,
    Header,
    ServerMessage,
)

__all__ = ["encode_message", "load_object", "parse_client", "parse_header", "parse_server"]

MAX_ITEMS = 64
# A server is trusted more than a page: a histogram has 256 bins, and an inspected patch 121 numbers.
MAX_SERVER_ITEMS = 256
MAX_INTEGER = 2**53  # what a JavaScript number holds exactly

Check = Callable[[object], object]


def encode_message(message: ClientMessage | ServerMessage | Header) -> str:
    """Return `message` as compact JSON; omit fields that are `None`."""
    text = json.dumps(_as_object(message), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # A lone surrogate has no UTF-8; the error handler writes the escape that JSON has for it.
    return text.encode(errors="backslashreplace").decode()


def parse_client(text: str) -> ClientMessage | None:
    """Parse a message from a client; return `None` for a type unknown to this version.

    Raises:
        WireError: not JSON, not an object, too long, or a field is missing or of the wrong type.
    """
    return typing.cast("ClientMessage | None", _parse(text, _CLIENT))


def parse_server(text: str) -> ServerMessage | None:
    """Parse a message from a server; return `None` for a type unknown to this version.

    Raises:
        WireError: not JSON, not an object, too long, or a field is missing or of the wrong type.
    """
    return typing.cast("ServerMessage | None", _parse(text, _SERVER))


def parse_header(text: str) -> Header:
    """Parse the header of a binary message.

    Raises:
        WireError: as for `parse_server`, or the type is unknown.
    """
    header = _parse(text, _HEADERS)
    if header is None:
        raise WireError("the header of a binary message has an unknown type")
    return typing.cast(Header, header)


def load_object(text: str) -> dict[str, Any]:
    """Parse one JSON object; reject NaN and Infinity, which are not JSON.

    Raises:
        WireError: the text is longer than a control message may be, is not JSON or is not an object.
    """
    # A character is at least one byte; the socket has already rejected messages that are too long in bytes.
    if len(text) > MAX_CONTROL_BYTES:
        raise WireError(f"a control message has at most {MAX_CONTROL_BYTES} bytes, got {len(text)}")
    try:
        value = json.loads(text, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as exc:
        raise WireError(f"not JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise WireError(f"expected a JSON object, got {type(value).__name__}")
    return value


def _reject_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _as_object(message: object) -> dict[str, object]:
    fields: dict[str, object] = {}
    if (kind := getattr(message, "type", None)) is not None:
        fields["type"] = kind
    for name in message.__dataclass_fields__:  # type: ignore[attr-defined]
        value = getattr(message, name)
        if value is not None:
            fields[name] = _as_object(value) if dataclasses.is_dataclass(value) else value
    return fields


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    name: str
    check: Check
    required: bool


class _Schema:
    """Parses one message class from a JSON object."""

    def __init__(self, cls: type, *, max_items: int) -> None:
        self.cls = cls
        hints = typing.get_type_hints(cls)
        self.fields = [
            _Field(f.name, _checker(hints[f.name], max_items), f.default is dataclasses.MISSING)
            for f in dataclasses.fields(cls)
        ]

    def read(self, fields: Mapping[str, object]) -> object:
        values: dict[str, object] = {}
        for field in self.fields:
            value = fields.get(field.name)
            if value is None:
                if field.required:
                    raise WireError(f"{self.cls.__name__}: {field.name} is missing")
                continue
            try:
                values[field.name] = field.check(value)
            except TypeError as exc:
                raise WireError(f"{self.cls.__name__}: {field.name} {exc}") from exc
        return self.cls(**values)


def _parse(text: str, schemas: Mapping[str, _Schema]) -> object | None:
    fields = load_object(text)
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise WireError("type is missing or not a string")
    schema = schemas.get(kind)
    return None if schema is None else schema.read(fields)


def _checker(annotation: object, max_items: int) -> Check:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is types.UnionType:  # only "X | None", and absent fields never get here
        return _checker(arguments[0], max_items)
    if origin is typing.Literal:
        return lambda value: _one_of(value, arguments)
    if origin is tuple:
        item = _checker(arguments[0], max_items)
        return lambda value: _tuple_of(value, item, max_items)
    if dataclasses.is_dataclass(annotation):
        nested = _Schema(typing.cast(type, annotation), max_items=max_items)
        return lambda value: nested.read(typing.cast(Mapping[str, object], _object(value)))
    return {str: _string, int: _integer, float: _number, bool: _boolean, dict: _object}[
        typing.cast(type, origin or annotation)
    ]


def _string(value: object) -> object:
    if type(value) is not str:
        raise TypeError(f"must be a string, got {type(value).__name__}")
    return value


def _integer(value: object) -> object:
    # JavaScript has only one number type and may write 3.0 for 3.
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or abs(value) > MAX_INTEGER:
        raise TypeError(f"must be an integer within 2^53, got {type(value).__name__}")
    return value


def _number(value: object) -> object:
    if type(value) is int and abs(value) <= MAX_INTEGER:
        return float(value)
    if type(value) is not float or not math.isfinite(value):  # `json` parses 1e999 as infinity
        raise TypeError(f"must be a finite number, got {type(value).__name__}")
    return value


def _boolean(value: object) -> object:
    if type(value) is not bool:
        raise TypeError(f"must be true or false, got {type(value).__name__}")
    return value


def _object(value: object) -> object:
    if type(value) is not dict:
        raise TypeError(f"must be an object, got {type(value).__name__}")
    return value


def _one_of(value: object, choices: tuple[object, ...]) -> object:
    if type(value) is not str or value not in choices:
        raise TypeError(f"must be one of {', '.join(map(str, choices))}")
    return value


def _tuple_of(value: object, item: Check, max_items: int) -> object:
    if type(value) is not list or len(value) > max_items:
        raise TypeError(f"must be a list of at most {max_items} items, got {type(value).__name__}")
    return tuple(map(item, value))


_CLIENT = {cls.type: _Schema(cls, max_items=MAX_ITEMS) for cls in CLIENT_MESSAGES}
_SERVER = {cls.type: _Schema(cls, max_items=MAX_SERVER_ITEMS) for cls in SERVER_MESSAGES}
_HEADERS = {cls.type: _Schema(cls, max_items=5 * MAX_RECTS) for cls in HEADERS}
