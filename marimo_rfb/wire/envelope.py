"""The binary envelope of a picture: header length (uint32, little-endian), header (compact UTF-8 JSON), payload."""

import struct

from marimo_rfb.errors import WireError
from marimo_rfb.wire.json_codec import encode_message, parse_header
from marimo_rfb.wire.messages import MAX_CONTROL_BYTES, Header

__all__ = ["pack", "unpack"]

_LENGTH = struct.Struct("<I")


def pack(header: Header, *payload: bytes | memoryview) -> bytes:
    """Return the binary message of `header` and the parts of its payload; their only copy on the way to the socket."""
    text = encode_message(header).encode()
    return b"".join((_LENGTH.pack(len(text)), text, *payload))


def unpack(message: bytes) -> tuple[Header, memoryview]:
    """Return the header of `message` and a view of its payload.

    Raises:
        WireError: the message is shorter than its header length says, or its header is malformed.
    """
    if len(message) < _LENGTH.size:
        raise WireError(f"a binary message has at least {_LENGTH.size} bytes, got {len(message)}")
    (length,) = _LENGTH.unpack_from(message)
    end = _LENGTH.size + length
    if length > MAX_CONTROL_BYTES or end > len(message):
        raise WireError(f"the header claims {length} bytes of a message of {len(message)}")
    try:
        text = message[_LENGTH.size : end].decode()
    except UnicodeDecodeError as exc:
        raise WireError(f"the header is not UTF-8: {exc}") from exc
    return parse_header(text), memoryview(message)[end:]
